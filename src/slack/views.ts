import type { ViewResponseAction } from '@slack/bolt';
import type { Answer, EntryKind } from '../approval/form.ts';
import { sentenceOf } from '../usecases/database-trouble.ts';
import type { CardPresses, Press } from '../usecases/deciding/card-presses.ts';
import type { Log } from '../usecases/ports.ts';
import type { EditorForms } from './editor.ts';
import { EDITOR_CALLBACK } from './editor-view.ts';
import { accountOf, type Heard, hear, SENTENCE } from './guard.ts';
import { FORM_CALLBACK, type FormMetadata, formView, noticeView, readMetadata, readState } from './modal.ts';
import { fieldValues, holdsChoice } from './modal-fields.ts';
import { readPresser, readSubmission, type SubmittedView } from './payloads.ts';
import { clip, shown } from './text.ts';
import type { SlackWorkspaces } from './workspaces.ts';

export interface ViewParts {
  presses: CardPresses;
  workspaces: SlackWorkspaces;
  editor: EditorForms;
  log: Log;
}

/**
 * Handles a submitted form and returns what the ack shall say. Forms of cards touch nothing but the local database;
 * that of a workflow may look people up for a while.
 */
export async function submissionResponse(
  parts: ViewParts,
  body: unknown,
): Promise<ViewResponseAction | undefined> {
  const view = readSubmission(body);
  if (view?.callbackId === EDITOR_CALLBACK) return parts.editor.submitted(body, view);
  try {
    const heard = await hear(readPresser(body), parts.workspaces);
    if (!heard.ok) return say(heard.sentence);
    const answer = await answerTo(parts, heard, view);
    return responseOf(answer, view);
  } catch (error) {
    parts.log.error({ err: error }, 'a submitted form could not be handled');
    return say(sentenceOf(error, SENTENCE.failed));
  }
}

async function answerTo(parts: ViewParts, heard: Heard, view: SubmittedView | null): Promise<Answer> {
  const metadata = view?.callbackId === FORM_CALLBACK ? readMetadata(view.privateMetadata) : null;
  if (!view || !metadata) return { kind: 'notice', sentence: SENTENCE.notUnderstood };
  const { cardId, contentVersion } = metadata;
  const press: Press = { ...accountOf(heard), cardId, contentVersion, ref: null };
  return submit(parts, press, metadata, view);
}

/**
 * Menus send places in a list, so the form is asked for again (local database) to learn the values. When it is
 * of another version by now, the places mean nothing, and the submission is refused by its version.
 */
async function submit(
  { presses }: ViewParts,
  press: Press,
  metadata: FormMetadata & { kind: EntryKind },
  view: SubmittedView,
): Promise<Answer> {
  const entered = readState(view.values);
  if (!holdsChoice(entered)) return presses.submitForm(press, metadata.kind, fieldValues(entered, null));
  const form = await presses.openForm(press, metadata.kind);
  if (form.kind !== 'form' || form.form.kind === 'review') return form;
  const fields = form.form.contentVersion === metadata.contentVersion ? form.form.fields : null;
  return presses.submitForm(press, metadata.kind, fieldValues(entered, fields));
}

function say(sentence: string): ViewResponseAction {
  return { response_action: 'update', view: noticeView(sentence) };
}

function responseOf(answer: Answer, view: SubmittedView | null): ViewResponseAction | undefined {
  const inputs: ReadonlySet<string> = view?.inputs ?? new Set();
  // The review below it is over, too.
  if (answer.kind === 'done') return view?.pushed ? { response_action: 'clear' } : undefined;
  if (answer.kind === 'notice') return say(answer.sentence);
  if (answer.kind === 'form') return { response_action: 'update', view: formView(answer.form) };
  const problems = Object.entries(answer.problems);
  // Slack refuses an answer that names a block which is not an input of the view.
  const placed = problems.filter(([key]) => inputs.has(key));
  if (placed.length === 0)
    return say(clip(problems.map(([, problem]) => problem).join(' '), 2000) || SENTENCE.failed);
  return {
    response_action: 'errors',
    errors: Object.fromEntries(placed.map(([key, problem]) => [key, shown(problem ?? '', 300)])),
  };
}
