import { z } from 'zod';
import { createOutage } from '../usecases/cards/outage.ts';
import type { Clock } from '../usecases/ports.ts';
import type { RateBudgets } from '../usecases/rate-budgets.ts';
import type { BotTokens } from './bot-tokens.ts';
import { errorOf } from './connector-wire.ts';
import { type Http, parsedJson } from './http.ts';
import { retryAfterOf } from './retry-after.ts';
import { addressBelow } from './service-address.ts';

const SERVICE = 'Microsoft Graph';
const USUAL_WAIT_MS = 15_000;
/** Of several with one address it is enough to know that they are several. */
const SEVERAL = '5';

/** Far below what Graph allows: what counts is that all instances wait when it asks for it. */
const SHARED_CALLS = { burst: 50, perMs: 20 };

/** How to let the bot read people. */
export const CONSENT =
  'Microsoft Graph does not let the bot read people: give the app the application permission User.Read.All in Azure (API permissions) and let an admin consent to it.';

/** How a look into Graph ended; `refused` needs a person, and says what to do. */
export type GraphAnswer<T> =
  | { kind: 'found'; value: T }
  | { kind: 'missing' }
  | { kind: 'unavailable'; retryAfterMs: number; detail: string }
  | { kind: 'refused'; detail: string };

const text = z.string().nullish();
const wireUser = z.looseObject({
  '@odata.type': text,
  id: z.string().min(1).max(100),
  displayName: text,
  mail: text,
  userPrincipalName: text,
  accountEnabled: z.boolean().nullish(),
  userType: text,
});
const wireUsers = z.looseObject({ value: z.array(wireUser) });

/** A user as Graph has them. */
export type GraphUser = z.infer<typeof wireUser>;

/** Nobody's id: to ask for them shows whether one may ask. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

const FIELDS = 'id,displayName,mail,userPrincipalName,accountEnabled,userType';

/** People in Entra, by Graph v1.0 with the application permission User.Read.All. Read only, one attempt per call. */
export interface Graph {
  user(id: string): Promise<GraphAnswer<GraphUser>>;
  /** All whose mail or sign-in name is this address, five at most. */
  usersByAddress(address: string): Promise<GraphAnswer<GraphUser[]>>;
  /** The id of a person's manager; missing = none is set, or nobody knows the person. */
  managerOf(id: string): Promise<GraphAnswer<string>>;
  /** Whether people may be read at all. */
  check(): Promise<GraphAnswer<null>>;
}

function notAsked(retryAfterMs: number): GraphAnswer<never> {
  return { kind: 'unavailable', retryAfterMs, detail: 'Microsoft Graph asks to wait.' };
}

export function createGraph(config: {
  graphUrl: string;
  tokens: BotTokens;
  http: Http;
  clock: Clock;
  tenantId: string;
  /** Set where several instances share one pace. */
  budgets?: RateBudgets | null;
}): Graph {
  const { graphUrl, tokens, http, clock, budgets } = config;
  const budget = { key: `graph ${config.tenantId}`, ...SHARED_CALLS };
  const outage = createOutage(clock);
  let pausedUntil = Number.NEGATIVE_INFINITY;

  async function get<T>(
    segments: readonly string[],
    query: Readonly<Record<string, string>>,
    shape: z.ZodType<T>,
  ): Promise<GraphAnswer<T>> {
    const url = addressBelow(graphUrl, segments, query);
    if (!url) return { kind: 'missing' };
    const wait = Math.max(outage.wait(), pausedUntil - clock.now());
    if (wait > 0) return notAsked(wait);
    const answer = await tokens.get('graph');
    if (answer.kind !== 'token') return answer;
    const { token } = answer;
    if (token === null)
      return { kind: 'refused', detail: 'Microsoft Graph is not asked where TEAMS_AUTH is off.' };
    const turn = await budgets?.reserve([budget]);
    if (turn && !turn.granted) return notAsked(Math.max(1, turn.waitMs));
    const stillSilent = outage.take();
    if (stillSilent > 0) return notAsked(stillSilent);
    const response = await http.send({
      ...{ service: SERVICE, method: 'GET', url },
      headers: { accept: 'application/json', authorization: `Bearer ${token}` },
    });
    outage.note(response.kind === 'answer');
    if (response.kind !== 'answer')
      return { kind: 'unavailable', retryAfterMs: USUAL_WAIT_MS, detail: response.detail };
    const { status } = response;
    if (status === 401) {
      const { wasGood } = tokens.drop('graph', token);
      const detail = 'Microsoft Graph does not accept the bot’s token: check MicrosoftAppTenantId.';
      return wasGood ? { kind: 'unavailable', retryAfterMs: 1_000, detail } : { kind: 'refused', detail };
    }
    tokens.noteTaken('graph', token);
    if (status === 404) return { kind: 'missing' };
    if (status === 403) return { kind: 'refused', detail: CONSENT };
    const body = parsedJson(response.body);
    if (status === 429 || status === 408 || status >= 500) {
      const retryAfterMs = retryAfterOf(response.header('retry-after'), USUAL_WAIT_MS);
      if (status === 429) {
        pausedUntil = clock.now() + retryAfterMs;
        await budgets?.block(budget.key, retryAfterMs);
      }
      return { kind: 'unavailable', retryAfterMs, detail: `Microsoft Graph answered HTTP ${status}.` };
    }
    if (status !== 200) {
      const { code } = errorOf(body);
      return {
        kind: 'refused',
        detail: `Microsoft Graph refused with HTTP ${status}${code && ` (${code})`}.`,
      };
    }
    const read = shape.safeParse(body);
    if (read.success) return { kind: 'found', value: read.data };
    return { kind: 'refused', detail: 'Microsoft Graph answered in a form nobody knows.' };
  }

  return {
    user: (id) => get(['users', id], { $select: FIELDS }, wireUser),
    async usersByAddress(address) {
      // OData: a quote inside a text is written twice.
      const quoted = `'${address.replaceAll("'", "''")}'`;
      const filter = `mail eq ${quoted} or userPrincipalName eq ${quoted}`;
      const found = await get(['users'], { $filter: filter, $select: FIELDS, $top: SEVERAL }, wireUsers);
      return found.kind === 'found' ? { kind: 'found', value: found.value.value } : found;
    },
    async managerOf(id) {
      const found = await get(['users', id, 'manager'], { $select: 'id' }, wireUser);
      return found.kind === 'found' ? { kind: 'found', value: found.value.id } : found;
    },
    async check() {
      const found = await get(['users'], { $filter: `id eq '${NOBODY}'`, $select: 'id' }, wireUsers);
      return found.kind === 'found' ? { kind: 'found', value: null } : found;
    },
  };
}
