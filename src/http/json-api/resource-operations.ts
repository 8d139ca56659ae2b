import type { Managed } from '../../usecases/managing/managing.ts';
import { ApiFailure, notFound } from './api-error.ts';
import { readBody } from './body.ts';
import type { Answer, Call, Endpoint, Handler, Surroundings } from './call.ts';
import { listDocument, load, singleDocument } from './documents.ts';
import { INTEGER_ID } from './filters.ts';
import { granted } from './managed.ts';
import { LIST_FAMILIES, readQuery, SHAPE_FAMILIES, type Shape } from './query.ts';
import type { Action, AnyResource, Upsert, Write } from './resource.ts';
import { readWriteDocument, type WriteDocument } from './write-document.ts';

/** `/TYPE`: the list and what adds to it. */
export function collectionEndpoint(around: Surroundings, resource: AnyResource): Endpoint {
  return {
    ...(resource.list && { GET: listing(around, resource) }),
    ...(resource.create && { POST: creating(around, resource, resource.create) }),
    ...(resource.upsert && { PUT: upserting(around, resource, resource.upsert) }),
  };
}

/** `/TYPE/:id`: one resource. */
export function memberEndpoint(around: Surroundings, resource: AnyResource): Endpoint {
  return {
    ...(resource.get && { GET: reading(around, resource) }),
    ...(resource.update && { PATCH: writing(around, resource, resource.update) }),
    ...(resource.remove && { DELETE: removing(around, resource) }),
  };
}

/** `PATCH /TYPE/:id/ACTION`; its body is optional. */
export function actionEndpoint(
  around: Surroundings,
  resource: AnyResource,
  action: Action<unknown>,
): Endpoint {
  return { PATCH: writing(around, resource, action, true) };
}

/** The id of the address; a form that no id has is an id that does not exist. */
export function idOf(resource: AnyResource, { id }: Call): string {
  if (!(resource.idForm ?? INTEGER_ID).test(id)) throw new ApiFailure([notFound()]);
  return id;
}

function listing(around: Surroundings, resource: AnyResource): Handler {
  return async ({ principal, url }) => {
    const query = readQuery(around.registry, resource, url, LIST_FAMILIES);
    const page = granted(await resource.list!(principal, query.list), resource);
    const address = `${around.base}/${resource.type}`;
    const document = await listDocument(around.registry, principal, resource, page, query, address);
    return { status: 200, document };
  };
}

function creating(around: Surroundings, resource: AnyResource, create: Write<unknown>): Handler {
  return async (call) => {
    const { row, shape } = await write(around, resource, create, call, { id: null });
    const answer = await single(around, resource, call, row, shape);
    const location = `${around.base}/${resource.type}/${resource.id(row)}`;
    return { ...answer, status: 201, headers: { location } };
  };
}

function upserting(around: Surroundings, resource: AnyResource, upsert: Upsert<unknown>): Handler {
  return async (call) => {
    const { managed, shape, pointers } = await writeDocument(around, resource, upsert, call, {
      expected: { id: null },
      run: (input) => upsert.run(call.principal, input),
    });
    const { row, created } = granted(managed, resource, pointers);
    const answer = await single(around, resource, call, row, shape);
    const location = `${around.base}/${resource.type}/${resource.id(row)}`;
    return created ? { ...answer, status: 201, headers: { location } } : answer;
  };
}

function reading(around: Surroundings, resource: AnyResource): Handler {
  return async (call) => {
    const id = idOf(resource, call);
    const shape = readQuery(around.registry, resource, call.url, SHAPE_FAMILIES);
    const row = granted(await resource.get!(call.principal, id), resource);
    return single(around, resource, call, row, shape);
  };
}

function removing(around: Surroundings, resource: AnyResource): Handler {
  return async (call) => {
    const id = idOf(resource, call);
    readQuery(around.registry, resource, call.url, []);
    const removed = granted(await resource.remove!(call.principal, id), resource);
    if (!removed?.warnings?.length) return { status: 204 };
    return { status: 200, document: { meta: { warnings: removed.warnings } } };
  };
}

function writing(
  around: Surroundings,
  resource: AnyResource,
  what: Write<unknown>,
  bodyOptional = false,
): Handler {
  return async (call) => {
    const id = idOf(resource, call);
    const { row, shape } = await write(around, resource, what, call, { id, bodyOptional });
    return single(around, resource, call, row, shape);
  };
}

async function write(
  around: Surroundings,
  resource: AnyResource,
  what: Write<unknown>,
  call: Call,
  expected: { id: string | null; bodyOptional?: boolean },
): Promise<{ row: unknown; shape: Shape }> {
  const { managed, shape, pointers } = await writeDocument(around, resource, what, call, {
    expected,
    run: (input) => what.run(call.principal, expected.id ?? '', input),
  });
  return { row: granted(managed, resource, pointers), shape };
}

/** Reads and checks the body, then has it done. */
async function writeDocument<Row>(
  around: Surroundings,
  resource: AnyResource,
  { schema }: Pick<Write<unknown>, 'schema'>,
  { principal, url, body }: Call,
  given: {
    expected: { id: string | null; bodyOptional?: boolean };
    run: (input: Record<string, unknown>) => Promise<Managed<Row>>;
  },
): Promise<{ managed: Managed<Row>; shape: Shape; pointers: WriteDocument['pointers'] }> {
  const shape = readQuery(around.registry, resource, url, SHAPE_FAMILIES);
  const document = readWriteDocument(readBody(body), {
    ...given.expected,
    resource,
    write: { schema },
    organizationId: principal.organizationId,
  });
  await requireLinked(around, principal, document);
  return { managed: await given.run(document.input), shape, pointers: document.pointers };
}

/** JSON:API 1.1 "Updating Relationships": what is linked to must exist, else 404. */
export async function requireLinked(
  { registry }: Surroundings,
  principal: Call['principal'],
  { linked }: Pick<WriteDocument, 'linked'>,
): Promise<void> {
  const errors = [];
  for (const { type, ids, pointer } of linked) {
    const target = registry.get(type);
    const found = target ? await load(target, principal, ids) : [];
    const known = new Set(found.map((row) => String(target!.id(row))));
    const missing = ids.filter((id) => !known.has(id));
    if (missing.length > 0)
      errors.push(
        notFound(`There is no ${type} ${missing.slice(0, 10).join(', ')}.`, { kind: 'pointer', pointer }),
      );
  }
  if (errors.length > 0) throw new ApiFailure(errors);
}

async function single(
  around: Surroundings,
  resource: AnyResource,
  { principal }: Call,
  row: unknown,
  shape: Shape,
): Promise<Answer> {
  return { status: 200, document: await singleDocument(around.registry, principal, resource, row, shape) };
}
