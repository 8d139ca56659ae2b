import {
  type ApiError,
  ApiFailure,
  badRequest,
  conflict,
  forbidden,
  invalidAttribute,
  pointerOf,
} from './api-error.ts';
import { problemWords } from './problem-words.ts';
import { isEcho, type LinkedIds, readRelationships } from './relationship-input.ts';
import { type AnyResource, named, type Write } from './resource.ts';
import { isStorable } from './storable.ts';

/** What a body asks to write: the input its schema let through, and where each attribute stood. */
export interface WriteDocument {
  input: Record<string, unknown>;
  /** Attribute → its pointer (RFC 6901). */
  pointers: ReadonlyMap<string, string>;
  /** Ids that came as relationships: these must exist, else 404 (contract §2 "related resource missing"). */
  linked: readonly LinkedIds[];
}

export interface Expected {
  resource: AnyResource;
  write: Pick<Write<unknown>, 'schema'>;
  /** null for POST, where the server gives the id. */
  id: string | null;
  organizationId: number;
  /** Actions may come without a body. */
  bodyOptional?: boolean;
}

/**
 * Reads a document that writes. Throws 400 for what is no such document, 409 for another type or id, 403 for an id of
 * the client's own, and 422 with every unknown or malformed attribute together (contract §2).
 */
export function readWriteDocument(body: unknown, expected: Expected): WriteDocument {
  const { resource, write } = expected;
  const data = dataOf(body === undefined && expected.bodyOptional ? { data: { type: resource.type } } : body);
  requireIdentity(data, expected);
  const values = new Map<string, unknown>();
  const pointers = new Map<string, string>();
  const errors: ApiError[] = [];

  const put = (given: string, value: unknown, pointer: string) => {
    const name = named(resource.aliases ?? {}, given) ?? given;
    if (!values.has(name)) {
      values.set(name, value);
      pointers.set(name, pointer);
    } else if (!isSame(values.get(name), value))
      errors.push(
        invalidAttribute(
          { kind: 'pointer', pointer },
          `is given twice, differently: see ${pointers.get(name)}`,
        ),
      );
  };
  for (const [name, value] of Object.entries(membersOf(data, 'attributes'))) {
    // Kitsu sends a relationship it read, but did not include, back as an attribute.
    if (name.startsWith('@') || (named(resource.relationships, name) && isEcho(value))) continue;
    const pointer = pointerOf(['data', 'attributes', name]);
    const canonical = named(resource.aliases ?? {}, name) ?? name;
    const refused =
      named(write.schema.shape, canonical) === undefined ? refusalWords(resource, canonical) : null;
    if (refused) errors.push(invalidAttribute({ kind: 'pointer', pointer }, refused));
    else if (!isStorable(value))
      errors.push(invalidAttribute({ kind: 'pointer', pointer }, 'holds characters that are not text'));
    else put(name, value, pointer);
  }
  const linked = readRelationships(membersOf(data, 'relationships'), expected, put, errors);

  const parsed = write.schema.safeParse(Object.fromEntries(values), { reportInput: true });
  for (const issue of parsed.error?.issues ?? []) {
    const [attribute = '', ...rest] = issue.path.map(partOf);
    const source = sourceOf(resource, pointers, String(attribute), rest);
    errors.push(invalidAttribute(source, problemWords(issue)));
  }
  if (errors.length > 0 || !parsed.success) throw new ApiFailure(errors.slice(0, 100));
  return { input: parsed.data, pointers, linked };
}

/** Where a problem of an attribute is told: the seed's field, and its real place in the body. */
export function sourceOf(
  resource: AnyResource,
  pointers: ReadonlyMap<string, string>,
  attribute: string,
  rest: readonly (string | number)[] = [],
  field = seedField(resource, attribute),
) {
  const base = pointers.get(attribute) ?? pointerOf(['data', 'attributes', attribute]);
  return {
    kind: 'pointer' as const,
    pointer: `${base}${pointerOf(rest)}`,
    field: `${field}${pointerOf(rest)}`,
  };
}

/** The seed drops `_id` where the attribute stands for a relationship: `event_id` → `event`. */
function seedField(resource: AnyResource, attribute: string): string {
  const one = Object.entries(resource.relationships).find(
    ([, relationship]) => relationship.attribute === attribute && !relationship.many,
  );
  return one ? one[0] : attribute;
}

type Members = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function dataOf(body: unknown): Members {
  if (body === undefined) throw new ApiFailure([badRequest('Send a JSON:API document: {"data": {…}}.')]);
  const data = isObject(body) ? body.data : undefined;
  if (!isObject(data))
    throw new ApiFailure([
      badRequest('The document needs `data`, an object.', {
        kind: 'pointer',
        pointer: isObject(body) && 'data' in body ? '/data' : '',
      }),
    ]);
  return data;
}

function requireIdentity(data: Members, { resource, id }: Expected): void {
  if (typeof data.type !== 'string')
    throw new ApiFailure([
      badRequest(`data needs a type: "${resource.type}".`, { kind: 'pointer', pointer: '/data' }),
    ]);
  if (data.type !== resource.type)
    throw new ApiFailure([
      conflict(`This address takes resources of type ${resource.type}.`, {
        kind: 'pointer',
        pointer: '/data/type',
      }),
    ]);
  if (data.id === undefined || data.id === null) return;
  const source = { kind: 'pointer' as const, pointer: '/data/id' };
  if (id === null) throw new ApiFailure([forbidden('Ids are given by the server: leave id out.', source)]);
  if (typeof data.id !== 'string' && typeof data.id !== 'number')
    throw new ApiFailure([badRequest('The id must be text.', source)]);
  if (String(data.id) !== id)
    throw new ApiFailure([conflict('The id in the body is not the one in the address.', source)]);
}

function membersOf(data: Members, name: 'attributes' | 'relationships'): Members {
  const members = data[name];
  if (members === undefined) return {};
  if (isObject(members)) return members;
  throw new ApiFailure([
    badRequest(`${name} must be an object.`, { kind: 'pointer', pointer: `/data/${name}` }),
  ]);
}

function refusalWords(resource: AnyResource, name: string): string {
  const writable = { ...resource.create?.schema.shape, ...resource.update?.schema.shape };
  if (named(writable, name) !== undefined) return 'cannot be written here';
  if (named(resource.attributes, name)) return 'is read only';
  const relationship = named(resource.relationships, name);
  if (relationship)
    return relationship.attribute
      ? `is a relationship: send ${relationship.attribute}, or put it under relationships`
      : 'is a relationship, and read only';
  return `is no attribute of ${resource.type}`;
}

function partOf(part: PropertyKey): string | number {
  return typeof part === 'symbol' ? String(part) : part;
}

/** Ids count as equal whether numbers or text, lists whatever their order. */
function isSame(one: unknown, other: unknown): boolean {
  const plain = (value: unknown): string =>
    Array.isArray(value)
      ? `[${[...new Set(value.map((entry) => plain(entry)))].sort().join()}]`
      : value === null || typeof value !== 'object'
        ? String(value)
        : JSON.stringify(value);
  return plain(one) === plain(other);
}
