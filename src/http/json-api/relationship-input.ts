import { type ApiError, badRequest, invalidAttribute, pointerOf } from './api-error.ts';
import { INTEGER_ID } from './filters.ts';
import { named, type Relationship } from './resource.ts';
import type { Expected } from './write-document.ts';

/** Ids that a body linked to as resources. */
export interface LinkedIds {
  type: string;
  ids: readonly string[];
  pointer: string;
}

type Put = (attribute: string, value: unknown, pointer: string) => void;

/** Takes `relationships` as the attributes they stand for: `event` → `event_id` (contract §1.10 #9). */
export function readRelationships(
  members: Readonly<Record<string, unknown>>,
  { resource, write, organizationId }: Expected,
  put: Put,
  errors: ApiError[],
): LinkedIds[] {
  const linked: LinkedIds[] = [];
  for (const [name, value] of Object.entries(members)) {
    if (name.startsWith('@') || isEcho(value)) continue;
    const pointer = pointerOf(['data', 'relationships', name]);
    const relationship = named(resource.relationships, name);
    const attribute = relationship?.attribute;
    if (!relationship) {
      errors.push(invalidAttribute({ kind: 'pointer', pointer }, `is no relationship of ${resource.type}`));
      continue;
    }
    if (typeof value !== 'object' || value === null || !('data' in value)) {
      errors.push(badRequest('A relationship needs `data`.', { kind: 'pointer', pointer }));
      continue;
    }
    const read = readLinkage(relationship, value.data);
    if (!read.ok) {
      errors.push(invalidAttribute({ kind: 'pointer', pointer: `${pointer}/data` }, read.why));
      continue;
    }
    if (attribute === undefined || named(write.schema.shape, attribute) === undefined) {
      const own = name === 'organization' && read.ids.join() === String(organizationId);
      if (!own) errors.push(invalidAttribute({ kind: 'pointer', pointer }, 'is read only'));
      continue;
    }
    put(attribute, relationship.many ? read.ids : (read.ids[0] ?? null), `${pointer}/data`);
    linked.push({ type: relationship.type, ids: read.ids, pointer: `${pointer}/data` });
  }
  return linked;
}

/** Resource linkage as ids: an identifier or null for one, a list of identifiers for many. */
export function readLinkage(
  relationship: Pick<Relationship<never>, 'type' | 'many'>,
  data: unknown,
): { ok: true; ids: string[] } | { ok: false; why: string } {
  if (relationship.many !== Array.isArray(data))
    return {
      ok: false,
      why: relationship.many ? 'must be a list of identifiers' : 'must be one identifier or null',
    };
  const identifiers: readonly unknown[] = Array.isArray(data) ? data : data === null ? [] : [data];
  if (identifiers.length > 500) return { ok: false, why: 'must be at most 500 entries long' };
  const ids: string[] = [];
  for (const identifier of identifiers) {
    const id = idOf(identifier, relationship.type);
    if (id === null)
      return { ok: false, why: `must hold identifiers such as {"type":"${relationship.type}","id":"1"}` };
    ids.push(id);
  }
  return { ok: true, ids: [...new Set(ids)] };
}

function idOf(identifier: unknown, type: string): string | null {
  if (typeof identifier !== 'object' || identifier === null) return null;
  if (!('type' in identifier) || identifier.type !== type || !('id' in identifier)) return null;
  const { id } = identifier;
  const text = typeof id === 'number' ? String(id) : id;
  return typeof text === 'string' && INTEGER_ID.test(text) ? text : null;
}

/** What a client read as `{"meta":{"included":false}}` and sends back says nothing. */
export function isEcho(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || 'data' in value || !('meta' in value)) return false;
  const { meta } = value;
  return typeof meta === 'object' && meta !== null && 'included' in meta && meta.included === false;
}
