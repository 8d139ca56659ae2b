import { z } from 'zod';
import type { Execution } from '../approval/request.ts';
import type {
  ApprovalApi,
  Asking,
  HarnessAnswer,
  HarnessTrouble,
  Outcome,
  SubmitAnswer,
} from '../usecases/harness-ports.ts';
import { type CallOutcome, type Observer, UNOBSERVED } from '../usecases/observer.ts';
import type { Clock, Log } from '../usecases/ports.ts';
import type { RateBudgets } from '../usecases/rate-budgets.ts';
import { type HarnessReply, plainWords, readReply } from './answer.ts';
import { HARNESS_TEXTS } from './contract.ts';
import { type Classified, classify, inputProblems } from './errors.ts';
import { readExecutionSummary } from './execution-summary.ts';
import { createHealthLines } from './health-lines.ts';
import { createHttp } from './http.ts';
import { isIdentifier } from './identifiers.ts';
import { readInstance, readInstances } from './instance.ts';
import { createOwnPace, createSharedPace } from './pace.ts';
import { createPaths, parseBaseUrl, type Target } from './paths.ts';
import type { Reach } from './reach.ts';

export interface ApprovalApiOptions {
  /** HARNESS_BASE_URL: https, or http on loopback. */
  baseUrl: string;
  /** HARNESS_PATH_PREFIX: `/gateway` for Harness SaaS, '' for none. */
  pathPrefix: string;
  accountId: string;
  apiKey: string;
  clock: Clock;
  log: Log;
  /** Where its name may lead; anywhere unless told. */
  reach?: Reach;
  observe?: Observer;
  /** Over connecting, headers and body of one call. */
  fetchTimeoutMs?: number;
  /** For the User-Agent. */
  version?: string;
  /** Waits that many ms; for tests. */
  wait?: (ms: number) => Promise<unknown>;
  /** Set where several instances share one pace. */
  budgets?: RateBudgets | null;
  /** In [0, 1): the jitter of pauses; for tests. */
  random?: () => number;
}

/** Harness's 429 comes without Retry-After (harness.md §1.5 E20). */
const SHORTEST_PAUSE_MS = 10_000;
const PAUSE_JITTER_MS = 5_000;

/** An execution that nobody has: asking for it shows whether address and key are good. */
const NOWHERE = { org: 'default', project: 'countersign_health_check', id: 'countersign-health-check' };

type Replied = { kind: 'replied'; reply: HarnessReply } | { kind: 'no_reply'; detail: string };
type Called = Replied | HarnessTrouble;

/**
 * The Harness approval API over HTTP, one attempt per call (harness.md §5). Throws only on a base address, account
 * or key that cannot be used at all; everything Harness or the network may do is a value. `close` ends idle
 * connections after the calls under way.
 */
