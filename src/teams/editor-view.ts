import type {
  EditorField,
  EditorOption,
  EditorProblems,
  WorkflowEditor,
} from '../approval/workflow-editor.ts';
import type { ActionData } from './action-data.ts';
import { submitButton } from './buttons.ts';
import { adaptiveCard, panel, paragraph, paragraphs, prose, run } from './elements.ts';
import { problemBelow } from './form-fields.ts';
import type { Dialog } from './form-view.ts';
import type { JsonObject } from './json.ts';
import { COUNT, jsonLength, LENGTH, SIZE } from './limits.ts';
import { clip, shown } from './text.ts';

/** How much the form takes; smaller ones are tried until the dialog fits. What was chosen is never left out. */
interface Room {
  options: number;
  /** People's names go along; else the client looks them up by their ids. */
  names: boolean;
  preview: number;
  hint: number;
}

const ROOMS: readonly Room[] = [
  { options: COUNT.choices, names: true, preview: 12, hint: 600 },
  { options: 40, names: true, preview: 12, hint: 600 },
  { options: 20, names: false, preview: 8, hint: 300 },
  { options: 5, names: false, preview: 4, hint: 100 },
];

/**
 * The workflow form as a dialog. Ids of inputs are the fields' names. People are chosen from the tenant's directory
 * (choices.data, a documented extension of Teams) and come back as Entra object ids joined by commas.
 */
export function editorView(editor: WorkflowEditor, problems: EditorProblems = {}): Dialog {
  const title = shown(editor.title, LENGTH.dialogTitle, 'Workflow');
  for (const room of ROOMS) {
    const card = adaptiveCard(body(editor, problems, room), buttons(editor));
    if (jsonLength(card) <= SIZE.dialog && editor.kept.personIds.length <= COUNT.kept) return { title, card };
  }
  // Nobody may be lost from a list because it could not be carried.
  const sentence =
    'This workflow lists more people than a form in Teams can carry. Edit it with the management API.';
  return { title, card: adaptiveCard([paragraph([run(sentence)])!]) };
}

function buttons({ workflowId, seenAt, kept, submitLabel }: WorkflowEditor): JsonObject[] {
  const carried = { workflow: workflowId, seenAt, kept: [...kept.personIds] };
  const save: ActionData = { do: 'save_workflow', ...carried };
  const preview: ActionData = { do: 'preview_workflow', ...carried };
  return [
    submitButton(submitLabel || 'Save', save, { style: 'positive' }),
    submitButton('Who would be asked?', preview),
  ];
}

function body(editor: WorkflowEditor, problems: EditorProblems, room: Room): JsonObject[] {
  const { values, kept, leftOut } = editor;
  const people = (id: PeopleField, label: string, chosen: readonly string[], hints: readonly string[] = []) =>
    field(peoplePicker(id, label, chosen, editor, room), problems[id], hints, room);
  const ticked = (id: TickField, title: string, chosen: boolean) =>
    field(tick(id, title, chosen), problems[id], [], room);
  return [
    ...onTop(problems),
    ...menu('eventId', 'Event', editor.events, values.eventId, leftOut.events, problems, room),
    ...menu(
      'policyId',
      'Approval policy',
      editor.policies,
      values.policyId,
      leftOut.policies,
      problems,
      room,
    ),
    heading('Who decides'),
    ...field(requirement(values.requirementId), problems.requirementId, [], room),
    ...people('approvers', 'Approvers', values.approvers, keptHint(kept.approvers)),
    ...ticked(
      'managerApproves',
      'The manager of whoever starts the run approves, too',
      values.managerApproves,
    ),
    ...ticked('disallowRequester', 'Whoever starts the run may not approve it', values.disallowRequester),
    ...ticked(
      'checksFirst',
      'Machines among the approvers are checks: people are asked once all have passed',
      values.checksFirst,
    ),
    ...people('fallbackApprovers', 'Fallback approvers', values.fallbackApprovers, [
      'They are asked where somebody above cannot be.',
      ...keptHint(kept.fallbackApprovers),
    ]),
    heading('Who is told'),
    ...people('subscribers', 'Subscribers', values.subscribers, keptHint(kept.subscribers)),
    ...ticked('managerSubscribes', 'Tell the manager of whoever starts the run', values.managerSubscribes),
    ...field(channels(values.channels), problems.channels, channelHints(kept.channels), room),
    heading('Who would be asked?'),
    ...people(
      'previewFor',
      'If the run is started by',
      values.previewFor === null ? [] : [values.previewFor],
    ),
    ...preview(editor, room),
  ];
}

function onTop(problems: EditorProblems): JsonObject[] {
  const wrong = Object.values(problems).some((sentence) => (sentence ?? '') !== '');
  if (!wrong) return [];
  return [panel('attention', [paragraph([run('Not saved yet: please correct what is marked below.')])!])];
}

function heading(words: string): JsonObject {
  return paragraph([run(words, { strong: true, size: 'medium' })], { spacing: 'large', separator: true })!;
}

