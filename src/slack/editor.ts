import type { ViewResponseAction } from '@slack/bolt';
import { z } from 'zod';
import type { ChatAccount, ChatCommands, EditorAnswer, EditorState } from '../usecases/chat-commands.ts';
import { sentenceOf } from '../usecases/database-trouble.ts';
import type { Log } from '../usecases/ports.ts';
import type { SlackCalls } from './client.ts';
import { EDITOR_CALLBACK, editorView, readEditorState } from './editor-view.ts';
import { failureSentence } from './failures.ts';
import { accountOf, hear, SENTENCE } from './guard.ts';
import { noticeView } from './modal.ts';
import { pageModal } from './page-blocks.ts';
import { readPresser, type SubmittedView } from './payloads.ts';
import { createRedraw, type ViewChange } from './redraw.ts';
import { shown } from './text.ts';
import type { SlackWorkspaces } from './workspaces.ts';

/** What is left of Slack's 3 s for looking people up before a submission is answered. */
const DEADLINE_MS = 2_000;

export interface EditorParts {
  commands: Pick<ChatCommands, 'previewWorkflow' | 'submitWorkflow'>;
  workspaces: SlackWorkspaces;
  log: Log;
}

/** The form of a workflow in Slack, once it is open. */
export interface EditorForms {
  /** A change inside the form: acks, then draws the preview anew. Never throws. */
  changed(body: unknown, ack: () => Promise<void>): Promise<void>;
  /** What the ack of a submission shall say. Never throws. */
  submitted(body: unknown, view: SubmittedView): Promise<ViewResponseAction>;
}

/** True when a payload of an action comes from a workflow form. */
export function isEditorAction(body: unknown): boolean {
  return viewSchema.safeParse(body).data?.view.callback_id === EDITOR_CALLBACK;
}

const viewSchema = z.object({ view: z.object({ callback_id: z.string() }) });

const changeSchema = z.object({
  view: z.object({
    id: z.string().min(1).max(100),
    hash: z.string().max(200),
    private_metadata: z.string(),
    state: z.object({ values: z.unknown() }),
  }),
  actions: z.array(z.object({ action_id: z.string(), action_ts: z.string().max(40) })).min(1),
});

interface Entered {
  account: ChatAccount;
  calls: SlackCalls;
  form: EditorState;
}

export function createEditorForms(parts: EditorParts): EditorForms {
  const { log } = parts;

  const redraw = createRedraw<Entered>(
    async ({ viewId, state: { account, calls, form } }, { isNewest, hash }) => {
      const answer = await parts.commands.previewWorkflow(account, form);
      if (!isNewest()) return null;
      const view =
        answer.kind === 'editor'
          ? editorView(answer.editor)
          : answer.kind === 'page'
            ? pageModal(answer.page)
            : noticeView(answer.sentence);
      const put = await calls.call('views.update', null, (client) =>
        client.views.update({ view_id: viewId, hash, view }),
      );
      if (put.ok) return put.value.view?.hash ?? null;
      log.debug({ problem: failureSentence(put.failure) }, 'a workflow form was not drawn anew');
      return null;
    },
  );

  async function change(body: unknown): Promise<void> {
    const heard = await hear(readPresser(body), parts.workspaces);
    if (!heard.ok) return log.warn({}, 'a form changed where the bot is not connected');
    const payload = changeSchema.safeParse(body).data;
    const form = payload && readEditorState(payload.view.private_metadata, payload.view.state.values);
    if (!payload || !form) return log.warn({}, 'a changed workflow form cannot be read');
    const [action] = payload.actions;
    // Nobody is chosen to draw it for, and nobody was before.
    if (form.values.previewFor === null && action!.action_id !== 'previewFor') return;
    const at = Number(action!.action_ts);
    const entered: ViewChange<Entered> = {
      viewId: payload.view.id,
      hash: payload.view.hash,
      at: Number.isFinite(at) ? at : 0,
      state: { account: accountOf(heard), calls: heard.workspace.calls, form },
    };
    await redraw(entered);
  }

  async function submit(body: unknown, view: SubmittedView): Promise<ViewResponseAction> {
    const heard = await hear(readPresser(body), parts.workspaces);
    if (!heard.ok) return say(heard.sentence);
    const form = readEditorState(view.privateMetadata, view.values);
    if (!form) return say(SENTENCE.notUnderstood);
    return responseOf(await parts.commands.submitWorkflow(accountOf(heard), form, DEADLINE_MS), view.inputs);
  }

  function responseOf(answer: EditorAnswer, inputs: ReadonlySet<string>): ViewResponseAction {
    if (answer.kind === 'notice') return say(answer.sentence);
    if (answer.kind === 'saved') return { response_action: 'update', view: pageModal(answer.page) };
    const problems = Object.entries(answer.problems).map(([id, words]) => [id, shown(words, 300)] as const);
    // Slack refuses an answer that names a block which is not an input of the view.
    const placed = problems.filter(([id]) => inputs.has(id));
    if (placed.length < problems.length || placed.length === 0)
      return say(problems.map(([, words]) => words).join(' ') || SENTENCE.failed);
    return { response_action: 'errors', errors: Object.fromEntries(placed) };
  }

  return {
    async changed(body, ack) {
      await ack();
      try {
        await change(body);
      } catch (error) {
        log.error({ err: error }, 'a workflow form could not be drawn anew');
      }
    },
    async submitted(body, view) {
      try {
        return await submit(body, view);
      } catch (error) {
        log.error({ err: error }, 'a workflow form could not be saved');
        return say(sentenceOf(error, SENTENCE.failed));
      }
    },
  };
}

function say(sentence: string): ViewResponseAction {
  return { response_action: 'update', view: noticeView(sentence) };
}
