import { isObject, type JsonObject, parseJson } from '../../src/demo/doubles/common/json.ts';
import { problemLine, problemsOfView } from '../../src/demo/doubles/slack/check-view.ts';
import type { Delivery, RecordedCall } from '../../src/demo/doubles/slack/traffic.ts';

/** Acks of one test, for the information at its end. */
export const acks: number[] = [];

/** Why a signed delivery was not answered as Slack wants it; null when it was. */
export function ackProblem(delivery: Delivery): string | null {
  acks.push(delivery.ackMs);
  if (delivery.failure) return `${delivery.failure} after ${Math.round(delivery.ackMs)} ms`;
  if (delivery.status !== 200) return `HTTP ${delivery.status}: ${delivery.responseBody.slice(0, 200)}`;
  if (delivery.responseBody === '') return null;
  const body = parseJson(delivery.responseBody);
  if (!isObject(body)) return 'the ack is neither empty nor JSON';
  if (body.response_action !== 'update' && body.response_action !== 'push') return null;
  return problemsOfView(body.view, '/view', 'modal').map(problemLine).join('; ') || null;
}

/** What Slack answers about people who are named and are not there. */
const NOBODY: ReadonlySet<string> = new Set(['user_not_found', 'users_not_found', 'user_not_visible']);
/** What Slack answers where an id, a URL or a trigger was spoilt, spent, or is somebody else's. */
const SPOILT: ReadonlySet<string> = new Set([
  ...['no_service', 'used_url', 'expired_url', 'invalid_trigger_id', 'exchanged_trigger_id'],
  ...['expired_trigger_id', 'not_found', 'hash_conflict', 'channel_not_found', 'user_not_found'],
  ...['user_not_in_channel', 'not_in_channel', 'push_limit_reached', 'message_not_found', 'view_not_found'],
]);

/** What the bot sent and Slack would not take, though nothing but the bot was to blame. */
export function refusedCalls(calls: readonly RecordedCall[], forgiving: boolean): string[] {
  return calls.flatMap((call) => {
    const { answered } = call;
    if (answered === undefined || typeof answered === 'string')
      return answered ? [`${call.method} ${answered}`] : [];
    const code = codeOf(answered.body);
    if (code === null || NOBODY.has(code) || (forgiving && SPOILT.has(code))) return [];
    return [`${call.method}: ${code} ${JSON.stringify(call.args).slice(0, 1_500)}`];
  });
}

function codeOf(body: unknown): string | null {
  if (body === 'ok') return null;
  if (!isObject(body)) return String(body);
  if (body.ok !== false) return null;
  return aboutWrongPlace(body) ? 'not_found' : String(body.error);
}

/** A payload named a Home where a modal was, or somebody who is not there: no fault of what was to be shown. */
function aboutWrongPlace({ error, response_metadata: more }: JsonObject): boolean {
  const messages = isObject(more) && Array.isArray(more.messages) ? more.messages.map(String) : [];
  const isPlace = (message: string) => /\[json-pointer:\/(?:view\/type|user_id)\]/.test(message);
  return error === 'invalid_arguments' && messages.length > 0 && messages.every(isPlace);
}

export function percentiles(): string {
  const sorted = acks.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  return `${sorted.length} acks: p50 ${at(0.5).toFixed(1)} ms, p99 ${at(0.99).toFixed(1)} ms, longest ${at(1).toFixed(0)} ms`;
}
