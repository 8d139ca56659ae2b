import type {
  Checkboxes,
  HeaderBlock,
  InputBlock,
  KnownBlock,
  ModalView,
  PlainTextOption,
  RadioButtons,
  StaticSelect,
} from '@slack/types';
import { z } from 'zod';
import type { EditorField, EditorOption, EditorValues, WorkflowEditor } from '../approval/workflow-editor.ts';
import type { EditorState } from '../usecases/chat-commands.ts';
import { COUNT, LENGTH } from './limits.ts';
import { lineElements, linesBlock } from './rich-text.ts';
import { clip, plainText } from './text.ts';

export const EDITOR_CALLBACK = 'countersign_workflow';

const PREVIEW_LINE = 400;
const PREVIEW_LINES = 12;

/**
 * The workflow form as a modal. Block and action ids are the fields' names and stay the same from one drawing to the
 * next, so that Slack keeps what was entered.
 */
export function editorView(editor: WorkflowEditor): ModalView {
  const { values, kept, leftOut } = editor;
  const metadata: EditorMetadata = {
    workflowId: editor.workflowId,
    seenAt: editor.seenAt,
    kept: [...kept.personIds],
  };
  const blocks: KnownBlock[] = [
    menu('eventId', 'Event', editor.events, values.eventId, leftOutHint('events', leftOut.events)),
    menu(
      'policyId',
      'Approval policy',
      editor.policies,
      values.policyId,
      leftOutHint('policies', leftOut.policies),
    ),
    heading('Who decides'),
    requirement(values.requirementId),
    people('approvers', 'Approvers', values.approvers, keptHint(kept.approvers)),
    tick(
      'managerApproves',
      'Manager',
      'The manager of whoever starts the run approves, too',
      values.managerApproves,
    ),
    tick(
      'disallowRequester',
      'Four eyes',
      'Whoever starts the run may not approve it',
      values.disallowRequester,
    ),
    tick(
      'checksFirst',
      'Checks first',
      'Machines among the approvers are checks: people are asked once all have passed',
      values.checksFirst,
    ),
    people('fallbackApprovers', 'Fallback approvers', values.fallbackApprovers, [
      'They are asked where somebody above cannot be.',
      ...keptHint(kept.fallbackApprovers),
    ]),
    heading('Who is told'),
    people('subscribers', 'Subscribers', values.subscribers, keptHint(kept.subscribers)),
    tick(
      'managerSubscribes',
      'Manager',
      'Tell the manager of whoever starts the run',
      values.managerSubscribes,
    ),
    channels(values.channels, kept.channels),
    heading('Who would be asked?'),
    previewFor(values.previewFor),
    preview(editor),
  ];
  return {
    type: 'modal',
    callback_id: EDITOR_CALLBACK,
    private_metadata: JSON.stringify(metadata),
    title: plainText(editor.title, LENGTH.modalTitle, 'Workflow'),
    submit: plainText(editor.submitLabel, LENGTH.modalButton, 'Save'),
    close: plainText('Cancel', LENGTH.modalButton),
    blocks,
  };
}

function heading(words: string): HeaderBlock {
  return { type: 'header', text: plainText(words, LENGTH.header) };
}

/** An input that tells us of every change, so that the preview can follow. */
function field(
  id: EditorField,
  label: string,
  element: InputBlock['element'],
  more: { optional: boolean; hints?: readonly string[] },
): InputBlock {
  const hint = clip((more.hints ?? []).join('\n'), LENGTH.inputHint);
  return {
    type: 'input',
    block_id: id,
    label: plainText(label, LENGTH.inputLabel),
    element,
    optional: more.optional,
    dispatch_action: true,
    ...(hint !== '' && { hint: plainText(hint, LENGTH.inputHint) }),
  };
}

