import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { underFault } from '../common/faults.ts';
import { readBody } from '../common/http-body.ts';
import { isObject, type JsonObject, stringOf } from '../common/json.ts';
import type { ApiMethod, ApiMethods, AppContext, AppMethod, AppMethods } from './api-context.ts';
import { ApiError } from './api-error.ts';
import { Args } from './args.ts';
import { type ParsedArguments, parseArguments } from './call-arguments.ts';
import { isFailure, type SlackFaults } from './faults.ts';
import type { Change } from './handle.ts';
import { APP_METHODS, AUTH_METHODS } from './methods-auth.ts';
import { CHAT_METHODS } from './methods-chat.ts';
import { CONVERSATION_METHODS } from './methods-conversations.ts';
import { PEOPLE_METHODS } from './methods-people.ts';
import { VALIDATE_METHODS, VIEW_METHODS } from './methods-views.ts';
import type { RateLimiter } from './rate-limits.ts';
import { ResponseUrls } from './response-urls.ts';
import type { Team } from './team.ts';
import type { Tokens } from './tokens.ts';
import type { FaultInput, RecordedCall } from './traffic.ts';

const METHODS: ApiMethods = {
  ...AUTH_METHODS,
  ...CHAT_METHODS,
  ...CONVERSATION_METHODS,
  ...PEOPLE_METHODS,
  ...VIEW_METHODS,
};
const WITHOUT_TEAM: AppMethods = { ...APP_METHODS, ...VALIDATE_METHODS };

export interface ApiServerParts {
  tokens: Tokens;
  app: AppContext;
  appLimiter: RateLimiter;
  teamOf: (teamId: string) => Team | undefined;
  faults: SlackFaults;
  calls: RecordedCall[];
  now: () => number;
  tellAll: (change: Change) => void;
}

/** One request, as far as everything but the method itself is concerned. */
interface Asked {
  method: string;
  args: JsonObject;
  team: Team | undefined;
  channel: string | undefined;
  userId?: string | undefined;
}

interface Answer {
  status: number;
  body: unknown;
  retryAfter?: number;
  headers?: Record<string, string>;
  performed: boolean;
}

function refused(error: string, more: JsonObject = {}): Answer {
  return { status: 200, body: { ok: false, error, ...more }, performed: false };
}

function tokenOf(request: IncomingMessage, args: JsonObject): string | undefined {
  const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  return bearer ?? stringOf(args.token);
}

/** HTTP Basic is how oauth.v2.access would rather have the app's id and secret. */
function basicArgs(request: IncomingMessage): JsonObject {
  const encoded = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (encoded === undefined) return {};
  const [id, secret] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return { client_id: decodeURIComponent(id ?? ''), client_secret: decodeURIComponent(secret ?? '') };
}

/** The part of the double that stands where slack.com/api and hooks.slack.com stand. */
export class ApiServer {
  readonly #parts: ApiServerParts;
  readonly #server: Server;

  constructor(parts: ApiServerParts) {
    this.#parts = parts;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    });
    this.#server.on('upgrade', (request, socket, head) => parts.app.sockets.upgrade(request, socket, head));
  }

  /** Listens on the loopback address; answers the origin. */
  async listen(port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
    const address = this.#server.address();
    return `http://127.0.0.1:${isObject(address) ? String(address.port) : port}`;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const body = await readBody(request);
    const parsed = parseArguments(request, url.searchParams, body);
    const method = /^\/api\/([A-Za-z0-9.]+)$/.exec(url.pathname)?.[1];
    if (method !== undefined) return this.#api(method, parsed, request, response);
    if (/^\/(actions|commands)\//.test(url.pathname)) return this.#answerUrl(url.pathname, parsed, response);
    response.writeHead(404).end();
  }

  async #api(method: string, parsed: ParsedArguments, request: IncomingMessage, response: ServerResponse) {
    const { token: _token, client_secret: _secret, ...args } = parsed.args;
    const token = tokenOf(request, parsed.args);
    const team = this.#parts.tokens.find(token)?.team;
    const channel = channelOf(args, team);
    const withBasic = { ...parsed, args: { ...parsed.args, ...basicArgs(request) } };
    const run = () => this.#perform(method, withBasic, token, channel);
    await this.#withFaults({ method, args, team, channel }, run, response);
  }

