import { isObject, type JsonObject, objectOf, parseJson, stringOf } from '../common/json.ts';
import type { ActResult } from './acts.ts';
import type { Surface } from './check.ts';
import { CARD_TYPE } from './check-activity.ts';
import { problemsOfCard } from './check-card.ts';
import type { Delivery } from './traffic.ts';

/** Why the answer does not count; undefined when it does. */
function trouble(delivery: Delivery): string | undefined {
  if (delivery.failure !== undefined) return delivery.failure;
  const { status = 0 } = delivery;
  return status >= 200 && status < 300 ? undefined : `http ${status}`;
}

/** The part common to all acts. */
export function resultOf(delivery: Delivery, activity: JsonObject): ActResult {
  const why = trouble(delivery);
  const body =
    delivery.responseBody === '' ? undefined : (parseJson(delivery.responseBody) ?? delivery.responseBody);
  return {
    sent: true,
    ms: delivery.ms,
    delivery,
    activity,
    ...(delivery.status !== undefined && { status: delivery.status }),
    ...(body !== undefined && { body }),
    ...(why !== undefined && { warning: wentWrong(why) }),
  };
}

/** What Teams says under a card or in a dialog when something did not work. */
export function wentWrong(why: string): string {
  return `Something went wrong. Please try again. (${why})`;
}

/** What an invoke's answer does. */
export type Outcome =
  | { kind: 'card'; card: JsonObject }
  | { kind: 'words'; text: string }
  | { kind: 'dialog'; title: string; card: JsonObject }
  | { kind: 'closed' }
  | { kind: 'wrong'; why: string };

function drawn(card: unknown, surface: Surface): string | undefined {
  const problems = problemsOfCard(card, surface);
  return problems.length === 0 ? undefined : `the card cannot be shown: ${problems.slice(0, 5).join('; ')}`;
}

/** The answer to adaptiveCard/action. */
export function readCardAnswer(result: ActResult): Outcome {
  if (result.warning !== undefined)
    return { kind: 'wrong', why: String(result.status ?? result.delivery?.failure) };
  const { status, body } = result;
  // 200 alone counts, with what it means in the body.
  if (status !== 200 || !isObject(body))
    return { kind: 'wrong', why: 'the answer to a card must be 200 with a body' };
  const { statusCode, type, value } = body;
  if (statusCode !== 200)
    return { kind: 'wrong', why: `statusCode ${String(statusCode)}: ${String(objectOf(value).message)}` };
  if (type === CARD_TYPE) {
    const why = drawn(value, 'message');
    return why === undefined && isObject(value)
      ? { kind: 'card', card: value }
      : { kind: 'wrong', why: why ?? 'no card' };
  }
  if (
    type === 'application/vnd.microsoft.activity.message' &&
    typeof value === 'string' &&
    value.trim() !== ''
  )
    return { kind: 'words', text: value };
  return { kind: 'wrong', why: `the answer has an unknown type ${String(type)}` };
}

/** The answer to task/fetch, task/submit and their kin of the message extension. */
export function readDialogAnswer(result: ActResult, opens: boolean): Outcome {
  if (result.warning !== undefined)
    return { kind: 'wrong', why: String(result.status ?? result.delivery?.failure) };
  const { status, body } = result;
  if (status !== 200) return { kind: 'wrong', why: 'the answer to a dialog must be 200' };
  if (body === undefined || (isObject(body) && Object.keys(body).length === 0))
    return opens ? { kind: 'wrong', why: 'there is no dialog in the answer' } : { kind: 'closed' };
  const extension = objectOf(objectOf(body).composeExtension);
  if (extension.type === 'message' && typeof extension.text === 'string')
    return { kind: 'words', text: extension.text };
  const task = objectOf(objectOf(body).task);
  if (task.type === 'message' && typeof task.value === 'string' && task.value.trim() !== '')
    return { kind: 'words', text: task.value };
  if (task.type === 'continue') return readDialog(objectOf(task.value));
  return { kind: 'wrong', why: `the answer has an unknown type ${String(task.type)}` };
}

const SIZES = ['small', 'medium', 'large'];

function readDialog(info: JsonObject): Outcome {
  const { title, card, height, width, ...more } = info;
  const unknown = Object.keys(more).filter((key) => !['url', 'fallbackUrl', 'completionBotId'].includes(key));
  if (unknown.length > 0) return { kind: 'wrong', why: `a dialog has no member ${unknown.join(', ')}` };
  if (stringOf(title)?.trim() === '' || typeof title !== 'string')
    return { kind: 'wrong', why: 'a dialog needs a title' };
  for (const size of [height, width])
    if (size !== undefined && typeof size !== 'number' && !SIZES.includes(String(size)))
      return { kind: 'wrong', why: `a dialog is not ${String(size)} in size` };
  const { contentType, content } = objectOf(card);
  if (contentType !== CARD_TYPE || !isObject(content))
    return { kind: 'wrong', why: 'a dialog needs its card' };
  const why = drawn(content, 'dialog');
  return why === undefined ? { kind: 'dialog', title, card: content } : { kind: 'wrong', why };
}
