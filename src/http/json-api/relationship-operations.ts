import { ApiFailure, badRequest } from './api-error.ts';
import { readBody } from './body.ts';
import type { Answer, Call, Endpoint, Handler, Surroundings } from './call.ts';
import { granted } from './managed.ts';
import { readQuery } from './query.ts';
import { readLinkage } from './relationship-input.ts';
import type { AnyResource, Relationship, RelationshipChange } from './resource.ts';
import { idOf, requireLinked } from './resource-operations.ts';
import { linkage } from './serialize.ts';
import { isObject } from './write-document.ts';

/**
 * `/TYPE/:id/relationships/NAME`: GET the linkage, PATCH replaces it, POST adds, DELETE removes; adding what is there
 * and removing what is not are fine. Answers 200 with the linkage as it is then (contract §2).
 */
export function relationshipEndpoint(
  around: Surroundings,
  resource: AnyResource,
  name: string,
  relationship: Relationship<unknown>,
): Endpoint {
  return {
    GET: readingLinkage(around, resource, name),
    ...(relationship.endpoint?.change && {
      PATCH: changing(around, resource, name, 'replace'),
      ...(relationship.many && {
        POST: changing(around, resource, name, 'add'),
        DELETE: changing(around, resource, name, 'remove'),
      }),
    }),
  };
}

function readingLinkage(around: Surroundings, resource: AnyResource, name: string): Handler {
  return async (call) => {
    const id = idOf(resource, call);
    readQuery(around.registry, resource, call.url, []);
    return linkageAnswer(resource, granted(await resource.get!(call.principal, id), resource), name);
  };
}

function changing(
  around: Surroundings,
  resource: AnyResource,
  name: string,
  op: RelationshipChange['op'],
): Handler {
  const relationship = resource.relationships[name]!;
  return async (call) => {
    const id = idOf(resource, call);
    readQuery(around.registry, resource, call.url, []);
    const ids = idsOf(call, relationship);
    const linked = [{ type: relationship.type, ids, pointer: '/data' }];
    if (op !== 'remove') await requireLinked(around, call.principal, { linked });
    const managed = await relationship.endpoint!.change!(call.principal, id, { op, ids });
    const pointers = new Map([[relationship.attribute ?? name, '/data']]);
    return linkageAnswer(resource, granted(managed, resource, pointers), name);
  };
}

function linkageAnswer(resource: AnyResource, row: unknown, name: string): Answer {
  const relationship = resource.relationships[name]!;
  return { status: 200, document: { data: linkage(relationship, relationship.ids(row)), meta: {} } };
}

function idsOf({ body }: Call, relationship: Relationship<unknown>): readonly string[] {
  const document = readBody(body);
  const source = { kind: 'pointer' as const, pointer: '/data' };
  if (!isObject(document) || !('data' in document))
    throw new ApiFailure([badRequest('The document needs `data`.', { kind: 'pointer', pointer: '' })]);
  const read = readLinkage(relationship, document.data);
  if (!read.ok) throw new ApiFailure([badRequest(`data ${read.why}.`, source)]);
  return read.ids;
}
