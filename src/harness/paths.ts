import type { Execution } from '../approval/request.ts';
import { isIdentifier } from './identifiers.ts';

/** A URL that is safe to call, or which identifier is not fit to stand in one (R3). */
export type Target = { ok: true; url: URL } | { ok: false; why: string };

export interface Paths {
  /** harness.md §1.1 (POST) and §2.1 (GET): the same path. */
  executionApprovals(execution: Execution, query?: Readonly<Record<string, string>>): Target;
  /** §2.2: POST by instance id. */
  activity(instanceId: string): Target;
  /** §2.2: may our token decide this instance. */
  authorization(instanceId: string): Target;
  /** §2.3. */
  executionSummary(execution: Execution): Target;
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** True for a host name of this machine, where plain http is accepted. */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK.has(hostname);
}

/** Harness's base address. Throws unless it is https, or http on loopback. */
export function parseBaseUrl(text: string): URL {
  const base = new URL(text);
  const safe = base.protocol === 'https:' || (base.protocol === 'http:' && isLoopback(base.hostname));
  if (!safe) throw new TypeError('HARNESS_BASE_URL must be https, or http on loopback');
  if (base.username || base.password || base.search || base.hash)
    throw new TypeError('HARNESS_BASE_URL must hold no user, query or fragment');
  return base;
}

/** Builds every URL Countersign calls at Harness; `pathPrefix` is `/gateway` for Harness SaaS, '' for none. */
export function createPaths(base: URL, pathPrefix: string, accountId: string): Paths {
  const root = [base.pathname, pathPrefix].map((part) => part.replace(/^\/+|\/+$/g, '')).filter(Boolean);
  const start = ['', ...root].join('/');

  const build = (segments: readonly string[], query: Readonly<Record<string, string>>): Target => {
    const pathname = `${start}/${segments.join('/')}`;
    const url = new URL(`${base.origin}${pathname}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    // `..` survives encodeURIComponent and URL parsers collapse it: what will be called must be what was built.
    if (url.origin !== base.origin || url.pathname !== pathname)
      return { ok: false, why: 'The address for Harness came out different from what was built.' };
    return { ok: true, url };
  };
  const ofInstance = (instanceId: string, last: string): Target =>
    isIdentifier('id', instanceId)
      ? build(['pipeline', 'api', 'approvals', instanceId, 'harness', last], { accountIdentifier: accountId })
      : { ok: false, why: 'The approval instance id is not one of Harness’s.' };

  return {
    executionApprovals(execution, query = {}) {
      const why = executionProblem(execution, accountId);
      if (why) return { ok: false, why };
      const { org, project, planExecutionId, callbackId } = execution;
      return build(
        [
          'pipeline',
          'api',
          'v1',
          'orgs',
          org,
          'projects',
          project,
          'approvals',
          'execution',
          planExecutionId,
        ],
        callbackId === '' ? query : { callback_id: callbackId, ...query },
      );
    },
    activity: (instanceId) => ofInstance(instanceId, 'activity'),
    authorization: (instanceId) => ofInstance(instanceId, 'authorization'),
    executionSummary(execution) {
      const why = executionProblem(execution, accountId);
      if (why) return { ok: false, why };
      return build(['pipeline', 'api', 'pipelines', 'execution', 'v2', execution.planExecutionId], {
        accountIdentifier: accountId,
        orgIdentifier: execution.org,
        projectIdentifier: execution.project,
      });
    },
  };
}

function executionProblem(execution: Execution, accountId: string): string | null {
  if (execution.account !== accountId)
    return 'The execution belongs to another Harness account than the one Countersign is connected to.';
  const checks = [
    ['organization', isIdentifier('name', execution.org)],
    ['project', isIdentifier('name', execution.project)],
    ['execution id', isIdentifier('id', execution.planExecutionId)],
    ['callback id', execution.callbackId === '' || isIdentifier('callbackId', execution.callbackId)],
  ] as const;
  const bad = checks.find(([, good]) => !good);
  return bad ? `The ${bad[0]} is not in Harness’s form.` : null;
}
