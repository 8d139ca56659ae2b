import { z } from 'zod';
import type { AnyResource, Relationship, Write } from './resource.ts';

export type Schema = Record<string, unknown>;

export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

/** A zod schema as JSON Schema 2020-12, which is what OpenAPI 3.1 speaks. */
export function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Schema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' });
  return json as Schema;
}

const object = (
  properties: Record<string, Schema>,
  required: readonly string[],
  more: Schema = {},
): Schema => ({
  type: 'object',
  properties,
  ...(required.length > 0 && { required }),
  ...more,
});

const text: Schema = { type: 'string' };
const emptyMeta: Schema = { type: 'object' };

/** What every resource's documents are made of. */
export const sharedSchemas: Readonly<Record<string, Schema>> = {
  NotIncluded: object({ meta: object({ included: { const: false } }, ['included']) }, ['meta'], {
    description: 'A relationship that was not asked for with include.',
  }),
  Links: object({ first: text, last: text, prev: text, next: text }, ['first', 'last']),
  PageMeta: object(
    Object.fromEntries(
      ['current_page', 'total_pages', 'total_count', 'page_size', 'max_page_size'].map((name) => [
        name,
        { type: 'integer' },
      ]),
    ),
    ['current_page', 'total_pages', 'total_count', 'page_size', 'max_page_size'],
  ),
  Included: {
    type: 'array',
    description: 'The resources that include asked for, each once.',
    items: object(
      { id: text, type: text, attributes: { type: 'object' }, relationships: { type: 'object' } },
      ['id', 'type'],
    ),
  },
  Errors: object(
    {
      errors: {
        type: 'array',
        minItems: 1,
        items: object(
          {
            status: text,
            code: text,
            title: text,
            detail: text,
            source: object({ pointer: text, parameter: text, header: text }, []),
            meta: object({ pointer: { ...text, description: 'RFC 6901, into the request’s document.' } }, []),
          },
          ['status', 'code', 'title', 'detail'],
        ),
      },
    },
    ['errors'],
  ),
};

/** The schemas of one resource: itself, its documents, and the bodies that write it. */
export function resourceSchemas(resource: AnyResource): Record<string, Schema> {
  const { type } = resource;
  const attributes = Object.entries(resource.attributes);
  const always = attributes.filter(([, attribute]) => !attribute.hidden).map(([name]) => name);
  const relationships = Object.entries(resource.relationships);
  const addressed = resource.list || resource.get;
  return {
    [type]: object(
      {
        id: text,
        type: { const: type },
        attributes: object(
          Object.fromEntries(attributes.map(([name, { schema }]) => [name, schemaOf(schema, 'output')])),
          [],
          { description: `Without fields[${type}] all but additions are there: ${always.join(', ')}.` },
        ),
        relationships: object(
          Object.fromEntries(relationships.map(([name, one]) => [name, relationshipSchema(one)])),
          [],
        ),
      },
      ['id', 'type', 'attributes'],
      { description: resource.description },
    ),
    ...(addressed && {
      [`${type}_document`]: object({ data: ref(type), included: ref('Included'), meta: emptyMeta }, [
        'data',
        'meta',
      ]),
      [`${type}_list`]: object(
        {
          data: { type: 'array', items: ref(type) },
          included: ref('Included'),
          links: ref('Links'),
          meta: ref('PageMeta'),
        },
        ['data', 'links', 'meta'],
      ),
    }),
    ...(resource.create && { [`${type}_create`]: bodySchema(resource, resource.create, false) }),
    ...(resource.upsert && { [`${type}_put`]: bodySchema(resource, resource.upsert, false) }),
    ...(resource.update && { [`${type}_update`]: bodySchema(resource, resource.update, true) }),
    ...Object.fromEntries(
      Object.entries(resource.actions ?? {}).map(([name, action]) => [
        `${type}_${name}`,
        bodySchema(resource, action, true),
      ]),
    ),
    ...Object.fromEntries(
      relationships
        .filter(([, one]) => one.endpoint)
        .map(([name, one]) => [
          `${type}_${name}_linkage`,
          object({ data: linkageSchema(one), meta: emptyMeta }, ['data']),
        ]),
    ),
  };
}

function relationshipSchema(relationship: Relationship<unknown>): Schema {
  const linked = object({ data: linkageSchema(relationship) }, ['data']);
  const schema = relationship.alwaysData ? linked : { anyOf: [ref('NotIncluded'), linked] };
  return { ...schema, ...(relationship.description && { description: relationship.description }) };
}

function linkageSchema({ type, many }: Relationship<unknown>): Schema {
  const identifier = object({ type: { const: type }, id: text }, ['type', 'id']);
  return many ? { type: 'array', items: identifier } : { anyOf: [identifier, { type: 'null' }] };
}

function bodySchema(resource: AnyResource, write: Pick<Write<unknown>, 'schema'>, withId: boolean): Schema {
  const linkable = Object.entries(resource.relationships).filter(
    ([, { attribute }]) => attribute !== undefined && Object.hasOwn(write.schema.shape, attribute),
  );
  return object(
    {
      data: object(
        {
          type: { const: resource.type },
          ...(withId && { id: text }),
          attributes: schemaOf(write.schema, 'input'),
          ...(linkable.length > 0 && {
            relationships: object(
              Object.fromEntries(
                linkable.map(([name, one]) => [name, object({ data: linkageSchema(one) }, ['data'])]),
              ),
              [],
              { description: 'Instead of the attributes that end in _id and _ids.' },
            ),
          }),
        },
        ['type'],
      ),
    },
    ['data'],
  );
}
