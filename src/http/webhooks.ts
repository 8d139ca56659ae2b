import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isNotification, parseNotification } from '../harness/notification.ts';
import { checkWebhook, executionUrlOn, readWebhookBody } from '../harness/webhook.ts';
import { bearerMatches, verifyStandardWebhook } from '../harness/webhook-signature.ts';
import type { Notified, TakenNotification } from '../usecases/gates/take-notification.ts';
import type { HarnessConnections } from '../usecases/harness-ports.ts';
import type { Observer } from '../usecases/observer.ts';
import type {
  Opened,
  OpeningToken,
  OpenRefusal,
  PostedRequest,
  WebhookMessage,
} from '../usecases/opening/posted-request.ts';
import type { Clock, Log } from '../usecases/ports.ts';
import { bearerOf } from './authenticate.ts';
import { sendError, sendTooMany } from './errors.ts';
import type { BadTokens, RateLimit } from './rate-limit.ts';

export interface WebhookRoutes {
  /** The bootstrap token and its Standard Webhooks secrets (R1, R26). */
  secret: { token: string; secrets: readonly string[] };
  /** What the bootstrap token may. */
  openingToken: () => Promise<OpeningToken>;
  /** The pipeline token with this secret; null when there is none that is valid. */
  findToken: (secret: string) => Promise<OpeningToken | null>;
  /** Slows down an address that keeps sending bad tokens. */
  badTokens: BadTokens;
  /** Counts what one token posts: a pipeline in a loop leaves the others their turn. */
  rateLimit: RateLimit;
  /** Which Harness accounts the token's organization is connected to, and where they are (R25). */
  harness: Pick<HarnessConnections, 'find' | 'ofOrganization'>;
  open: (token: OpeningToken, posted: PostedRequest, message: WebhookMessage | null) => Promise<Opened>;
  takeNotification: (
    token: OpeningToken,
    notified: Notified,
    message: WebhookMessage | null,
  ) => Promise<TakenNotification>;
  clock: Clock;
  log: Log;
  observe: Observer;
}

const STATUS: Readonly<Record<OpenRefusal, number>> = {
  unknown_event: 404,
  pipeline_not_listed: 403,
  outside_scope: 403,
  policy_not_permitted: 403,
  unknown_policy: 422,
  no_workflow: 422,
  no_approver: 422,
  conflict: 409,
  expired_already: 400,
  too_many_waiting: 429,
};

const FULL_RETRY_AFTER_SECONDS = '60';

/** Reserved (R27): where Harness's own notifications go. */
const NOTIFICATIONS = 'notifications';
const EVENT = /^([a-z][a-z0-9-]{0,99}|[1-9][0-9]{0,14})$/;

/**
 * POST /hooks/harness/:event opens an approval request. Answers 202 with the request's id once it is durably
 * committed; 200 for a repeat. POST /hooks/harness/notifications takes what Harness itself tells (`{"eventData":{…}}`,
 * also taken at an event's address): 202 once a look is durably owed, 200 for what means nothing here. GET and HEAD there answer 200 and do nothing: Harness delegates probe the address,
 * and a 400 would break the pipeline (harness.md §3.2, R27).
 */
export function webhookRoutes(server: FastifyInstance, routes: WebhookRoutes): void {
  server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    scope.get('/hooks/*', () => ({ ok: true }));
    scope.post<{ Params: { event: string } }>(ROUTE, (request, reply) =>
      observed(routes.observe, request, reply, () => receive(routes, request, reply)),
    );
    scope.addHook('onResponse', async (request, reply) => {
      if (request.method !== 'POST') return;
      routes.observe.webhook(reply.statusCode);
      routes.observe.acknowledged('webhook', reply.elapsedTime);
    });
  });
}

const ROUTE = '/hooks/harness/:event';

/** The first piece of a request's story; it goes on from the pipeline's own trace where that is named. */
function observed(
  observe: Observer,
  request: FastifyRequest,
  reply: FastifyReply,
  run: () => Promise<FastifyReply>,
): Promise<FastifyReply> {
  const { traceparent } = request.headers;
  return observe.during(
    {
      name: `POST ${ROUTE}`,
      kind: 'server',
      parent: typeof traceparent === 'string' ? traceparent : null,
      attributes: { 'http.request.method': 'POST', 'http.route': ROUTE },
      describe: () => ({ 'http.response.status_code': reply.statusCode }),
    },
    run,
  );
}

