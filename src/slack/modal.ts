import type { KnownBlock, ModalView } from '@slack/types';
import { z } from 'zod';
import type { EntryForm, EntryKind, FieldKey, Form, FormKind, ReviewForm } from '../approval/form.ts';
import { reviewBlocks } from './blocks.ts';
import { COUNT, jsonBytes, LENGTH, SIZE } from './limits.ts';
import { type Entered, FIELD_ACTION, type FieldRoom, fieldBlock } from './modal-fields.ts';
import { emoji, words } from './rich-text.ts';
import { clean, clip, plainText } from './text.ts';

export const FORM_CALLBACK = 'countersign_form';

const ROOMS: readonly FieldRoom[] = [
  { options: COUNT.selectOptions, hint: LENGTH.inputHint, value: LENGTH.plainTextInput },
  { options: 20, hint: 300, value: 1000 },
  { options: 0, hint: 150, value: 150 },
];

/** The form as a modal: any form gives a valid view (limits.ts). Untrusted words are plain text throughout. */
export function formView(form: Form): ModalView {
  if (form.kind === 'review') return reviewView(form);
  for (const room of ROOMS) {
    const view = viewWithin(form, room);
    if (jsonBytes(view) <= SIZE.viewBytes) return view;
  }
  return viewWithin(form, ROOMS.at(-1)!);
}

/** A small modal that says one sentence, in place of the form. */
export function noticeView(sentence: string): ModalView {
  return {
    type: 'modal',
    title: plainText('Countersign', LENGTH.modalTitle),
    close: plainText('Close', LENGTH.modalButton),
    // What lies below it may be about something that has changed since.
    clear_on_close: true,
    blocks: [{ type: 'section', text: plainText(sentence, LENGTH.sectionText) }],
  };
}

/** Has no submit: its buttons open forms on top of it. */
function reviewView(form: ReviewForm): ModalView {
  return {
    type: 'modal',
    callback_id: FORM_CALLBACK,
    private_metadata: metadataOf(form),
    title: plainText(form.title, LENGTH.modalTitle, 'Countersign'),
    close: plainText('Close', LENGTH.modalButton),
    blocks: reviewBlocks(form),
  };
}

function metadataOf({ cardId, contentVersion, kind }: Form): string {
  return JSON.stringify({ cardId, contentVersion, kind } satisfies FormMetadata);
}

const FIELDS_MAX = COUNT.modalBlocks - 4;

function viewWithin(form: EntryForm, room: FieldRoom): ModalView {
  const comments = form.fields.filter((field) => field.kind !== 'input');
  const inputs = form.fields.filter((field) => field.kind === 'input');
  const fields = [...inputs.slice(0, FIELDS_MAX - comments.length), ...comments];
  const left = form.fields.length - fields.length;
  const blocks: KnownBlock[] = [...introBlocks(form)];
  blocks.push(...fields.map((field) => fieldBlock(field, room)));
  if (left > 0) {
    const sentence = `${left} more inputs do not fit here; please decide in Harness.`;
    blocks.push({ type: 'section', text: plainText(sentence, LENGTH.sectionText) });
  }
  return {
    type: 'modal',
    callback_id: FORM_CALLBACK,
    private_metadata: metadataOf(form),
    title: plainText(form.title, LENGTH.modalTitle, 'Countersign'),
    submit: plainText(form.submitLabel, LENGTH.modalButton, 'Submit'),
    close: plainText('Cancel', LENGTH.modalButton),
    blocks: blocks satisfies KnownBlock[],
  };
}

function introBlocks(form: EntryForm): KnownBlock[] {
  const blocks: KnownBlock[] = [];
  const intro = clip(clean(form.intro).trim(), 1500);
  if (intro !== '') blocks.push({ type: 'section', text: plainText(intro, LENGTH.sectionText) });
  const note = clip(clean(form.note ?? '').trim(), 1000);
  if (note !== '') {
    const elements = [emoji('information_source'), words(` ${note}`)];
    blocks.push({ type: 'rich_text', elements: [{ type: 'rich_text_section', elements }] });
  }
  return blocks;
}

/** All that a modal carries about what it decides. */
export interface FormMetadata {
  cardId: string;
  contentVersion: number;
  kind: FormKind;
}

const metadataSchema = z.object({
  cardId: z.string().min(1).max(200),
  contentVersion: z.int().min(0),
  kind: z.enum(['approve', 'reject', 'supply_inputs', 'ask_question', 'answer_question', 'choose_instance']),
});

/** Reads the private_metadata of a view that was submitted; null when it is not one of ours that can be. */
export function readMetadata(text: string): (FormMetadata & { kind: EntryKind }) | null {
  try {
    return metadataSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

const option = z.object({ value: z.string() });
const stateValue = z.object({
  value: z.string().nullish(),
  selected_option: option.nullish(),
  selected_options: z.array(option).nullish(),
});
const stateSchema = z.record(z.string(), z.record(z.string(), z.unknown()));
const FIELD_KEY = /^(?:comment|question|gate|input-\d{1,4}|answer-\d{1,15})$/;

/** What was entered, by field; unknown blocks and shapes are left out. */
export function readState(values: unknown): Map<FieldKey, Entered> {
  const entered = new Map<FieldKey, Entered>();
  const blocks = stateSchema.safeParse(values).data ?? {};
  for (const [key, block] of Object.entries(blocks)) {
    const state = stateValue.safeParse(block[FIELD_ACTION]).data;
    if (!FIELD_KEY.test(key) || !state) continue;
    entered.set(key as FieldKey, enteredOf(state));
  }
  return entered;
}

function enteredOf(state: z.infer<typeof stateValue>): Entered {
  if (state.selected_options)
    return { kind: 'choice', places: state.selected_options.map((one) => one.value) };
  if (state.selected_option !== undefined)
    return { kind: 'choice', places: state.selected_option ? [state.selected_option.value] : [] };
  return { kind: 'text', text: state.value ?? '' };
}