export function createApprovalApi(options: ApprovalApiOptions): ApprovalApi & { close(): Promise<void> } {
  const { accountId, apiKey, clock, log, fetchTimeoutMs = 10_000, version = 'unknown', wait } = options;
  const { observe = UNOBSERVED } = options;
  const random = options.random ?? Math.random;
  const base = parseBaseUrl(options.baseUrl);
  if (!isIdentifier('id', accountId)) throw new TypeError('HARNESS_ACCOUNT_ID is not in Harness’s form');
  if (!/^[\x21-\x7e]+$/.test(apiKey)) throw new TypeError('HARNESS_API_KEY is empty or holds a space');
  const paths = createPaths(base, options.pathPrefix, accountId);
  const waiting = wait ? { wait } : {};
  const pace = options.budgets
    ? createSharedPace({ ...waiting, budgets: options.budgets, origin: base.origin, accountId, apiKey })
    : createOwnPace({ ...waiting, clock });
  const http = createHttp({
    origin: base.origin,
    reach: options.reach ?? 'anywhere',
    timeoutMs: fetchTimeoutMs,
    headers: {
      'x-api-key': apiKey,
      'Harness-Account': accountId,
      Accept: 'application/json',
      'User-Agent': `countersign/${version}`,
    },
  });

  const health = createHealthLines(log, clock);
  const call = async (
    name: string,
    method: 'GET' | 'POST',
    target: Target,
    { body, patient = false }: Asking & { body?: unknown } = {},
  ): Promise<Called> => {
    if (!target.ok)
      return { kind: 'permanent', code: 'bad_identifier', message: target.why, unhealthy: false };
    const admission = await pace.take(patient);
    if (!admission.ok) return { kind: 'throttled', retryAfterMs: admission.retryAfterMs };
    const path = target.url.pathname;
    const called = await observe.call<Replied>(
      { platform: 'harness', method: name },
      async () => {
        const answer = await http.send(method, target.url, body);
        if (answer.kind === 'no_answer') return { kind: 'no_reply', detail: answer.detail };
        return { kind: 'replied', reply: readReply(answer, clock.now(), apiKey) };
      },
      (came) => ({ outcome: outcomeOf(came), facts: { path, ...factsOf(came) } }),
    );
    health.note(outcomeOf(called), { path, ...factsOf(called) });
    if (called.kind === 'no_reply') return called;
    const { reply } = called;
    const { status } = reply;
    // What a look is refused with is said where it matters; a decision is no look.
    if (method === 'POST' && outcomeOf(called) === 'refused')
      log.warn({ path, ...factsOf(called), said: reply.said.slice(0, 500) }, 'Harness refused a decision');
    if (status === 429) {
      const retryAfterMs = Math.ceil(
        Math.max(SHORTEST_PAUSE_MS + random() * PAUSE_JITTER_MS, reply.retryAfterMs ?? 0),
      );
      await pace.pause(retryAfterMs);
      return { kind: 'throttled', retryAfterMs };
    }
    return { kind: 'replied', reply };
  };

  const get = async <T>(
    name: string,
    target: Target,
    read: (reply: HarnessReply) => T | undefined,
    asking: Asking = {},
  ): Promise<HarnessAnswer<T>> => {
    const called = await call(name, 'GET', target, asking);
    if (called.kind === 'no_reply') return { kind: 'unavailable', detail: called.detail };
    if (called.kind !== 'replied') return called;
    const value = read(called.reply);
    if (value !== undefined) return { kind: 'ok', value, skewMs: called.reply.skewMs };
    return readTrouble(classify(called.reply), called.reply);
  };

  return {
    listInstances: (execution, asking) =>
      get(
        'list_approvals',
        paths.executionApprovals(execution),
        (reply) => (succeeded(reply) && readInstances(reply.json)) || undefined,
        asking,
      ),

    readExecution: (execution, asking) =>
      get(
        'read_execution',
        paths.executionSummary(execution),
        (reply) => {
          if (saysNoSuchExecution(reply)) return null;
          return (succeeded(reply) && readExecutionSummary(reply.json)) || undefined;
        },
        asking,
      ),

    async submit(execution, outcome) {
      const { instanceId } = outcome;
      const target = instanceId === null ? paths.executionApprovals(execution) : paths.activity(instanceId);
      const called = await call('submit', 'POST', target, { body: submissionBody(outcome) });
      if (called.kind === 'no_reply') return { kind: 'reconcile', detail: called.detail };
      if (called.kind !== 'replied') return called;
      return readSubmitReply(called.reply, outcome);
    },

    checkAuthorization: (instanceId) =>
      get('check_authorization', paths.authorization(instanceId), (reply) => {
        const parsed = succeeded(reply) && Authorization.safeParse(reply.json).data?.data;
        return parsed
          ? readAuthorization(parsed.authorized, plainWords(parsed.reason ?? '', 300))
          : undefined;
      }),

    checkHealth(scope) {
      const { org, project } = scope ?? NOWHERE;
      const execution = nowhere(accountId, org, project);
      return get('check_health', paths.executionApprovals(execution), (reply) => {
        const { row } = classify(reply);
        if (succeeded(reply) && readInstances(reply.json)) return null;
        if (row === 'E11') return null;
        // Harness knows the key and only lacks a permission in a project that does not exist.
        if (!scope && row === 'E17' && reply.said.includes(HARNESS_TEXTS.missingPermission)) return null;
        return undefined;
      });
    },

    close: () => http.close(),
  };
}