function field(
  element: JsonObject,
  problem: string | undefined,
  hints: readonly string[],
  { hint }: Room,
): JsonObject[] {
  return [
    element,
    ...problemBelow(problem),
    ...prose(hints.join('\n'), hint, '…', { subtle: true, size: 'small' }),
  ];
}

function menu(
  id: 'eventId' | 'policyId',
  label: string,
  offered: readonly EditorOption[],
  chosen: number | null,
  leftOut: number,
  problems: EditorProblems,
  room: Room,
): JsonObject[] {
  const kept = offered.filter((one, index) => index < room.options || one.id === chosen);
  const element: JsonObject = {
    type: 'Input.ChoiceSet',
    id,
    label,
    style: kept.length >= COUNT.filteredChoices ? 'filtered' : 'compact',
    placeholder: 'Choose one',
    choices: kept.map((one) => ({ title: shown(one.name, LENGTH.choiceTitle), value: String(one.id) })),
    isRequired: true,
    errorMessage: 'Please choose one.',
    ...(kept.some((one) => one.id === chosen) && { value: String(chosen) }),
  };
  const missing = leftOut + offered.length - kept.length;
  const [what, usage] = id === 'eventId' ? ['events', 'EVENT'] : ['policies', 'EVENT POLICY'];
  const hints = missing > 0 ? [`${missing} more ${what} do not fit here: name it with create ${usage}.`] : [];
  return field(element, problems[id], hints, room);
}

function requirement(chosen: number | null): JsonObject {
  return {
    type: 'Input.ChoiceSet',
    id: 'requirementId' satisfies EditorField,
    label: 'Who must approve',
    style: 'expanded',
    wrap: true,
    choices: [
      { title: 'All of the approvers: each must approve, and one rejection rejects', value: '3' },
      { title: 'Any one of the approvers: the first decision decides', value: '2' },
      { title: 'None: it goes on by itself, and the event must list its pipelines', value: '1' },
    ],
    isRequired: true,
    errorMessage: 'Please choose one.',
    ...(chosen !== null && { value: String(chosen) }),
  };
}

type PeopleField = 'approvers' | 'fallbackApprovers' | 'subscribers' | 'previewFor';

/** Whoever is chosen already is a choice with a name; the directory offers the others. */
function peoplePicker(
  id: PeopleField,
  label: string,
  chosen: readonly string[],
  { names }: WorkflowEditor,
  room: Room,
): JsonObject {
  const known = room.names ? chosen.flatMap((value) => namedChoice(value, names?.get(value))) : [];
  return {
    type: 'Input.ChoiceSet',
    id,
    label,
    isMultiSelect: id !== 'previewFor',
    style: id === 'previewFor' ? 'filtered' : 'compact',
    placeholder: id === 'previewFor' ? 'Choose somebody' : 'Choose people',
    choices: known,
    'choices.data': { type: 'Data.Query', dataset: 'graph.microsoft.com/users' },
    ...(chosen.length > 0 && { value: chosen.join(',') }),
  };
}

function namedChoice(value: string, name: string | undefined): JsonObject[] {
  return name === undefined ? [] : [{ title: shown(name, LENGTH.name), value }];
}

type TickField = 'managerApproves' | 'managerSubscribes' | 'disallowRequester' | 'checksFirst';

function tick(id: TickField, title: string, chosen: boolean): JsonObject {
  return { type: 'Input.Toggle', id, title, wrap: true, value: String(chosen), spacing: 'small' };
}

function channels(chosen: readonly string[]): JsonObject {
  return {
    type: 'Input.Text',
    id: 'channels' satisfies EditorField,
    label: 'Channels',
    isMultiline: true,
    maxLength: 10_000,
    placeholder: 'https://teams.microsoft.com/l/channel/…',
    ...(chosen.length > 0 && { value: chosen.join('\n') }),
  };
}

function channelHints(kept: readonly string[]): string[] {
  const hints = [
    'Paste the link of each channel (More options › Get link to channel), and add the app to its team first.',
  ];
  if (kept.length > 0)
    hints.push(`Kept as ${kept.length === 1 ? 'it is' : 'they are'}: ${kept.length} elsewhere.`);
  return hints;
}

function keptHint(names: readonly string[]): string[] {
  if (names.length === 0) return [];
  return [`Kept as well, though without an account here to show: ${clip(names.join(', '), 400)}.`];
}

const PREVIEW_LINE = 400;

function preview({ preview: lines, values }: WorkflowEditor, room: Room): JsonObject[] {
  const said = paragraphs(lines.slice(0, room.preview), PREVIEW_LINE);
  if (said.length > 0) return [panel('emphasis', said)];
  const words =
    values.previewFor === null
      ? 'Choose somebody who starts runs, press “Who would be asked?”, and see here whom the form as it stands would ask.'
      : 'Nothing to show yet.';
  return [paragraph([run(words, { subtle: true, size: 'small' })], { spacing: 'small' })!];
}