  async #answerUrl(path: string, parsed: ParsedArguments, response: ServerResponse): Promise<void> {
    const team = this.#parts.teamOf(ResponseUrls.teamIdOf(path) ?? '');
    const target = team?.responseUrls.targetOf(path);
    const run = (): Answer => {
      try {
        if (!team) throw new ApiError('no_service');
        team.responseUrls.use(path, parsed.args);
        return { status: 200, body: 'ok', performed: true };
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        const gone = ['no_service', 'expired_url', 'used_url'].includes(error.code);
        return {
          status: gone ? 404 : 400,
          body: gone ? { ok: false, error: error.code } : error.code,
          performed: false,
        };
      }
    };
    const facts = {
      method: 'response_url',
      args: parsed.args,
      team,
      channel: target?.channel,
      userId: target?.userId,
    };
    await this.#withFaults(facts, run, response);
  }

  #record({ method, args, team }: Asked): RecordedCall {
    const { calls, now } = this.#parts;
    const call: RecordedCall = {
      id: calls.length + 1,
      ...(team && { teamId: team.workspace.teamId }),
      method,
      args,
      at: now(),
      performed: false,
    };
    calls.push(call);
    team?.calls.push(call);
    return call;
  }

  async #withFaults(asked: Asked, run: () => Answer, response: ServerResponse): Promise<void> {
    const { faults, tellAll } = this.#parts;
    const { method, channel, team } = asked;
    const call = this.#record(asked);
    const fault = faults.take({ method, channel, users: usersOf(asked) });
    const replaces = fault !== undefined && isFailure(fault);
    const answer = await underFault(fault, replaces, run);
    call.performed = answer?.performed === true;
    if (replaces) this.#fail(fault, call, response);
    else if (answer) send(answer, call, response);
    if (team) team.workspace.changed({ kind: 'call', call });
    else tellAll({ kind: 'call', call });
  }

  #fail(fault: FaultInput, call: RecordedCall, response: ServerResponse): void {
    const broken = this.#parts.faults.breakOff(fault, response);
    if (broken !== null) {
      call.answered = broken;
      return;
    }
    const limited = fault.status === 429;
    const retryAfter = fault.retryAfter ?? (limited && fault.retryAfter === undefined ? 1 : undefined);
    const error = fault.slackError ?? (limited ? 'ratelimited' : undefined);
    const body = error === undefined ? 'upstream trouble' : { ok: false, error };
    const answer: Answer = { status: fault.status ?? 200, body, performed: call.performed };
    send(retryAfter === undefined ? answer : { ...answer, retryAfter }, call, response);
  }

  #perform(
    method: string,
    parsed: ParsedArguments,
    value: string | undefined,
    channel: string | undefined,
  ): Answer {
    const { tokens } = this.#parts;
    if (Object.hasOwn(WITHOUT_TEAM, method)) return this.#performForApp(method, parsed, value);
    const entry: ApiMethod | undefined = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
    if (!entry) return refused('unknown_method', { req_method: method });
    if (parsed.error !== undefined) return refused(parsed.error);
    if (!value) return refused('not_authed');
    const token = tokens.find(value);
    if (!token) return refused(value.startsWith('xapp-') ? 'not_allowed_token_type' : 'invalid_auth');
    const end = tokens.refusal(token);
    if (end !== undefined) return refused(end);
    const { team, scopes } = token;
    const wait = team.limiter.take(method, entry.tier, channel);
    if (wait !== undefined) return limited(wait);
    const accepted = entry.scopes ?? [];
    const headers = { 'x-oauth-scopes': scopes.join(','), 'x-accepted-oauth-scopes': accepted.join(',') };
    if (accepted.length > 0 && !accepted.some((scope) => scopes.includes(scope))) {
      const named = { needed: accepted.join(','), provided: scopes.join(',') };
      return { ...refused('missing_scope', named), headers };
    }
    const context = { ...team, scopes, token, tokens };
    return answered(parsed, headers, (args) => entry.run(args, context));
  }

  #performForApp(method: string, parsed: ParsedArguments, token: string | undefined): Answer {
    const { app, appLimiter, tokens } = this.#parts;
    const entry = WITHOUT_TEAM[method] as AppMethod;
    if (parsed.error !== undefined) return refused(parsed.error);
    if (entry.appToken) {
      if (!token) return refused('not_authed');
      if (tokens.find(token)) return refused('not_allowed_token_type');
      if (token !== app.sockets.appToken) return refused('invalid_auth');
    }
    const wait = appLimiter.take(method, entry.tier, undefined);
    if (wait !== undefined) return limited(wait);
    return answered(parsed, {}, (args) => entry.run(args, app));
  }
}

/** The channel an argument means: a person's id stands for the direct message with them. */
function channelOf(args: JsonObject, team: Team | undefined): string | undefined {
  const id = stringOf(args.channel);
  if (id === undefined || !team || !/^[UW]/.test(id) || !team.workspace.people.has(id)) return id;
  return team.workspace.dmOf(id).id;
}

function usersOf({ args, team, channel, userId }: Asked): string[] {
  const dmWith = channel === undefined ? undefined : team?.workspace.channels.get(channel)?.dmWith;
  const named = [args.user, args.user_id, args.users, args.channel].flatMap(
    (id) => stringOf(id)?.split(',') ?? [],
  );
  return [...named, ...(dmWith ? [dmWith] : []), ...(userId ? [userId] : [])];
}

function limited(retryAfter: number): Answer {
  return { status: 429, body: { ok: false, error: 'ratelimited' }, retryAfter, performed: false };
}

function answered(
  parsed: ParsedArguments,
  headers: Record<string, string>,
  run: (args: Args) => JsonObject,
): Answer {
  try {
    const body = withWarnings({ ok: true, ...run(new Args(parsed.args)) }, parsed.warnings);
    return { status: 200, body, headers, performed: true };
  } catch (error) {
    if (error instanceof ApiError) return { ...refused(error.code, error.more), headers };
    throw error;
  }
}

function withWarnings(body: JsonObject, warnings: string[]): JsonObject {
  if (warnings.length === 0) return body;
  const all = [...(stringOf(body.warning)?.split(',') ?? []), ...warnings];
  const metadata = isObject(body.response_metadata) ? body.response_metadata : {};
  return { ...body, warning: all.join(','), response_metadata: { ...metadata, warnings: all } };
}

function send(answer: Answer, call: RecordedCall, response: ServerResponse): void {
  const { status, body, retryAfter } = answer;
  call.answered = retryAfter === undefined ? { status, body } : { status, body, retryAfter };
  const isText = typeof body === 'string';
  response.writeHead(status, {
    'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8',
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
    ...answer.headers,
  });
  response.end(isText ? body : JSON.stringify(body));
}
