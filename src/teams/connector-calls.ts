import { createOutage } from '../usecases/cards/outage.ts';
import type { Clock } from '../usecases/ports.ts';
import type { BotTokens } from './bot-tokens.ts';
import type { Sent } from './connector.ts';
import { errorOf } from './connector-wire.ts';
import { type Http, type HttpAnswer, type HttpCall, parsedJson } from './http.ts';
import type { JsonObject } from './json.ts';
import type { Paced, Pacing } from './pacing.ts';
import { retryAfterOf } from './retry-after.ts';
import { addressBelow, isAllowedService } from './service-address.ts';

const SERVICE = 'Teams';
/** A 429 or 412 that does not say how long. */
const USUAL_WAIT_MS = 5_000;
/** Nothing was sent: nobody was there. */
const UNSENT_WAIT_MS = 5_000;
const NEW_TOKEN_WAIT_MS = 1_000;

/** In place of a value: what was asked for is not there. */
export const MISSING = Symbol('missing');

export interface ConnectorCall {
  serviceUrl: string;
  method: HttpCall['method'];
  /** Below /v3. */
  segments: readonly string[];
  query?: Readonly<Record<string, string>>;
  body?: JsonObject;
  paced: Paced;
  /** Whether a 404 with this code is an answer, MISSING, in place of `gone`. */
  missing?: (code: string) => boolean;
}

export interface ConnectorCalls {
  /** One attempt within Teams' pace; whatever goes wrong is a value. */
  send(call: ConnectorCall): Promise<Sent<unknown>>;
  /** How many ms nobody is called, since Teams has been silent; 0 = calls are made. */
  wait(): number;
}

export function createConnectorCalls(config: {
  serviceHosts: readonly string[];
  tokens: BotTokens;
  http: Http;
  clock: Clock;
  pacing: Pacing;
}): ConnectorCalls {
  const { serviceHosts, tokens, http, pacing } = config;
  const outage = createOutage(config.clock);

  async function send(call: ConnectorCall): Promise<Sent<unknown>> {
    // Before anything else: a token goes nowhere but to Microsoft.
    if (!isAllowedService(call.serviceUrl, serviceHosts))
      return {
        kind: 'refused',
        detail: 'The conversation names a service that is not in TEAMS_SERVICE_HOSTS.',
      };
    const url = addressBelow(call.serviceUrl, ['v3', ...call.segments], call.query);
    if (!url)
      return { kind: 'refused', detail: 'That is no id of a conversation, message or person in Teams.' };
    const silent = outage.wait();
    if (silent > 0) return notCalled(silent);
    const early = pacing.look(call.paced);
    if (early > 0) return { kind: 'throttled', retryAfterMs: early };
    const answer = await tokens.get('connector');
    if (answer.kind === 'unavailable')
      return { kind: 'throttled', retryAfterMs: answer.retryAfterMs, detail: answer.detail };
    if (answer.kind === 'refused') return answer;
    // Counted last, and again looked at: others may have gone meanwhile.
    const wait = await pacing.take(call.paced);
    if (wait > 0) return { kind: 'throttled', retryAfterMs: wait };
    const stillSilent = outage.take();
    if (stillSilent > 0) return notCalled(stillSilent);
    const { token } = answer;
    const response = await http.send({
      service: SERVICE,
      method: call.method,
      url,
      headers: {
        accept: 'application/json',
        ...(call.body && { 'content-type': 'application/json; charset=utf-8' }),
        ...(token !== null && { authorization: `Bearer ${token}` }),
      },
      ...(call.body && { body: JSON.stringify(call.body) }),
    });
    outage.note(response.kind === 'answer');
    if (response.kind === 'answer' && token !== null) {
      if (response.status === 401) return refusedToken(tokens.drop('connector', token));
      tokens.noteTaken('connector', token);
    }
    const outcome = outcomeOf(call, response);
    if (outcome.kind === 'throttled' && response.kind === 'answer')
      await pacing.block(call.paced, outcome.retryAfterMs);
    return outcome;
  }

  return { send, wait: () => outage.wait() };
}

function notCalled(retryAfterMs: number): Sent<never> {
  return { kind: 'throttled', retryAfterMs, detail: 'Teams does not answer.' };
}

/** The 401 came before anything was done. A token that was good has come to its end: the next one may be good. */
function refusedToken({ wasGood }: { wasGood: boolean }): Sent<never> {
  if (wasGood)
    return {
      kind: 'throttled',
      retryAfterMs: NEW_TOKEN_WAIT_MS,
      detail: 'Teams takes the bot’s token no more: the next call gets another.',
    };
  return {
    kind: 'refused',
    detail:
      'Teams does not accept the bot’s token: check that MicrosoftAppId is the bot’s app id and MicrosoftAppTenantId its tenant.',
  };
}

const BLOCKED: Readonly<Record<string, { why: string; state: 'blocked' | 'removed' }>> = {
  BotNotInConversationRoster: {
    why: 'The Countersign app is not installed there in Teams: install it for this person, or in this team or chat.',
    state: 'removed',
  },
  ForbiddenOperationException: {
    why: 'Teams does not let the bot write there: install the Countersign app for this person, or in this team or chat.',
    state: 'removed',
  },
  BotDisabledByAdmin: {
    why: 'An admin has turned the Countersign app off for this person in Teams.',
    state: 'removed',
  },
  ConversationBlockedByUser: { why: 'This person has blocked the bot in Teams.', state: 'blocked' },
  MessageWritesBlocked: {
    why: 'Messages of the bot are blocked in this conversation in Teams.',
    state: 'blocked',
  },
};

/**
 * What an answer means. A POST that was lost, or answered with 5xx, may have been done; where nobody was reached at
 * all, nothing was. Source: learn.microsoft.com, "Status codes from bot conversational APIs".
 */
function outcomeOf(call: ConnectorCall, response: HttpAnswer): Sent<unknown> {
  if (response.kind === 'unsent')
    return { kind: 'throttled', retryAfterMs: UNSENT_WAIT_MS, detail: response.detail };
  const unknown = (detail: string): Sent<never> => ({ kind: 'unknown', detail });
  if (response.kind === 'lost') return unknown(response.detail);
  const { status } = response;
  const body = parsedJson(response.body);
  if (status >= 200 && status < 300) return { kind: 'sent', value: body };
  if (status === 429 || status === 412)
    return { kind: 'throttled', retryAfterMs: retryAfterOf(response.header('retry-after'), USUAL_WAIT_MS) };
  if (status >= 500 || status === 408) return unknown(`Teams answered HTTP ${status}.`);
  const { code, message } = errorOf(body);
  const blocked = status === 403 ? BLOCKED[code] : undefined;
  if (blocked) return { kind: 'blocked', ...blocked };
  if (status === 404) return call.missing?.(code) ? { kind: 'sent', value: MISSING } : { kind: 'gone' };
  if (status === 413) return { kind: 'refused', detail: 'Teams finds the message too large.' };
  const words = [code, message].filter((part) => part !== '').join(': ');
  return { kind: 'refused', detail: `Teams refused with HTTP ${status}${words && ` (${words})`}.` };
}
