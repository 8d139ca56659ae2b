import type { EntryForm, FieldValues, Form, FormField, ReviewAction, ReviewForm } from '../approval/form.ts';
import type { ActionData, PressVerb } from './action-data.ts';
import { buttonRows, submitButton } from './buttons.ts';
import { cardBody, REVIEW_ROOMS } from './card-body.ts';
import { adaptiveCard, panel, paragraph, prose, run } from './elements.ts';
import { type FieldRoom, fieldElements } from './form-fields.ts';
import type { JsonObject } from './json.ts';
import { COUNT, jsonLength, LENGTH, SIZE } from './limits.ts';
import { shown } from './text.ts';

/** What a dialog shows: its title, and its card. */
export interface Dialog {
  title: string;
  card: JsonObject;
}

const ROOMS: readonly FieldRoom[] = [
  { fields: 50, options: COUNT.choices, hint: 2000, value: 3000, intro: 1500 },
  { fields: 50, options: 30, hint: 600, value: 3000, intro: 1000 },
  { fields: 40, options: 10, hint: 300, value: 1500, intro: 600 },
  { fields: 30, options: 0, hint: 150, value: 150, intro: 300 },
  { fields: 12, options: 0, hint: 80, value: 80, intro: 150 },
  { fields: 4, options: 0, hint: 80, value: 80, intro: 150 },
];

/**
 * The form as a dialog. With `entered`, the fields hold what was entered (a field that is absent there was left
 * empty); with `problems`, each is said right below its field. Ids of inputs are the fields' keys. Words from outside
 * stand in labels, values, choices and text runs alone.
 */
export function formView(form: Form, entered?: FieldValues, problems: FieldValues = {}): Dialog {
  const title = shown(form.title, LENGTH.dialogTitle, 'Countersign');
  if (form.kind === 'review') return { title, card: reviewCard(form) };
  for (const room of ROOMS) {
    const card = entryCard(form, room, entered, problems);
    if (jsonLength(card) <= SIZE.dialog) return { title, card };
  }
  return { title, card: entryCard(form, ROOMS.at(-1)!, entered, problems) };
}

function entryCard(
  form: EntryForm,
  room: FieldRoom,
  entered: FieldValues | undefined,
  problems: FieldValues,
): JsonObject {
  const fields = fittingFields(form.fields, room.fields);
  const left = form.fields.length - fields.length;
  const body = [
    ...prose(form.intro, room.intro, '…'),
    ...problemsOnTop(fields, problems),
    ...note(form.note, room),
    ...fields.flatMap((field) =>
      fieldElements(field, entered ? (entered[field.key] ?? '') : field.kind === 'input' ? field.value : '', {
        room,
        problem: problems[field.key],
      }),
    ),
  ];
  if (left > 0)
    body.push(paragraph([run(`${left} more inputs do not fit here; please decide in Harness.`)])!);
  const data: ActionData = { do: 'submit', form: form.kind, card: form.cardId, version: form.contentVersion };
  const style = form.kind === 'reject' ? 'destructive' : 'positive';
  return adaptiveCard(body, [submitButton(form.submitLabel || 'Submit', data, { style })]);
}

/** Comments stay: a rejection cannot do without its reason. */
function fittingFields(fields: readonly FormField[], max: number): FormField[] {
  const comments = fields.filter((field) => field.kind !== 'input').slice(0, max);
  const inputs = fields.filter((field) => field.kind === 'input');
  return [...inputs.slice(0, max - comments.length), ...comments];
}

/** That something is wrong, and whatever is wrong with no field that is seen. */
function problemsOnTop(fields: readonly FormField[], problems: FieldValues): JsonObject[] {
  const keys = new Set<string>(fields.map(({ key }) => key));
  const given = Object.entries(problems).filter(([, sentence]) => (sentence ?? '') !== '');
  if (given.length === 0) return [];
  const unplaced = given.filter(([key]) => !keys.has(key)).slice(0, 5);
  const sentences = unplaced.map(([, sentence]) => shown(sentence ?? '', 300));
  if (unplaced.length < given.length) sentences.unshift('Not sent yet: please correct what is marked below.');
  return [
    panel(
      'attention',
      sentences.map((words) => paragraph([run(words)], { spacing: 'small' })!),
    ),
  ];
}

function note(words: string | null, { intro }: FieldRoom): JsonObject[] {
  const said = prose(words ?? '', intro, '…');
  return said.length === 0 ? [] : [panel('emphasis', said)];
}

/** From a review nothing is decided by one click: each button opens a form of its own in the same dialog. */
const REVIEW_BUTTONS: Readonly<
  Record<ReviewAction, { title: string; verb: PressVerb; style?: 'positive' | 'destructive' }>
> = {
  approve: { title: 'Approve', verb: 'approve_with_comment', style: 'positive' },
  reject: { title: 'Reject', verb: 'reject', style: 'destructive' },
  ask_question: { title: 'Ask a question', verb: 'ask_question' },
};

function reviewCard({ cardId, contentVersion, details, actions }: ReviewForm): JsonObject {
  const buttons = actions.map((action) => {
    const { title, verb, ...look } = REVIEW_BUTTONS[action];
    return submitButton(
      title,
      { do: 'press', verb, card: cardId, version: contentVersion, page: true },
      look,
    );
  });
  const rows = buttonRows(buttons);
  for (const room of REVIEW_ROOMS) {
    const card = adaptiveCard([...cardBody(details, room), ...rows]);
    if (jsonLength(card) <= SIZE.dialog) return card;
  }
  return adaptiveCard([...cardBody({ ...details, facts: [], links: [] }, REVIEW_ROOMS.at(-1)!), ...rows]);
}
