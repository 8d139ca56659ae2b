import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { underFault } from '../common/faults.ts';
import { readBody } from '../common/http-body.ts';
import { isObject, type JsonObject, parseJson } from '../common/json.ts';
import type { AccessTokens, Api } from './access-tokens.ts';
import { ISSUER } from './activity-tokens.ts';
import type { Answer, ApiRequest, Operation } from './api-context.ts';
import { ApiError } from './api-error.ts';
import type { ConnectorApi } from './connector-api.ts';
import { type CallFacts, isFailure, type TeamsFaults } from './faults.ts';
import type { GraphApi } from './graph-api.ts';
import { discovery, instanceDiscovery, type LoginApi } from './login-api.ts';
import { connectorKey } from './signing-keys.ts';
import type { FaultInput, RecordedCall } from './traffic.ts';
import type { World } from './world.ts';

export interface ApiServerParts {
  world: World;
  connector: ConnectorApi;
  graph: GraphApi;
  login: LoginApi;
  tokens: AccessTokens;
  /** Whether the Connector asks for tokens. */
  asksForTokens: boolean;
  faults: TeamsFaults;
  calls: RecordedCall[];
}

interface Reply extends Answer {
  headers?: Record<string, string>;
  retryAfter?: number;
  performed: boolean;
}

/** One request, as far as everything but its answer is concerned. */
interface Asked extends CallFacts {
  request: string;
  args: JsonObject;
  run: () => Reply | Promise<Reply>;
}

const SECRETS = ['client_secret', 'client_assertion'];

const WITHOUT_RIGHT: Record<Api, JsonObject> = {
  connector: { message: 'Authorization has been denied for this request.' },
  graph: {
    error: {
      code: 'InvalidAuthenticationToken',
      message: 'Access token is empty, expired or for another API.',
    },
  },
};

/** Stands where the Bot Connector, its keys, Entra's login and Microsoft Graph stand. */
export class ApiServer {
  readonly #parts: ApiServerParts;
  readonly #server: Server;
  #origin = '';