function menu(
  id: 'eventId' | 'policyId',
  label: string,
  offered: readonly EditorOption[],
  chosen: number | null,
  hints: readonly string[],
): InputBlock {
  const options = offered.slice(0, COUNT.selectOptions).map((one) => option(String(one.id), one.name));
  const initial = options.find(({ value }) => value === String(chosen));
  const element: StaticSelect = {
    type: 'static_select',
    action_id: id,
    placeholder: plainText('Choose one', LENGTH.placeholder),
    options,
    ...(initial && { initial_option: initial }),
  };
  return field(id, label, element, { optional: false, hints });
}

function option(value: string, words: string, description?: string): PlainTextOption {
  return {
    value,
    text: plainText(words, LENGTH.optionText),
    ...(description !== undefined && { description: plainText(description, LENGTH.optionText) }),
  };
}

const REQUIREMENTS: readonly PlainTextOption[] = [
  option('3', 'All of the approvers', 'Each of them must approve; one rejection rejects.'),
  option('2', 'Any one of the approvers', 'The first decision decides.'),
  option('1', 'None', 'It goes on by itself; the event must list its pipelines.'),
];

function requirement(chosen: number | null): InputBlock {
  const initial = REQUIREMENTS.find(({ value }) => value === String(chosen));
  const element: RadioButtons = {
    type: 'radio_buttons',
    action_id: 'requirementId',
    options: [...REQUIREMENTS],
    ...(initial && { initial_option: initial }),
  };
  return field('requirementId', 'Who must approve', element, { optional: false });
}

function people(
  id: 'approvers' | 'fallbackApprovers' | 'subscribers',
  label: string,
  chosen: readonly string[],
  hints: readonly string[],
): InputBlock {
  const element: InputBlock['element'] = {
    type: 'multi_users_select',
    action_id: id,
    placeholder: plainText('Choose people', LENGTH.placeholder),
    max_selected_items: COUNT.selectOptions,
    ...(chosen.length > 0 && { initial_users: [...chosen] }),
  };
  return field(id, label, element, { optional: true, hints });
}

function tick(
  id: 'managerApproves' | 'managerSubscribes' | 'disallowRequester' | 'checksFirst',
  label: string,
  words: string,
  chosen: boolean,
): InputBlock {
  const options = [option('yes', words)];
  const element: Checkboxes = {
    type: 'checkboxes',
    action_id: id,
    options,
    ...(chosen && { initial_options: options }),
  };
  return field(id, label, element, { optional: true });
}

function channels(chosen: readonly string[], kept: readonly string[]): InputBlock {
  const hints = ['The card has one button there, Review. Invite the bot to the channel first.'];
  if (kept.length > 0)
    hints.push(`Kept as ${kept.length === 1 ? 'it is' : 'they are'}: ${kept.length} elsewhere.`);
  const element: InputBlock['element'] = {
    type: 'multi_conversations_select',
    action_id: 'channels',
    placeholder: plainText('Choose channels', LENGTH.placeholder),
    filter: { include: ['public', 'private'], exclude_bot_users: true },
    max_selected_items: CHANNELS_MAX,
    ...(chosen.length > 0 && { initial_conversations: [...chosen] }),
  };
  return field('channels', 'Channels', element, { optional: true, hints });
}

const CHANNELS_MAX = 50;

function previewFor(chosen: string | null): InputBlock {
  const element: InputBlock['element'] = {
    type: 'users_select',
    action_id: 'previewFor',
    placeholder: plainText('Choose somebody', LENGTH.placeholder),
    ...(chosen !== null && { initial_user: chosen }),
  };
  return field('previewFor', 'If the run is started by', element, { optional: true });
}

function preview({ preview: lines, values }: WorkflowEditor): KnownBlock {
  const block = linesBlock(lines.slice(0, PREVIEW_LINES).map((line) => lineElements(line, PREVIEW_LINE)));
  if (block) return { ...block, block_id: 'preview' };
  const words =
    values.previewFor === null
      ? 'Choose somebody who starts runs, and see here whom the form as it stands would ask.'
      : 'Nothing to show yet.';
  return { type: 'context', block_id: 'preview', elements: [plainText(words, LENGTH.contextText)] };
}