function outcomeOf(called: Replied): CallOutcome {
  if (called.kind === 'no_reply') return 'no_answer';
  const { status } = called.reply;
  if (status >= 200 && status < 300) return 'ok';
  if (status === 429) return 'rate_limited';
  return status >= 500 ? 'failed' : 'refused';
}

function factsOf(called: Replied): object {
  if (called.kind === 'no_reply') return { detail: called.detail };
  return { status: called.reply.status, correlationId: called.reply.correlationId };
}

const Authorization = z.object({
  data: z.object({ authorized: z.boolean(), reason: z.string().nullish() }),
});

/** The reason is in the words that a POST would be refused with (harness.md §1.5 E8–E10). */
function readAuthorization(authorized: boolean, reason: string) {
  if (authorized || reason === '') return { authorized, reason };
  const { row, means } = classify({ status: 400, said: reason, json: {} });
  return {
    authorized,
    reason,
    remedy: means.kind === 'permanent' ? means.remedy : null,
    decided: row === 'E8',
  };
}

const succeeded = (reply: HarnessReply) => reply.status >= 200 && reply.status < 300;

function saysNoSuchExecution({ status, said }: HarnessReply): boolean {
  const { summaryUnknown, foreignExecution } = HARNESS_TEXTS;
  return (
    (status === 400 || status === 404) &&
    [summaryUnknown, foreignExecution].some((text) => said.includes(text))
  );
}

function nowhere(account: string, org: string, project: string): Execution {
  return { account, org, project, pipeline: '', planExecutionId: NOWHERE.id, callbackId: '', url: null };
}

/**
 * v1 reads `approver_inputs` and drops the seed's `approverInputs`; sending both is safe on either side
 * (harness.md §1.1). The endpoint by instance id reads camelCase. Inputs go only with APPROVE.
 */
function submissionBody({ action, inputs, comments, instanceId }: Outcome): object {
  const given = Object.entries(inputs).map(([name, value]) => ({ name, value: String(value) }));
  if (action === 'REJECT' || given.length === 0) return { action, comments };
  if (instanceId !== null) return { action, approverInputs: given, comments };
  return { action, approver_inputs: given, approverInputs: given, comments };
}

function readSubmitReply(reply: HarnessReply, outcome: Outcome): SubmitAnswer {
  const instance = succeeded(reply) ? readInstance(reply.json) : null;
  if (instance && (outcome.instanceId ?? instance.id) === instance.id) return { kind: 'accepted', instance };
  const classified = classify(reply);
  const { means } = classified;
  switch (means.kind) {
    case 'inputs':
      return {
        kind: 'inputs',
        problems: inputProblems(reply.said, outcome.inputs),
        message: inputsMessage(classified, reply),
      };
    case 'permanent':
      return permanentTrouble(means, reply);
    case 'reconcile':
    case 'transient':
      return { kind: means.kind, detail: means.detail };
    default:
      return { kind: means.kind };
  }
}

function inputsMessage({ row }: Classified, reply: HarnessReply): string {
  if (row === 'E5')
    return 'Harness refused the approver inputs: the step declares other inputs than were sent. Look at the form again.';
  return `Harness refused the approver inputs: ${reply.said.split(': {')[1]?.replace(/\}$/, '').slice(0, 300) ?? ''}`;
}

/** A GET changes nothing, so whatever is not permanent may simply be asked again. */
function readTrouble({ means }: Classified, reply: HarnessReply): HarnessTrouble {
  if (means.kind === 'permanent') return permanentTrouble(means, reply);
  const detail =
    'detail' in means ? means.detail : `Harness answered ${reply.status}: “${reply.said.slice(0, 300)}”`;
  return { kind: 'unavailable', detail };
}

function permanentTrouble(
  means: Extract<Classified['means'], { kind: 'permanent' }>,
  reply: HarnessReply,
): HarnessTrouble {
  const { code, remedy, unhealthy } = means;
  const quoted = reply.said === '' ? '' : ` Harness’s words: “${reply.said.slice(0, 300)}”`;
  return { kind: 'permanent', code, message: `${remedy}${quoted}`, unhealthy };
}
