import type { EditorProblems } from '../approval/workflow-editor.ts';
import type { ChatAccount, ChatCommands, EditorState } from '../usecases/chat-commands.ts';
import { withoutPrefix } from './command-words.ts';
import { commandDialog } from './commands.ts';
import { editorView } from './editor-view.ts';
import type { TeamsActor } from './events.ts';
import { readEditor } from './read-editor.ts';
import { notice, SENTENCE, type TeamsReply } from './reply.ts';

/** How long looking up people who were named may take before a dialog is answered, ms. */
const LOOKUP_MS = 2_000;

/** The form of a workflow was submitted: saved, its page is told and it closes; else it stays open and says why. */
export async function savedWorkflow(
  commands: ChatCommands,
  { account }: TeamsActor,
  raw: unknown,
): Promise<TeamsReply> {
  const state = readEditor(raw);
  const answer = await commands.submitWorkflow(account, state, LOOKUP_MS);
  if (answer.kind === 'notice') return notice(withoutPrefix(answer.sentence));
  if (answer.kind === 'saved') return { kind: 'closed', sentence: SENTENCE.saved, page: answer.page };
  return shownAgain(commands, account, state, answer.problems);
}

/** A form was submitted that is not surely of our making: ours opens, with what was entered. */
export function reopenedWorkflow(
  commands: ChatCommands,
  { account }: TeamsActor,
  raw: unknown,
): Promise<TeamsReply> {
  return shownAgain(commands, account, readEditor(raw));
}

async function shownAgain(
  commands: ChatCommands,
  account: ChatAccount,
  state: EditorState,
  problems?: EditorProblems,
): Promise<TeamsReply> {
  // Drawn for nobody: who would be asked is not looked up again.
  const again = await commands.previewWorkflow(account, withoutPreview(state));
  if (again.kind !== 'editor') return commandDialog(again, commands.opensForm);
  const editor = { ...again.editor, values: state.values };
  return { kind: 'dialog', dialog: editorView(editor, problems) };
}

/** The form anew, with who would be asked. */
export async function previewedWorkflow(
  commands: ChatCommands,
  { account }: TeamsActor,
  raw: unknown,
): Promise<TeamsReply> {
  return commandDialog(await commands.previewWorkflow(account, readEditor(raw)), commands.opensForm);
}

function withoutPreview(state: EditorState): EditorState {
  return { ...state, values: { ...state.values, previewFor: null } };
}
