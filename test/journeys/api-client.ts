import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'vitest';
import type { WantedToken } from '../../src/usecases/tokens/manage-tokens.ts';
import { token } from '../helpers/principals.ts';
import { email, type StaffName, startWorld, type World, type WorldOptions } from '../helpers/world.ts';
import schema from '../http/json-api/jsonapi-schema-1.0.json' with { type: 'json' };

export const JSON_API = 'application/vnd.api+json';
export const API_TOKEN = 'bootstrap-api-token-for-tests-01';

/** A world whose API takes API_TOKEN, as many requests as a test likes. */
export function startApiWorld(options: WorldOptions = {}): Promise<World> {
  const env = { API_TOKEN, API_RATE_LIMIT: '100000/1', ...options.env };
  return startWorld({ ...options, env });
}

export interface Resource {
  id: string;
  type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into resources of many types.
  attributes: Record<string, any>;
  relationships: Record<string, { data: unknown }>;
}

export interface ApiError {
  status: string;
  code: string;
  detail: string;
  source?: { pointer?: string; parameter?: string; header?: string };
  meta?: { pointer?: string };
}

export interface Answer {
  status: number;
  headers: Headers;
  /** Of a document with one resource. */
  data: Resource;
  /** Of a list, or of linkage. */
  list: Resource[];
  included: Resource[];
  errors: ApiError[];
  meta: Record<string, unknown>;
}

/** The API as one token sees it, over HTTP. Every document it gets is checked. */
export interface Api {
  ask(method: string, path: string, document?: unknown): Promise<Answer>;
  get(path: string): Promise<Answer>;
  create(type: string, attributes: object): Promise<Answer>;
  change(type: string, id: string | number, attributes: object): Promise<Answer>;
  /** PATCH /TYPE/ID/ACTION. */
  act(type: string, id: string | number, action: string, attributes?: object): Promise<Answer>;
  remove(type: string, id: string | number): Promise<Answer>;
}

export function apiOf(world: World, secret: string = API_TOKEN): Api {
  const ask = async (method: string, path: string, document?: unknown): Promise<Answer> => {
    const answer = await fetch(`${world.url}/api/v2/${path}`, {
      method,
      headers: { 'x-auth-token': secret, ...(document !== undefined && { 'content-type': JSON_API }) },
      ...(document !== undefined && { body: JSON.stringify(document) }),
    });
    const text = await answer.text();
    const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
    if (text !== '') {
      expect(answer.headers.get('content-type')).toBe(JSON_API);
      requireJsonApi(body);
    }
    const { data, included = [], errors = [], meta = {} } = body;
    return {
      status: answer.status,
      headers: answer.headers,
      data: data as Resource,
      list: data as Resource[],
      included: included as Resource[],
      errors: errors as ApiError[],
      meta: meta as Record<string, unknown>,
    };
  };
  return {
    ask,
    get: (path) => ask('GET', path),
    create: (type, attributes) => ask('POST', type, { data: { type, attributes } }),
    change: (type, id, attributes) => ask('PATCH', `${type}/${id}`, { data: { type, attributes } }),
    act: (type, id, action, attributes) =>
      ask('PATCH', `${type}/${id}/${action}`, attributes && { data: { type, attributes } }),
    remove: (type, id) => ask('DELETE', `${type}/${id}`),
  };
}

/** The API by a token of somebody's own. */
export async function apiAs(
  world: World,
  name: StaffName,
  role: WantedToken['role'] = 'member',
): Promise<Api> {
  const { secret } = await token(world, { email: email(name) }, role);
  return apiOf(world, secret);
}

const ajv = new Ajv2020({ strict: false, validateFormats: false });
const isJsonApi = ajv.compile(schema);

/** Throws unless this is a JSON:API document by its schema; the seed's own pointers are read as what they stand for. */
export function requireJsonApi(document: unknown): void {
  const plain = structuredClone(document) as { errors?: ApiError[] };
  for (const { source, meta } of plain.errors ?? [])
    if (source?.pointer !== undefined && meta?.pointer !== undefined) source.pointer = meta.pointer;
  if (!isJsonApi(plain)) throw new Error(`${ajv.errorsText(isJsonApi.errors)}: ${JSON.stringify(document)}`);
}
