import { randomUUID } from 'node:crypto';
import type { Call } from './call.ts';
import {
  addActivity,
  listPending,
  readAuthorization,
  readExecution,
  readInstance,
} from './classic-routes.ts';
import { classicErrorBody, HarnessRefusal, httpRefusal, somethingWentWrong, v1ErrorBody } from './refusal.ts';
import { type ExecutionPath, listInstances, submitVote } from './v1-routes.ts';
import type { World } from './world.ts';

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

type Handler = (world: World, call: Call, params: readonly string[]) => unknown;
type Family = 'v1' | 'classic';

interface Route {
  family: Family;
  method: 'GET' | 'POST';
  pattern: RegExp;
  handle: Handler;
}

const V1_EXECUTION = /^\/orgs\/([^/]+)\/projects\/([^/]+)\/approvals\/execution\/([^/]+)$/;

const ROUTES: readonly Route[] = [
  v1Route('POST', submitVote),
  v1Route('GET', listInstances),
  classicRoute('GET', /^\/approvals\/([^/]+)$/, readInstance),
  classicRoute('POST', /^\/approvals\/([^/]+)\/harness\/activity$/, addActivity),
  classicRoute('GET', /^\/approvals\/([^/]+)\/harness\/authorization$/, readAuthorization),
  classicRoute('GET', /^\/approvals()$/, listPending),
  classicRoute('GET', /^\/pipelines\/execution\/v2\/([^/]+)$/, readExecution),
];

/** Answers one request; whatever it commits is committed when this returns. */
export function answerCall(world: World, pathPrefix: string, call: Call): Answer {
  const place = locate(call.path, pathPrefix);
  const family = place?.family ?? 'v1';
  const correlationId = randomUUID();
  try {
    if (place === null) throw httpRefusal(404);
    const found = findRoute(place.family, place.rest, call);
    const data = found.route.handle(world, call, found.params);
    const envelope = { status: 'SUCCESS', data, metaData: null, correlationId };
    return jsonAnswer(200, family === 'v1' ? data : envelope);
  } catch (error) {
    if (!(error instanceof HarnessRefusal)) process.emitWarning(`Harness double: ${String(error)}`);
    const refusal = error instanceof HarnessRefusal ? error : somethingWentWrong();
    const body = family === 'v1' ? v1ErrorBody(refusal) : classicErrorBody(refusal, correlationId);
    return jsonAnswer(refusal.status, body);
  }
}

export function jsonAnswer(status: number, body: unknown): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** v1 answers under the gateway prefix, the service's own prefix, and bare (§1.1). */
function locate(path: string, pathPrefix: string): { family: Family; rest: string } | null {
  const services = [`${pathPrefix}/pipeline/api`, '/pipeline/api'];
  for (const base of [...services, ''])
    if (path.startsWith(`${base}/v1/`)) return { family: 'v1', rest: path.slice(base.length + 3) };
  for (const base of services)
    if (path.startsWith(`${base}/`)) return { family: 'classic', rest: path.slice(base.length) };
  return null;
}

/** JAX-RS matches path, method and content type before any filter looks at the key (E18, E19). */
function findRoute(family: Family, rest: string, call: Call): { route: Route; params: string[] } {
  const sameFamily = ROUTES.filter((route) => route.family === family);
  const samePath = sameFamily.filter((route) => route.pattern.test(rest));
  if (samePath.length === 0) throw httpRefusal(404);
  const route = samePath.find((candidate) => candidate.method === call.method);
  if (route === undefined) throw httpRefusal(405);
  if (route.method === 'POST' && !isJson(call.headers['content-type'])) throw httpRefusal(415);
  const params = (route.pattern.exec(rest) ?? []).slice(1).map(decodeSegment);
  return { route, params };
}

function isJson(contentType: string | undefined): boolean {
  return contentType?.split(';')[0]?.trim().toLowerCase() === 'application/json';
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw httpRefusal(404);
  }
}

function v1Route(
  method: 'GET' | 'POST',
  handle: (world: World, call: Call, path: ExecutionPath) => unknown,
): Route {
  const handler: Handler = (world, call, [org = '', project = '', planExecutionId = '']) =>
    handle(world, call, { org, project, planExecutionId });
  return { family: 'v1', method, pattern: V1_EXECUTION, handle: handler };
}

function classicRoute(
  method: 'GET' | 'POST',
  pattern: RegExp,
  handle: (world: World, call: Call, id: string) => unknown,
): Route {
  return { family: 'classic', method, pattern, handle: (world, call, [id = '']) => handle(world, call, id) };
}
