import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { approvalBody } from '../harness/approval-body.ts';
import {
  errorBody,
  INVALID_TOKEN,
  otherAccount,
  voteRefusal,
  type WireRefusal,
} from '../harness/approval-refusals.ts';
import { readExecution, readFilters, readVote } from '../harness/approval-wire.ts';
import { bearerMatches } from '../harness/webhook-signature.ts';
import type { Context } from '../usecases/context.ts';
import { isDatabaseTrouble } from '../usecases/database-trouble.ts';
import {
  type ExecutionApproval,
  type ExecutionKey,
  isOfOtherAccount,
  listExecution,
} from '../usecases/deciding/execution-approval.ts';
import { voteOnExecution } from '../usecases/deciding/vote-on-execution.ts';
import type { Principal } from '../usecases/managing/managing.ts';
import { type Authentication, authenticate } from './authenticate.ts';
import { UnreadableEncoding } from './errors.ts';
import type { BadTokens, RateLimit } from './rate-limit.ts';

export interface HarnessApprovalRoutes extends Authentication {
  context: Context;
  /** The bootstrap token of webhooks: nobody in particular, and no approver. */
  webhookToken: string;
  /** Slows down an address that keeps sending bad tokens. */
  badTokens: BadTokens;
  /** Requests of one token. */
  rateLimit: RateLimit;
}

/** As Harness's own gateway has it, as its own tools call it, and as its OpenAPI document does (harness.md §1.1). */
const PREFIXES = ['/gateway/pipeline/api', '/pipeline/api', ''];
const PATH = '/v1/orgs/:org/projects/:project/approvals/execution/:executionId';

interface Called {
  Params: { org: string; project: string; executionId: string };
  Querystring: Record<string, unknown>;
}

type Call = FastifyRequest<Called>;

/**
 * Harness's execution approval API as this bot answers it: whoever has a token here votes by the curl that Harness
 * documents, with host and key replaced (harness.md §7). POST votes, GET lists. The key is never sent on.
 */
export function harnessApprovalRoutes(server: FastifyInstance, routes: HarnessApprovalRoutes): void {
  server.register(async (scope) => {
    // curl -d says form-urlencoded unless told otherwise, and some clients say nothing: it is JSON all the same.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    scope.setErrorHandler((error: FastifyError, request, reply) => failed(routes, error, request, reply));
    for (const prefix of PREFIXES) {
      scope.post<Called>(prefix + PATH, (request, reply) => answer(routes, request, reply, vote));
      scope.get<Called>(prefix + PATH, (request, reply) => answer(routes, request, reply, list));
    }
  });
}

type Act = (
  routes: HarnessApprovalRoutes,
  call: { request: Call; reply: FastifyReply; principal: Principal; key: ExecutionKey },
) => Promise<FastifyReply>;

async function answer(
  routes: HarnessApprovalRoutes,
  request: Call,
  reply: FastifyReply,
  act: Act,
): Promise<FastifyReply> {
  const principal = await principalOf(routes, request);
  if (!principal) {
    const wait = routes.badTokens.note(request.ip);
    routes.context.log.warn({ reason: 'unauthorized' }, 'approval call refused');
    return wait === null ? refuse(reply, INVALID_TOKEN) : slowDown(reply, wait);
  }
  const wait = routes.rateLimit.take(`${principal.organizationId} ${principal.tokenId}`);
  if (wait !== null) return slowDown(reply, wait);
  const account = named(request.headers['harness-account']);
  const execution = readExecution(request.params, request.query.callback_id, account);
  if (!execution.ok) return refuse(reply, execution.refusal);
  return act(routes, { request, reply, principal, key: { account, ...execution.value } });
}

/** Who calls: the holder of a token, or one of the environment's, which is nobody in particular; null = no token. */
async function principalOf(routes: HarnessApprovalRoutes, { headers }: Call): Promise<Principal | null> {
  const key = named(headers['x-api-key']);
  if (key === null) return null;
  if (bearerMatches(`Bearer ${key}`, routes.webhookToken))
    return {
      organizationId: routes.organizationId,
      role: 'pipeline',
      personId: null,
      tokenId: 'bootstrap',
      via: 'harness_api',
    };
  const found = await authenticate(routes, { 'x-auth-token': key });
  return found.ok ? { ...found.principal, via: 'harness_api' } : null;
}

/** A header's value; null where it is absent, empty, or there twice. */
function named(header: string | readonly string[] | undefined): string | null {
  const text = typeof header === 'string' ? header.trim() : '';
  return text === '' ? null : text;
}

const vote: Act = async ({ context }, { request, reply, principal, key }) => {
  const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const read = readVote(rawBody, { contentVersion: request.query.content_version });
  if (!read.ok) return refuse(reply, read.refusal);
  const answered = await voteOnExecution(context, principal, { key, ...read.value });
  if (answered.kind === 'refused') {
    const execution = key.planExecutionId;
    context.log.warn({ execution, reason: answered.refusal.kind }, 'approval call refused');
    return refuse(reply, voteRefusal(answered.refusal, key));
  }
  return send(reply, answered.approval);
};

function send(reply: FastifyReply, approval: ExecutionApproval): FastifyReply {
  // Telling Harness follows by itself; how far it has come stands beside the answer.
  if (approval.delivery !== null) reply.header('x-approval-delivery', approval.delivery);
  return reply.status(200).send(approvalBody(approval));
}

const list: Act = async ({ context }, { request, reply, principal, key }) => {
  const filters = readFilters({
    status: request.query.approval_status,
    type: request.query.approval_type,
  });
  if (!filters.ok) return refuse(reply, filters.refusal);
  if (await isOfOtherAccount(context, principal, key)) return refuse(reply, otherAccount());
  const { status, nothing } = filters.value;
  const approvals = nothing ? [] : await listExecution(context, principal, key, status);
  return reply.status(200).send(approvals.map(approvalBody));
};

function refuse(reply: FastifyReply, { status, body }: WireRefusal): FastifyReply {
  return reply.status(status).type('application/json').send(body);
}

function slowDown(reply: FastifyReply, waitSeconds: number): FastifyReply {
  reply.header('retry-after', String(waitSeconds));
  return refuse(reply, { status: 429, body: errorBody(`Too many requests. Try again in ${waitSeconds} s.`) });
}

const OOPS = 'Something went wrong here. Try again.';

function failed(
  { context }: HarnessApprovalRoutes,
  error: FastifyError,
  { method, routeOptions }: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const status = error.statusCode ?? 500;
  if (status === 413) return refuse(reply, { status, body: errorBody('The body is larger than 256 KiB.') });
  if (error instanceof UnreadableEncoding)
    return refuse(reply, { status, body: errorBody(UnreadableEncoding.message) });
  if (status >= 400 && status < 500)
    return refuse(reply, { status, body: errorBody('The request could not be read.') });
  context.log.error({ err: error, method, route: routeOptions.url }, 'approval call failed');
  if (isDatabaseTrouble(error)) {
    reply.header('retry-after', '5');
    return refuse(reply, { status: 503, body: errorBody('The database cannot take this now. Try again.') });
  }
  return refuse(reply, { status: 500, body: errorBody(OOPS) });
}
