import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { z } from 'zod';
import { choiceInput, idInput, idListInput, textInput } from '../../../src/http/json-api/input-fields.ts';
import { type AnyResource, resource, writes } from '../../../src/http/json-api/resource.ts';
import { jsonApiRoutes } from '../../../src/http/json-api/routes.ts';
import { createServer } from '../../../src/http/server.ts';
import type { ListQuery, Managed, Page, Principal } from '../../../src/usecases/managing/managing.ts';

export interface Boat {
  id: number;
  name: string;
  length: number;
  captainId: number | null;
  crewIds: number[];
}
export interface Sailor {
  id: number;
  name: string;
  mentorId: number | null;
}

/** A toy: boats with a captain and a crew, kept in memory. */
export interface Harbour {
  server: FastifyInstance;
  boats: Map<number, Boat>;
  sailors: Map<number, Sailor>;
  /** Every list query that reached the resource. */
  queries: ListQuery[];
  ask(
    method: string,
    url: string,
    more?: { body?: unknown; headers?: Record<string, string> },
  ): Promise<Asked>;
}

export interface Asked {
  status: number;
  headers: LightMyRequestResponse['headers'];
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into answers of many shapes.
  body: any;
}

export const JSON_API = 'application/vnd.api+json';
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const ok = <T>(value: T): Managed<T> => ({ ok: true, value });
const missing = { ok: false, refusal: { kind: 'not_found' } } as const;

