import type { TeamsEvent } from './events.ts';
import type { Dialog } from './form-view.ts';
import type { JsonObject } from './json.ts';
import { SENTENCE, type TeamsReply } from './reply.ts';

const CARD = 'application/vnd.microsoft.card.adaptive';
const MESSAGE = 'application/vnd.microsoft.activity.message';

/** The body that tells a reply to the invoke of this kind; null = an empty one. Each is sent with HTTP 200. */
export function invokeBody(kind: TeamsEvent['kind'], reply: TeamsReply): JsonObject | null {
  switch (kind) {
    case 'press':
    case 'refresh':
      return executeBody(reply);
    case 'dialogOpen':
    case 'dialogSubmit':
      return taskBody(reply, null);
    case 'extensionOpen':
    case 'extensionSubmit':
      // An empty answer would leave the dialog open, and blank.
      return taskBody(reply, SENTENCE.recorded);
    default:
      return null;
  }
}

function executeBody(reply: TeamsReply): JsonObject {
  if (reply.kind === 'card') return { statusCode: 200, type: CARD, value: reply.card };
  if (reply.kind === 'dialog') return { statusCode: 200, type: CARD, value: reply.dialog.card };
  return { statusCode: 200, type: MESSAGE, value: reply.kind === 'nothing' ? '' : reply.sentence };
}

function taskBody(reply: TeamsReply, insteadOfNothing: string | null): JsonObject | null {
  switch (reply.kind) {
    case 'dialog':
      return { task: { type: 'continue', value: dialogValue(reply.dialog) } };
    case 'card':
      return { task: { type: 'continue', value: dialogValue({ title: '', card: reply.card }) } };
    case 'notice':
      return message(reply.sentence);
    case 'closed':
      return insteadOfNothing === null ? null : message(reply.sentence);
    case 'nothing':
      return insteadOfNothing === null ? null : message(insteadOfNothing);
  }
}

function message(sentence: string): JsonObject {
  return { task: { type: 'message', value: sentence } };
}

function dialogValue({ title, card }: Dialog): JsonObject {
  return {
    title,
    height: 'medium',
    width: 'medium',
    card: { contentType: CARD, content: card },
  };
}