async function receive(
  routes: WebhookRoutes,
  request: FastifyRequest<{ Params: { event: string } }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const auth = await authenticate(routes, request, rawBody);
  if (!auth.ok) {
    const waitSeconds = routes.badTokens.note(request.ip);
    if (waitSeconds !== null) return sendTooMany(reply, waitSeconds);
    reply.header('www-authenticate', 'Bearer');
    routes.log.warn({ event: request.params.event, reason: 'unauthorized' }, 'webhook refused');
    return sendError(reply, 401, { code: 'unauthorized', message: auth.why });
  }
  const wait = routes.rateLimit.take(`${auth.token.organizationId} ${auth.token.name}`);
  const { event } = request.params;
  if (wait !== null) {
    routes.log.warn({ event, token: auth.token.name, reason: 'too_many_requests' }, 'webhook refused');
    return sendTooMany(reply, wait);
  }
  if (!EVENT.test(event))
    return sendError(reply, 404, {
      code: 'unknown_event',
      message: 'There is no event with this name. Use its slug, such as deploy-to-production.',
    });
  if (!isJson(request.headers['content-type']))
    return sendError(reply, 415, {
      code: 'media_type',
      message: 'Send the body as application/json: set the Content-Type header.',
    });
  const read = readWebhookBody(rawBody);
  if (read.ok && (event === NOTIFICATIONS || isNotification(read.json)))
    return receiveNotification(routes, reply, { event, json: read.json, ...auth });
  const parsed = read.ok ? checkWebhook(read.json) : read;
  if (!parsed.ok) {
    const { status, ...problem } = parsed;
    routes.log.warn({ event, reason: 'bad_body', field: problem.field }, 'webhook refused');
    return sendError(reply, status, {
      code: status === 413 ? 'too_large' : 'bad_body',
      message: problem.message,
      ...(problem.field !== undefined && { field: problem.field }),
      ...(problem.offset !== undefined && { offset: problem.offset }),
    });
  }
  const { execution, executionUrl, ...said } = parsed.webhook;
  routes.observe.about({ execution: execution.planExecutionId });
  const { organizationId } = auth.token;
  const connection = await routes.harness.find({ organizationId, account: execution.account });
  if (!connection) return sendUnknownAccount(routes, reply, organizationId, execution.account);
  const opened = await routes.open(
    auth.token,
    {
      ...said,
      eventIdOrSlug: event,
      execution: { ...execution, url: executionUrlOn(new URL(connection.baseUrl).host, executionUrl) },
    },
    auth.message,
  );
  if (opened.kind === 'refused') {
    routes.log.warn(
      { event, execution: execution.planExecutionId, reason: opened.reason },
      'webhook refused',
    );
    if (opened.reason === 'too_many_waiting') reply.header('retry-after', FULL_RETRY_AFTER_SECONDS);
    return sendError(reply, STATUS[opened.reason], { code: opened.reason, message: opened.message });
  }
  return reply.status(opened.kind === 'repeated' ? 200 : 202).send({ id: opened.id, status: opened.status });
}

async function receiveNotification(
  routes: WebhookRoutes,
  reply: FastifyReply,
  given: { event: string; json: unknown; token: OpeningToken; message: WebhookMessage | null },
): Promise<FastifyReply> {
  const parsed = parseNotification(given.json);
  if (!parsed.ok) {
    const { ok: _, ...problem } = parsed;
    routes.log.warn({ event: given.event, reason: 'bad_body', field: problem.field }, 'webhook refused');
    return sendError(reply, 400, { code: 'bad_body', ...problem });
  }
  if (parsed.notification === null)
    return reply.send({ ignored: true, reason: `${parsed.eventType} names no run.` });
  const { run, eventType, executionUrl } = parsed.notification;
  routes.observe.about({ execution: run.planExecutionId });
  const { organizationId } = given.token;
  const connection = await routes.harness.find({ organizationId, account: run.account });
  if (!connection) return sendUnknownAccount(routes, reply, organizationId, run.account);
  const url = executionUrlOn(new URL(connection.baseUrl).host, executionUrl);
  const taken = await routes.takeNotification(
    given.token,
    {
      eventType,
      execution: { ...run, callbackId: '', url },
      eventIdOrSlug: given.event === NOTIFICATIONS ? null : given.event,
    },
    given.message,
  );
  switch (taken.kind) {
    case 'accepted':
      return reply.status(202).send({ accepted: true });
    case 'ignored':
      return reply.send({ ignored: true, reason: taken.reason });
    default:
      routes.log.warn(
        { eventType, execution: run.planExecutionId, reason: taken.reason },
        'notification refused',
      );
      return sendError(reply, STATUS[taken.reason], { code: taken.reason, message: taken.message });
  }
}

async function sendUnknownAccount(
  { harness }: WebhookRoutes,
  reply: FastifyReply,
  organizationId: number,
  account: string,
): Promise<FastifyReply> {
  const known = (await harness.ofOrganization(organizationId)).map((connection) => connection.account);
  const answered = known.length === 0 ? 'none' : known.join(', ');
  return sendError(reply, 403, {
    code: 'wrong_account',
    message: `accountIdentifier ${account} is not a Harness account that this organization is connected to. Connected: ${answered}. An admin can add one: /approvals connection add.`,
  });
}

type Authenticated =
  | { ok: true; token: OpeningToken; message: WebhookMessage | null }
  | { ok: false; why: string };

/** A bearer token, or Standard Webhooks headers; whichever is sent must be right. */
async function authenticate(
  routes: WebhookRoutes,
  request: FastifyRequest,
  rawBody: Buffer,
): Promise<Authenticated> {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    if (bearerMatches(authorization, routes.secret.token))
      return { ok: true, token: await routes.openingToken(), message: null };
    const token = await routes.findToken(bearerOf(authorization) ?? '');
    return token
      ? { ok: true, token, message: null }
      : { ok: false, why: 'The bearer token is not valid. Send WEBHOOK_TOKEN in the Authorization header.' };
  }
  if (request.headers['webhook-signature'] === undefined)
    return { ok: false, why: 'Send Authorization: Bearer <token>, or Standard Webhooks headers.' };
  if (routes.secret.secrets.length === 0)
    return {
      ok: false,
      why: 'Signed webhooks are not set up here: set WEBHOOK_SECRET, or send a bearer token.',
    };
  const verified = verifyStandardWebhook({
    secrets: [...routes.secret.secrets],
    headers: request.headers,
    rawBody,
    now: routes.clock.now(),
  });
  if (!verified.ok) return { ok: false, why: verified.why };
  return {
    ok: true,
    token: await routes.openingToken(),
    message: { id: verified.id, bodyHash: createHash('sha256').update(rawBody).digest('hex') },
  };
}

function isJson(contentType: string | undefined): boolean {
  return /^application\/(json|[a-z0-9.+-]+\+json)\s*(;|$)/i.test(contentType ?? '');
}
