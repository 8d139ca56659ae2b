import type { Shape } from './query.ts';
import type { AnyResource, Relationship } from './resource.ts';

export interface Identifier {
  type: string;
  id: string;
}

export type RelationshipObject = { data: Identifier | null | Identifier[] } | { meta: { included: false } };

export interface ResourceObject extends Identifier {
  attributes: Record<string, unknown>;
  relationships?: Record<string, RelationshipObject>;
}

/** One row with the relationships that were followed from it, in whatever place of the tree it was met. */
export interface Found {
  resource: AnyResource;
  row: unknown;
  /** Relationship → the ids it leads to. */
  followed: Map<string, readonly string[]>;
}

/** Writes a row in the seed's shape: id, type, attributes, relationships in the descriptor's order. */
export function serialize({ resource, row, followed }: Found, fields: Shape['fields']): ResourceObject {
  const wanted = fields.get(resource.type);
  const shown = (name: string, hidden: boolean | undefined) => (wanted ? wanted.has(name) : !hidden);
  const attributes: Record<string, unknown> = {};
  for (const [name, attribute] of Object.entries(resource.attributes))
    if (shown(name, attribute.hidden?.(row))) attributes[name] = attribute.read(row);
  const relationships: Record<string, RelationshipObject> = {};
  for (const [name, relationship] of Object.entries(resource.relationships)) {
    const ids = followed.get(name);
    if (!shown(name, ids === undefined && relationship.hidden?.(row))) continue;
    relationships[name] =
      ids || relationship.alwaysData
        ? { data: linkage(relationship, ids ?? relationship.ids(row)) }
        : { meta: { included: false } };
  }
  return {
    id: String(resource.id(row)),
    type: resource.type,
    attributes,
    ...(Object.keys(relationships).length > 0 && { relationships }),
  };
}

/** The resource identifiers of one relationship. */
export function linkage(
  { type, many }: Pick<Relationship<unknown>, 'type' | 'many'>,
  ids: readonly (number | string)[],
): Identifier | null | Identifier[] {
  const identifiers = [...new Set(ids.map(String))].map((id) => ({ type, id }));
  return many ? identifiers : (identifiers[0] ?? null);
}