export async function openHarbour(): Promise<Harbour> {
  const boats = new Map<number, Boat>([
    [1, { id: 1, name: 'Ada', length: 9, captainId: 1, crewIds: [2, 3] }],
    [2, { id: 2, name: 'Bob, the boat', length: 12, captainId: 2, crewIds: [1] }],
    [3, { id: 3, name: 'Cara', length: 7, captainId: null, crewIds: [] }],
  ]);
  const sailors = new Map<number, Sailor>([
    [1, { id: 1, name: 'Ann', mentorId: 2 }],
    [2, { id: 2, name: 'Ben', mentorId: 3 }],
    [3, { id: 3, name: 'Cem', mentorId: null }],
  ]);
  const queries: ListQuery[] = [];
  const server = createServer(silent);
  jsonApiRoutes(server, {
    resources: harbourResources(boats, sailors, queries),
    async authenticate(request) {
      const token = request.headers['x-auth-token'];
      if (token === 'busy')
        return {
          ok: false,
          refusal: { status: 429, code: 'rate_limited', detail: 'Slow down.', retryAfterSeconds: 3.2 },
        };
      if (token !== 'good')
        return { ok: false, refusal: { status: 401, code: 'invalid_auth_token', detail: 'No such token.' } };
      const principal: Principal = {
        organizationId: 7,
        role: 'admin',
        personId: null,
        tokenId: 'bootstrap',
        via: 'api',
      };
      return { ok: true, principal };
    },
    publicUrl: 'https://harbour.example/',
    log: silent,
  });
  await server.ready();
  return {
    server,
    boats,
    sailors,
    queries,
    async ask(method, url, { body, headers = {} } = {}) {
      const answer = await server.inject({
        method: method as 'GET',
        url: `/api/v2${url}`,
        headers: {
          'x-auth-token': 'good',
          ...(body !== undefined && { 'content-type': JSON_API }),
          ...headers,
        },
        ...(body !== undefined && { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = answer.body;
      return {
        status: answer.statusCode,
        headers: answer.headers,
        text,
        body: text === '' ? undefined : JSON.parse(text),
      };
    },
  };
}

const boatInput = {
  name: textInput(20),
  length: choiceInput.optional(),
  captain_id: idInput.nullable().optional(),
  crew_ids: idListInput.optional(),
};

export function harbourResources(
  boats: Map<number, Boat>,
  sailors: Map<number, Sailor>,
  queries: ListQuery[],
): AnyResource[] {
  const save = (boat: Boat): Managed<Boat> => {
    const problems = [];
    if (boat.captainId === null) problems.push({ field: 'captain', detail: "can't be blank" });
    if (boat.crewIds.length === 0) problems.push({ field: 'crew_ids', detail: "crew list can't be empty" });
    if (problems.length > 0) return { ok: false, refusal: { kind: 'invalid', problems } };
    boats.set(boat.id, boat);
    return ok(boat);
  };
  const organization = {
    type: 'organizations',
    many: false,
    alwaysData: true,
    ids: () => [7],
  };
  return [
    resource<Boat>({
      type: 'boats',
      description: 'Boats.',
      id: (boat) => boat.id,
      attributes: {
        name: { schema: z.string(), read: (boat) => boat.name },
        length: { schema: z.int(), read: (boat) => boat.length },
      },
      relationships: {
        organization,
        captain: {
          type: 'sailors',
          many: false,
          attribute: 'captain_id',
          ids: (boat) => (boat.captainId === null ? [] : [boat.captainId]),
        },
        crew: {
          type: 'sailors',
          many: true,
          attribute: 'crew_ids',
          ids: (boat) => boat.crewIds,
          endpoint: {
            async change(_principal, id, { op, ids }) {
              const boat = boats.get(Number(id));
              if (!boat) return missing;
              const given = ids.map(Number);
              const crewIds =
                op === 'replace'
                  ? given
                  : op === 'add'
                    ? [...new Set([...boat.crewIds, ...given])]
                    : boat.crewIds.filter((one) => !given.includes(one));
              return save({ ...boat, crewIds });
            },
          },
        },
      },
      filters: {
        id: { kind: 'id', ops: ['eq', 'not_eq'] },
        name: { kind: 'text', ops: ['eq', 'contains'] },
        size: { kind: 'word', choices: ['small', 'large'] },
        built_at: { kind: 'time', ops: ['gt', 'lt_eq'] },
      },
      sorts: ['id', 'name'],
      aliases: { crews_ids: 'crew_ids' },
      async list(_principal, query) {
        queries.push(query);
        return ok(pageOf([...boats.values()], query));
      },
      async get(_principal, id) {
        const boat = boats.get(Number(id));
        return boat ? ok(boat) : missing;
      },
      create: writes(z.strictObject(boatInput), async (_principal, _id, input) =>
        save({
          id: boats.size + 1,
          name: input.name,
          length: input.length ?? 1,
          captainId: input.captainId ?? null,
          crewIds: input.crewIds ?? [],
        }),
      ),
      update: writes(z.strictObject(boatInput).partial(), async (_principal, id, input) => {
        const boat = boats.get(Number(id));
        return boat ? save({ ...boat, ...input }) : missing;
      }),
      async remove(_principal, id) {
        if (id === '1') return { ok: false, refusal: { kind: 'conflict', why: 'Ada is at sea.' } };
        return boats.delete(Number(id)) ? ok(id === '3' ? { warnings: ['No Cara now.'] } : null) : missing;
      },
      actions: {
        rename: {
          summary: 'Gives it another name',
          ...writes(z.strictObject({ note: textInput(10).optional() }), async (_principal, id, { note }) => {
            const boat = boats.get(Number(id));
            if (note === 'crash') throw new Error('secret of the harbour');
            return boat ? save({ ...boat, name: note ?? 'Nameless' }) : missing;
          }),
        },
      },
    }),
    resource<Sailor>({
      type: 'sailors',
      description: 'Sailors.',
      id: (sailor) => sailor.id,
      attributes: { name: { schema: z.string(), read: (sailor) => sailor.name } },
      relationships: {
        mentor: {
          type: 'sailors',
          many: false,
          ids: (sailor) => (sailor.mentorId === null ? [] : [sailor.mentorId]),
        },
      },
      filters: { id: { kind: 'id' } },
      sorts: ['id'],
      async list(_principal, query) {
        return ok(pageOf([...sailors.values()], query));
      },
    }),
    resource<{ id: number; name: string }>({
      type: 'organizations',
      description: 'The organization.',
      id: (one) => one.id,
      attributes: { name: { schema: z.string(), read: (one) => one.name } },
      relationships: {},
      filters: {},
      sorts: [],
      load: async () => [{ id: 7, name: 'Harbour' }],
    }),
  ];
}

function pageOf<T extends { id: number }>(all: T[], { filters, page }: ListQuery): Page<T> {
  const ids = filters.find((filter) => filter.field === 'id');
  const rows = ids ? all.filter((one) => ids.values.includes(String(one.id))) : all;
  const from = (page.number - 1) * page.size;
  return { rows: rows.slice(from, from + page.size), total: rows.length };
}