function keptHint(names: readonly string[]): string[] {
  if (names.length === 0) return [];
  return [`Kept as well, though without an account here to show: ${clip(names.join(', '), 600)}.`];
}

function leftOutHint(what: 'events' | 'policies', count: number): string[] {
  if (count === 0) return [];
  const usage = what === 'events' ? 'EVENT' : 'EVENT POLICY';
  return [`${count} more ${what} do not fit here: name it with /approvals create ${usage}.`];
}

/** All that the modal carries: ids, which are looked up and authorized again. */
interface EditorMetadata {
  workflowId: number | null;
  seenAt: number | null;
  kept: number[];
}

const metadataSchema = z.object({
  workflowId: z.int().min(1).nullable(),
  seenAt: z.int().min(0).nullable(),
  kept: z.array(z.int().min(1)).max(1_000),
});

const id = z.string().min(1).max(100);
const chosen = z.object({ selected_option: z.object({ value: z.string().max(75) }).nullish() });
const ticked = z.object({ selected_options: z.array(z.object({ value: z.string().max(75) })).nullish() });
const users = z.object({ selected_users: z.array(id).max(COUNT.selectOptions).nullish() });
const conversations = z.object({ selected_conversations: z.array(id).max(COUNT.selectOptions).nullish() });
const user = z.object({ selected_user: id.nullish() });

const stateSchema = z.object({
  eventId: z.object({ eventId: chosen }),
  policyId: z.object({ policyId: chosen }),
  requirementId: z.object({ requirementId: chosen }),
  approvers: z.object({ approvers: users }),
  managerApproves: z.object({ managerApproves: ticked }),
  disallowRequester: z.object({ disallowRequester: ticked }),
  checksFirst: z.object({ checksFirst: ticked }),
  fallbackApprovers: z.object({ fallbackApprovers: users }),
  subscribers: z.object({ subscribers: users }),
  managerSubscribes: z.object({ managerSubscribes: ticked }),
  channels: z.object({ channels: conversations }),
  previewFor: z.object({ previewFor: user }),
});

/** What a form brings back, from the view's private_metadata and state.values; null when it is not a whole form of ours. */
export function readEditorState(privateMetadata: string, values: unknown): EditorState | null {
  const state = stateSchema.safeParse(values).data;
  const metadata = readMetadata(privateMetadata);
  if (!state || !metadata) return null;
  return {
    workflowId: metadata.workflowId,
    seenAt: metadata.seenAt,
    keptPersonIds: metadata.kept,
    values: valuesIn(state),
  };
}

function readMetadata(text: string): EditorMetadata | null {
  try {
    return metadataSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

function valuesIn(state: z.infer<typeof stateSchema>): EditorValues {
  return {
    eventId: number(state.eventId.eventId),
    policyId: number(state.policyId.policyId),
    requirementId: number(state.requirementId.requirementId),
    approvers: state.approvers.approvers.selected_users ?? [],
    managerApproves: isTicked(state.managerApproves.managerApproves),
    fallbackApprovers: state.fallbackApprovers.fallbackApprovers.selected_users ?? [],
    subscribers: state.subscribers.subscribers.selected_users ?? [],
    managerSubscribes: isTicked(state.managerSubscribes.managerSubscribes),
    channels: state.channels.channels.selected_conversations ?? [],
    disallowRequester: isTicked(state.disallowRequester.disallowRequester),
    checksFirst: isTicked(state.checksFirst.checksFirst),
    previewFor: state.previewFor.previewFor.selected_user ?? null,
  };
}

function number({ selected_option }: z.infer<typeof chosen>): number | null {
  const digits = selected_option?.value ?? '';
  return /^[1-9][0-9]{0,14}$/.test(digits) ? Number(digits) : null;
}

function isTicked({ selected_options }: z.infer<typeof ticked>): boolean {
  return selected_options?.some(({ value }) => value === 'yes') ?? false;
}
