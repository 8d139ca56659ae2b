import { CARD_TYPE } from './connector-wire.ts';
import type { Dialog } from './form-view.ts';
import type { TeamsPress } from './handle-event.ts';
import type { JsonObject } from './json.ts';
import type { TeamsReply } from './reply.ts';

const NAME = 'Countersign';
const MESSAGE = 'application/vnd.microsoft.activity.message';

/** The body that tells a reply to the invoke of this kind; null = an empty one. Each is sent with HTTP 200. */
export function invokeBody(kind: TeamsPress['kind'], reply: TeamsReply): JsonObject | null {
  if (kind === 'press' || kind === 'refresh') return executeBody(reply);
  // An empty answer closes a dialog; to the message extension's it would be an error.
  if (reply.kind === 'closed' && kind === 'dialogSubmit') return null;
  return taskBody(reply);
}

function executeBody(reply: TeamsReply): JsonObject {
  if (reply.kind === 'card') return { statusCode: 200, type: CARD_TYPE, value: reply.card };
  if (reply.kind === 'dialog') return { statusCode: 200, type: CARD_TYPE, value: reply.dialog.card };
  return { statusCode: 200, type: MESSAGE, value: reply.sentence };
}

function taskBody(reply: TeamsReply): JsonObject {
  if (reply.kind === 'dialog') return { task: { type: 'continue', value: dialogValue(reply.dialog) } };
  if (reply.kind === 'card') return taskBody({ kind: 'dialog', dialog: { title: NAME, card: reply.card } });
  return { task: { type: 'message', value: reply.sentence } };
}

function dialogValue({ title, card }: Dialog): JsonObject {
  return {
    title,
    height: 'medium',
    width: 'medium',
    card: { contentType: CARD_TYPE, content: card },
  };
}
