import type { Schema } from './openapi-schemas.ts';
import { PAGE_SIZE, PAGE_SIZE_MAX } from './query.ts';
import type { AnyResource, FilterSpec, Registry } from './resource.ts';

const text: Schema = { type: 'string' };

export const idParameter: Schema = { name: 'id', in: 'path', required: true, schema: text };

function inQuery(name: string, description: string, schema: Schema = text): Schema {
  return { name, in: 'query', description, schema };
}

/** include and fields[TYPE]: for every answer that holds resources. */
export function shapeParameters(registry: Registry, resource: AnyResource): Schema[] {
  const paths = includePaths(registry, resource);
  const fields = inQuery(
    `fields[${resource.type}]`,
    'Only these members, by comma; any type that is answered may be named so.',
  );
  if (paths.length === 0) return [fields];
  return [
    inQuery('include', `By comma, two steps at most: ${paths.join(', ')}; each may go one further.`),
    fields,
  ];
}

/** What a list takes. */
export function listParameters(registry: Registry, resource: AnyResource): Schema[] {
  return [
    ...Object.entries(resource.filters).map(([name, spec]) =>
      inQuery(`filter[${name}]`, filterWords(name, spec)),
    ),
    ...(resource.sorts.length > 0
      ? [inQuery('sort', `By comma, - for descending: ${resource.sorts.join(', ')}.`)]
      : []),
    inQuery('page[number]', 'From 1.', { type: 'integer', minimum: 1, default: 1 }),
    inQuery('page[size]', `At most ${PAGE_SIZE_MAX}.`, {
      type: 'integer',
      minimum: 1,
      maximum: PAGE_SIZE_MAX,
      default: PAGE_SIZE,
    }),
    ...shapeParameters(registry, resource),
  ];
}

function includePaths(registry: Registry, resource: AnyResource): string[] {
  return Object.entries(resource.relationships).flatMap(([name, { type }]) =>
    registry.has(type) ? [name] : [],
  );
}

function filterWords(name: string, spec: FilterSpec): string {
  const several = spec.kind === 'text' ? 'as [] or repeated' : 'by comma, as [] or repeated';
  const ops = (spec.ops ?? ['eq']).filter((op) => op !== 'eq');
  return [
    ...(spec.description ? [spec.description] : []),
    `One or several values (${spec.kind}), ${several}.`,
    ...(spec.choices ? [`One of ${spec.choices.join(', ')}.`] : []),
    ...(ops.length > 0 ? [`Also ${ops.map((op) => `filter[${name}][${op}]`).join(', ')}.`] : []),
  ].join(' ');
}
