import { isObject, type JsonObject, objectOf, stringOf } from '../common/json.ts';
import { ApiError, badSyntax } from './api-error.ts';
import { problemsOfCard } from './check-card.ts';
import { MESSAGE_BYTES, sizeInBytes } from './limits.ts';
import type { StoredMessage } from './shown.ts';

export const CARD_TYPE = 'application/vnd.microsoft.card.adaptive';

const MEMBERS = new Set([
  'type',
  'id',
  'channelId',
  'serviceUrl',
  'from',
  'recipient',
  'conversation',
  'text',
  'textFormat',
  'summary',
  'attachments',
  'attachmentLayout',
  'entities',
  'channelData',
  'replyToId',
  'importance',
  'inputHint',
  'locale',
]);

/** What a bot sends, as far as it is shown. */
export interface Content {
  text: string;
  textFormat: StoredMessage['textFormat'];
  summary?: string;
  card?: JsonObject;
}

function cardIn(attachments: unknown): JsonObject | undefined {
  if (attachments === undefined) return undefined;
  if (!Array.isArray(attachments)) throw badSyntax('attachments must be an array');
  if (attachments.length === 0) return undefined;
  if (attachments.length > 1) throw badSyntax('one message shows one card here');
  const attachment = objectOf(attachments[0]);
  for (const key of Object.keys(attachment))
    if (!['contentType', 'content', 'contentUrl', 'name', 'thumbnailUrl'].includes(key))
      throw badSyntax(`an attachment has no member "${key}"`);
  if (attachment.contentType !== CARD_TYPE)
    throw badSyntax(`Unknown attachment type ${String(attachment.contentType)}`);
  if (!isObject(attachment.content)) throw badSyntax('a card needs its content');
  const problems = problemsOfCard(attachment.content, 'message');
  if (problems.length > 0) throw badSyntax(`Invalid Adaptive Card: ${problems.slice(0, 5).join('; ')}`);
  return attachment.content;
}

/** The content of a message activity, or what the Connector says to it. */
export function readContent(activity: JsonObject, botId: string): Content {
  if (sizeInBytes(activity) > MESSAGE_BYTES)
    throw new ApiError(413, 'MessageSizeTooBig', 'Message size too large.');
  if (activity.type !== 'message')
    throw badSyntax(`Activity type must be message, not ${String(activity.type)}`);
  for (const key of Object.keys(activity))
    if (!MEMBERS.has(key)) throw badSyntax(`An activity has no member "${key}"`);
  if (activity.from !== undefined && objectOf(activity.from).id !== botId)
    throw new ApiError(403, 'Forbidden', 'The bot speaks in nobody else’s name.');
  for (const key of ['text', 'summary'] as const)
    if (activity[key] !== undefined && typeof activity[key] !== 'string')
      throw badSyntax(`${key} must be a string`);
  const textFormat = activity.textFormat ?? 'markdown';
  if (textFormat !== 'plain' && textFormat !== 'markdown' && textFormat !== 'xml')
    throw badSyntax('textFormat must be plain, markdown or xml');
  const text = stringOf(activity.text) ?? '';
  const card = cardIn(activity.attachments);
  const summary = stringOf(activity.summary);
  if (card && !summary?.trim()) throw badSyntax('A card needs a summary: the notification would say nothing');
  if (!card && text.trim() === '') throw badSyntax('Activity must have text or an attachment');
  return { text, textFormat, ...(summary !== undefined && { summary }), ...(card && { card }) };
}
