import type { Answer, EntryKind, FieldKey, FieldValues } from '../approval/form.ts';
import type { CardPresses, Press } from '../usecases/deciding/card-presses.ts';
import type { ActionData } from './action-data.ts';
import type { TeamsActor, TeamsWhere } from './events.ts';
import { formView } from './form-view.ts';
import { keptWordsView } from './notice-view.ts';
import { FORM_OF, lineOf, pressOf } from './presses.ts';
import { notice, SENTENCE, type TeamsReply } from './reply.ts';

type PressData = Extract<ActionData, { do: 'press' }>;
type SubmitData = Extract<ActionData, { do: 'submit' }>;

const FIELD = /^(comment|question|gate|(input|answer)-\d{1,9})$/;

/** A button's form as a dialog. Opening one never decides; `where` null = the button stood in a dialog. */
export async function opened(
  presses: CardPresses,
  actor: TeamsActor,
  where: TeamsWhere | null,
  data: PressData,
): Promise<TeamsReply> {
  const press = pressOf(actor, data, where);
  return dialogReply(
    data.verb === 'retry_submission'
      ? await presses.retrySubmission(press)
      : await presses.openForm(press, FORM_OF[data.verb]),
  );
}

/** A form was filled in that is not surely of our making: ours opens, with what was entered. */
export async function reopened(
  presses: CardPresses,
  actor: TeamsActor,
  data: SubmitData,
  entered: Readonly<Record<string, string>>,
): Promise<TeamsReply> {
  return corrected(presses, pressOf(actor, data, null), data.form, fieldValues(entered), {});
}

/** A form was filled in: it is done and closes, or stays open with what was entered and what is wrong with it. */
export async function submitted(
  presses: CardPresses,
  actor: TeamsActor,
  data: SubmitData,
  entered: Readonly<Record<string, string>>,
): Promise<TeamsReply> {
  const press = pressOf(actor, data, null);
  const values = fieldValues(entered);
  const answer = await presses.submitForm(press, data.form, values);
  return answer.kind === 'form_errors'
    ? corrected(presses, press, data.form, values, answer.problems)
    : dialogReply(answer);
}

async function corrected(
  presses: CardPresses,
  press: Press,
  kind: EntryKind,
  values: FieldValues,
  problems: FieldValues,
): Promise<TeamsReply> {
  const again = await presses.openForm(press, kind);
  if (again.kind === 'form') return { kind: 'dialog', dialog: formView(again.form, values, problems) };
  // What was wrong is not worth correcting any more; what was written in free words may be, elsewhere.
  const sentence = lineOf(again) ?? SENTENCE.failed;
  const written = wordsWith(problems, values);
  if (written.length === 0) return dialogReply(again);
  return { kind: 'dialog', dialog: { title: 'Countersign', card: keptWordsView(sentence, written) } };
}

/** Questions, answers and comments that something is wrong with. */
function wordsWith(problems: FieldValues, values: FieldValues): string[] {
  return Object.keys(problems)
    .filter((key) => !key.startsWith('input-'))
    .map((key) => (values[key as FieldKey] ?? '').trim())
    .filter((words) => words !== '');
}

function dialogReply(answer: Answer): TeamsReply {
  if (answer.kind === 'form') return { kind: 'dialog', dialog: formView(answer.form) };
  if (answer.kind === 'done') return { kind: 'closed', sentence: SENTENCE.recorded };
  return notice(lineOf(answer) ?? SENTENCE.failed);
}

function fieldValues(entered: Readonly<Record<string, string>>): FieldValues {
  return Object.fromEntries(
    Object.entries(entered).filter((entry): entry is [FieldKey, string] => FIELD.test(entry[0])),
  );
}