  constructor(parts: ApiServerParts) {
    this.#parts = parts;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        if (!response.headersSent) response.writeHead(500);
        response.end(String(error));
      });
    });
  }

  /** Listens on the loopback address; answers the origin. */
  async listen(port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
    const address = this.#server.address();
    this.#origin = `http://127.0.0.1:${isObject(address) ? String(address.port) : port}`;
    return this.#origin;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const url = new URL(request.url ?? '/', this.#origin);
    const verb = request.method ?? 'GET';
    const asked = this.#understand(verb, url, request, body);
    await this.#answer({ ...asked, request: `${verb} ${url.pathname}${url.search}` }, response);
  }

  #understand(verb: string, url: URL, request: IncomingMessage, body: string): Omit<Asked, 'request'> {
    const parts = partsOf(url.pathname);
    if (parts?.[0] === 'teams' && parts[1] === 'v3' && parts[2] === 'conversations')
      return this.#api('connector', { verb, path: parts.slice(3), query: url.searchParams }, request, body);
    if (parts?.[0] === 'graph' && parts[1] === 'v1.0')
      return this.#api('graph', { verb, path: parts.slice(2), query: url.searchParams }, request, body);
    return this.#openToAll(verb, url.pathname, body) ?? nothingThere({});
  }

  #api(
    api: Api,
    request: Omit<ApiRequest, 'body'>,
    { headers }: IncomingMessage,
    body: string,
  ): Omit<Asked, 'request'> {
    const json = parseJson(body);
    const args = isObject(json) ? json : {};
    const operation = this.#parts[api].operation({ ...request, body: isObject(json) ? json : undefined });
    if (!operation) return nothingThere(args);
    const { method, conversation, people } = operation;
    const asks = api === 'graph' || this.#parts.asksForTokens;
    const run = (): Reply => {
      if (asks && this.#parts.tokens.refusal(headers.authorization, api) !== undefined)
        return {
          status: 401,
          body: WITHOUT_RIGHT[api],
          headers: { 'www-authenticate': 'Bearer' },
          performed: false,
        };
      if (body !== '' && !/^application\/json\b/.test(headers['content-type'] ?? ''))
        return refused(new ApiError(415, 'UnsupportedMediaType', 'The body must be application/json.'));
      return performed(operation);
    };
    return { method, conversation, people, args, run };
  }

  #openToAll(verb: string, path: string, body: string): Omit<Asked, 'request'> | undefined {
    const get = (json: () => JsonObject | Promise<JsonObject>): Omit<Asked, 'request'> => ({
      method: 'openid',
      conversation: undefined,
      people: [],
      args: {},
      run: async () => ({ status: 200, body: await json(), performed: true }),
    });
    if (verb === 'POST') return this.#login(path, body);
    if (verb !== 'GET') return undefined;
    if (path === '/v1/.well-known/openidconfiguration') return get(() => this.#metadata());
    if (path === '/v1/.well-known/keys')
      return get(async () => ({ keys: [(await connectorKey()).published] }));
    const tenant = /^\/([^/]+)\/v2\.0\/\.well-known\/openid-configuration$/.exec(path)?.[1];
    if (tenant !== undefined) return get(() => discovery(this.#origin, tenant));
    const { tenantId } = this.#parts.world;
    if (/^\/[^/]+\/discovery\/instance$/.test(path))
      return get(() => instanceDiscovery(this.#origin, tenantId));
    return undefined;
  }

  #metadata(): JsonObject {
    return {
      issuer: ISSUER,
      authorization_endpoint: 'https://invalid.botframework.com',
      jwks_uri: `${this.#origin}/v1/.well-known/keys`,
      id_token_signing_alg_values_supported: ['RS256'],
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
    };
  }

  #login(path: string, body: string): Omit<Asked, 'request'> | undefined {
    const tenant = /^\/([^/]+)\/oauth2\/v2\.0\/token$/.exec(path)?.[1];
    if (tenant === undefined) return undefined;
    const form = new URLSearchParams(body);
    const args = Object.fromEntries([...form].filter(([name]) => !SECRETS.includes(name)));
    const run = async (): Promise<Reply> => {
      const answer = await this.#parts.login.token(tenant, form);
      return { ...answer, performed: answer.status === 200 };
    };
    return { method: 'token', conversation: undefined, people: [], args, run };
  }

  #record({ method, request, args, conversation }: Asked): RecordedCall {
    const { calls, world } = this.#parts;
    const call: RecordedCall = {
      id: calls.length + 1,
      method,
      request,
      args,
      ...(conversation !== undefined && { conversation }),
      at: world.now(),
      performed: false,
    };
    calls.push(call);
    return call;
  }

  async #answer(asked: Asked, response: ServerResponse): Promise<void> {
    const { faults, world } = this.#parts;
    const call = this.#record(asked);
    const fault = faults.take(asked);
    const replaces = fault !== undefined && isFailure(fault);
    const reply = await underFault(fault, replaces, asked.run);
    call.performed = reply?.performed === true;
    if (replaces) this.#fail(fault, call, response);
    else if (reply) send(reply, call, response);
    world.changed({ kind: 'call', call });
  }

  #fail(fault: FaultInput, call: RecordedCall, response: ServerResponse): void {
    const broken = this.#parts.faults.breakOff(fault, response);
    if (broken !== null) {
      call.answered = broken;
      return;
    }
    const { code, message = 'ordered trouble' } = fault;
    const status = fault.status ?? 403;
    const retryAfter = fault.retryAfter === undefined && status === 429 ? 1 : fault.retryAfter;
    const coded =
      call.method === 'token' ? { error: code, error_description: message } : { error: { code, message } };
    const body = code === undefined ? 'upstream trouble' : coded;
    const reply: Reply = { status, body, performed: call.performed };
    send(typeof retryAfter === 'number' ? { ...reply, retryAfter } : reply, call, response);
  }
}

/** The decoded parts of a path; undefined when it cannot be decoded. */
function partsOf(pathname: string): string[] | undefined {
  try {
    return pathname.split('/').slice(1).map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

function performed(operation: Operation): Reply {
  try {
    return { ...operation.run(), performed: true };
  } catch (error) {
    if (error instanceof ApiError) return refused(error);
    throw error;
  }
}

function refused({ status, code, message, retryAfter }: ApiError): Reply {
  const body = { error: { code, message } };
  return { status, body, ...(retryAfter !== undefined && { retryAfter }), performed: false };
}

function nothingThere(args: JsonObject): Omit<Asked, 'request'> {
  const run = () => refused(new ApiError(404, 'NotFound', 'There is nothing at this address.'));
  return { method: 'unknown', conversation: undefined, people: [], args, run };
}

function send(
  { status, body, retryAfter, headers }: Reply,
  call: RecordedCall,
  response: ServerResponse,
): void {
  call.answered = { status, body, ...(retryAfter !== undefined && { retryAfter }) };
  const isText = typeof body === 'string';
  response.writeHead(status, {
    ...(body !== undefined && {
      'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8',
    }),
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
    ...headers,
  });
  if (body === undefined) response.end();
  else response.end(isText ? body : JSON.stringify(body));
}
