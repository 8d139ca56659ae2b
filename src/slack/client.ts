import type { Logger } from '@slack/bolt';
import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
  WebClient,
  type WebClientOptions,
} from '@slack/web-api';
import { type CallOutcome, type Observer, UNOBSERVED } from '../usecases/observer.ts';
import { failureSentence } from './failures.ts';
import type { Pacing, SlackMethod } from './pacing.ts';
import { webApiFetch } from './web-api-fetch.ts';

/** Slack answers within a second or not at all; the outbox repeats what failed. */
const TIMEOUT_MS = 5000;
/** Silence of this length is one. */
const SLOW_MS = 2000;
/** A 429 that does not say how long. */
const DEFAULT_RETRY_AFTER_MS = 10_000;

/**
 * Options every Web API client of ours has: one attempt, 5 s, no waiting inside. Retries belong to the outbox
 * (contracts/slack.md, hazard 3). Never add `headers`: the client writes its token into that object (hazard 1).
 */
export function clientOptions(apiUrl: string, logger: Logger, timeoutMs = TIMEOUT_MS): WebClientOptions {
  return {
    slackApiUrl: apiUrl,
    fetch: webApiFetch,
    timeout: timeoutMs,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger,
  };
}

/** A client that calls with this token; null = with none (OAuth). One per token: a shared one mixes them up. */
export function createSlackClient(config: {
  botToken: string | null;
  apiUrl: string;
  logger: Logger;
  timeoutMs?: number;
}): WebClient {
  return new WebClient(
    config.botToken ?? undefined,
    clientOptions(config.apiUrl, config.logger, config.timeoutMs),
  );
}

/** Why a call did not succeed. `lost`: it may have been done. `error`: Slack's own word for it. */
export type SlackFailure =
  | { kind: 'throttled'; retryAfterMs: number }
  | { kind: 'lost'; detail: string }
  | { kind: 'error'; error: string; needed: string | null; details: readonly string[] };

export type SlackAnswer<T> = { ok: true; value: T } | { ok: false; failure: SlackFailure };

/** Makes Web API calls within the pace Slack allows; what fails comes back as a value. */
export interface SlackCalls {
  /** How many ms such a call has to wait now; 0 = it may go. */
  wait(method: SlackMethod, channel: string | null): number;
  call<T>(
    method: SlackMethod,
    channel: string | null,
    run: (client: WebClient) => Promise<T>,
  ): Promise<SlackAnswer<T>>;
}

/** `workspace` names the budget: Slack counts per method and workspace. */
export function createSlackCalls(
  client: WebClient,
  pacing: Pacing,
  workspace: () => string,
  observe: Observer = UNOBSERVED,
): SlackCalls {
  return {
    wait: (method, channel) => pacing.look({ method, channel, workspace: workspace() }),
    async call(method, channel, run) {
      const budgeted = { method, channel, workspace: workspace() };
      const wait = await pacing.take(budgeted);
      if (wait > 0) return { ok: false, failure: { kind: 'throttled', retryAfterMs: wait } };
      const began = performance.now();
      const answer = await observed(observe, method, () => run(client));
      if (answer.ok) {
        pacing.note(budgeted, true);
        return answer;
      }
      const { failure } = answer;
      if (failure.kind === 'throttled') await pacing.block(budgeted, failure.retryAfterMs);
      const isLost = failure.kind === 'lost';
      // What fails at once holds nobody up.
      if (!isLost || performance.now() - began >= SLOW_MS) pacing.note(budgeted, !isLost);
      return answer;
    },
  };
}

/** Makes a call and lets it be seen; whatever it throws comes back as a value. */
export function observed<T>(
  observe: Observer,
  method: string,
  run: () => Promise<T>,
): Promise<SlackAnswer<T>> {
  return observe.call<SlackAnswer<T>>(
    { platform: 'slack', method },
    async () => {
      try {
        return { ok: true, value: await run() };
      } catch (error) {
        return { ok: false, failure: failureOf(error) };
      }
    },
    (answer) =>
      answer.ok
        ? { outcome: 'ok' }
        : { outcome: OUTCOME[answer.failure.kind], facts: { problem: failureSentence(answer.failure) } },
  );
}

const OUTCOME: Readonly<Record<SlackFailure['kind'], CallOutcome>> = {
  throttled: 'rate_limited',
  lost: 'no_answer',
  error: 'refused',
};

/** Slack may have done part of it: docs.slack.dev, errors of chat.postMessage. */
const MAYBE_DONE = new Set(['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout']);

/** Reads whatever a Web API call threw (web-api 8.2.0, contracts/slack.md §1). */
export function failureOf(error: unknown): SlackFailure {
  if (error instanceof WebAPIRateLimitedError)
    return { kind: 'throttled', retryAfterMs: Math.max(1, error.retryAfter) * 1000 };
  if (error instanceof WebAPIPlatformError) return platformFailure(error);
  if (error instanceof WebAPIHTTPError) {
    const detail = `Slack answered HTTP ${error.statusCode}`;
    const lost = error.statusCode >= 500 || error.statusCode === 408;
    return lost
      ? { kind: 'lost', detail }
      : { kind: 'error', error: `http_${error.statusCode}`, needed: null, details: [] };
  }
  if (error instanceof WebAPIRequestError)
    return { kind: 'lost', detail: `no answer from Slack: ${reason(error.original)}` };
  // A 429 without a usable Retry-After is a plain Error in web-api 8.2.0.
  if (error instanceof Error && error.message.startsWith('Retry header did not contain'))
    return { kind: 'throttled', retryAfterMs: DEFAULT_RETRY_AFTER_MS };
  // An answer cut short in its body ends here, too: the call may well have been done.
  return { kind: 'lost', detail: `no usable answer from Slack: ${reason(error)}` };
}

function platformFailure({ data }: WebAPIPlatformError): SlackFailure {
  const error = String(data.error);
  const { retryAfter, messages } = data.response_metadata ?? {};
  if (error === 'ratelimited' || error === 'rate_limited')
    return { kind: 'throttled', retryAfterMs: retryAfter ? retryAfter * 1000 : DEFAULT_RETRY_AFTER_MS };
  // A body that is no JSON is given as the "error": somebody else's page, not Slack's word.
  if (!/^[\w.:-]{1,80}$/.test(error))
    return { kind: 'lost', detail: 'Slack answered with something that is no JSON' };
  if (MAYBE_DONE.has(error)) return { kind: 'lost', detail: `Slack answered ${error}` };
  const needed = 'needed' in data && typeof data.needed === 'string' ? data.needed : null;
  return { kind: 'error', error, needed, details: (messages ?? []).map(String).slice(0, 5) };
}

function reason(error: unknown): string {
  // None of a host's addresses was reached: it has no message of its own.
  if (error instanceof AggregateError) return reason(error.errors[0]);
  if (!(error instanceof Error)) return 'unknown';
  const cause = error.cause instanceof Error && 'code' in error.cause ? ` (${String(error.cause.code)})` : '';
  return `${error.name === 'TimeoutError' ? 'none in time' : error.message}${cause}`.slice(0, 200);
}
