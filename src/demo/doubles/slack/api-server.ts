import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiContext, ApiMethod, ApiMethods } from './api-context.ts';
import { ApiError } from './api-error.ts';
import { Args } from './args.ts';
import type { Faults } from './faults.ts';
import { type ParsedArguments, parseArguments, readBody } from './http-body.ts';
import { isObject, type JsonObject, stringOf } from './json.ts';
import { CHAT_METHODS } from './methods-chat.ts';
import { CONVERSATION_METHODS } from './methods-conversations.ts';
import { PEOPLE_METHODS } from './methods-people.ts';
import { VIEW_METHODS } from './methods-views.ts';
import type { RateLimiter } from './rate-limits.ts';
import type { ResponseUrls } from './response-urls.ts';
import type { FaultInput, RecordedCall } from './types.ts';

const METHODS: ApiMethods = { ...CHAT_METHODS, ...CONVERSATION_METHODS, ...PEOPLE_METHODS, ...VIEW_METHODS };

export interface ApiServerParts {
  context: ApiContext;
  botToken: string;
  limiter: RateLimiter;
  faults: Faults;
  responseUrls: ResponseUrls;
  calls: RecordedCall[];
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
    const method = /^\/api\/([A-Za-z.]+)$/.exec(url.pathname)?.[1];
    if (method !== undefined) return this.#api(method, parsed, request, response);
    if (/^\/(actions|commands)\//.test(url.pathname)) return this.#answerUrl(url.pathname, parsed, response);
    response.writeHead(404).end();
  }

  async #api(method: string, parsed: ParsedArguments, request: IncomingMessage, response: ServerResponse) {
    const { token: _token, ...args } = parsed.args;
    const channel = this.#channelOf(args);
    const run = () => this.#perform(method, parsed, tokenOf(request, parsed.args), channel);
    await this.#withFaults({ method, args, channel }, run, response);
  }

  async #answerUrl(path: string, parsed: ParsedArguments, response: ServerResponse): Promise<void> {
    const target = this.#parts.responseUrls.targetOf(path);
    const run = (): Answer => {
      try {
        this.#parts.responseUrls.use(path, parsed.args);
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
      channel: target?.channel,
      userId: target?.userId,
    };
    await this.#withFaults(facts, run, response);
  }

  /** The channel an argument means: a person's id stands for the direct message with them. */
  #channelOf(args: JsonObject): string | undefined {
    const id = stringOf(args.channel);
    const { workspace } = this.#parts.context;
    return id !== undefined && /^[UW]/.test(id) && workspace.people.has(id) ? workspace.dmOf(id).id : id;
  }

  #usersOf(args: JsonObject, channel: string | undefined, userId: string | undefined): string[] {
    const dmWith =
      channel === undefined ? undefined : this.#parts.context.workspace.channels.get(channel)?.dmWith;
    const named = [args.user, args.user_id, args.users, args.channel].flatMap(
      (id) => stringOf(id)?.split(',') ?? [],
    );
    return [...named, ...(dmWith ? [dmWith] : []), ...(userId ? [userId] : [])];
  }

  async #withFaults(
    asked: { method: string; args: JsonObject; channel: string | undefined; userId?: string | undefined },
    run: () => Answer,
    response: ServerResponse,
  ): Promise<void> {
    const { calls, faults, context } = this.#parts;
    const { method, args, channel } = asked;
    const at = context.workspace.now();
    const call: RecordedCall = { id: calls.length + 1, method, args, at, performed: false };
    calls.push(call);
    const fault = faults.take({ method, channel, users: this.#usersOf(args, channel, asked.userId) });
    const early = fault?.when !== 'after';
    if (fault?.delayMs && early) await sleep(fault.delayMs);
    const replaces = fault !== undefined && isFailure(fault);
    const answer = replaces && early ? undefined : run();
    call.performed = answer?.performed === true;
    if (fault?.delayMs && !early) await sleep(fault.delayMs);
    if (replaces) this.#fail(fault, call, response);
    else if (answer) send(answer, call, response);
    context.workspace.changed({ kind: 'call', call });
  }

  #fail(fault: FaultInput, call: RecordedCall, response: ServerResponse): void {
    if (fault.connection === 'reset') {
      call.answered = 'reset';
      response.socket?.resetAndDestroy();
      return;
    }
    if (fault.connection === 'hang') {
      call.answered = 'hang';
      this.#parts.faults.hang(() => response.destroy());
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
    token: string | undefined,
    channel: string | undefined,
  ): Answer {
    const { context, botToken, limiter } = this.#parts;
    const entry: ApiMethod | undefined = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
    if (!entry) return refused('unknown_method', { req_method: method });
    if (parsed.error !== undefined) return refused(parsed.error);
    if (!entry.tokenless && !token) return refused('not_authed');
    if (!entry.tokenless && token !== botToken) return refused('invalid_auth');
    const wait = limiter.take(method, entry.tier, channel);
    if (wait !== undefined) {
      return { status: 429, body: { ok: false, error: 'ratelimited' }, retryAfter: wait, performed: false };
    }
    const accepted = entry.scopes ?? [];
    const headers = {
      'x-oauth-scopes': context.scopes.join(','),
      'x-accepted-oauth-scopes': accepted.join(','),
    };
    if (accepted.length > 0 && !accepted.some((scope) => context.scopes.includes(scope))) {
      const named = { needed: accepted.join(','), provided: context.scopes.join(',') };
      return { ...refused('missing_scope', named), headers };
    }
    try {
      const result = entry.run(new Args(parsed.args), context);
      return {
        status: 200,
        body: withWarnings({ ok: true, ...result }, parsed.warnings),
        headers,
        performed: true,
      };
    } catch (error) {
      if (error instanceof ApiError) return { ...refused(error.code, error.more), headers };
      throw error;
    }
  }
}

function isFailure(fault: FaultInput): boolean {
  return fault.status !== undefined || fault.connection !== undefined || fault.slackError !== undefined;
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
