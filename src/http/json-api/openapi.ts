import { JSON_API } from './negotiation.ts';
import { idParameter, listParameters, shapeParameters } from './openapi-parameters.ts';
import { ref, resourceSchemas, type Schema, sharedSchemas } from './openapi-schemas.ts';
import type { AnyResource, Registry } from './resource.ts';

export interface OpenApiInfo {
  title: string;
  version: string;
  description: string;
  /** Absolute, with /api/v2. */
  server: string;
}

const ERRORS = {
  400: 'The query or the document cannot be read',
  401: 'No valid token',
  403: 'Not allowed',
  404: 'There is no such resource, or it is not yours to see',
  406: 'The answer would not be accepted',
  409: 'In conflict with what there is',
  413: 'The body is larger than 256 KiB',
  415: 'The body is not JSON:API',
  422: 'Attributes are wrong',
  429: 'Too many requests: see Retry-After',
} as const;

type Status = keyof typeof ERRORS;
const READS: readonly Status[] = [400, 401, 403, 404, 406, 429];
const WRITES: readonly Status[] = [400, 401, 403, 404, 406, 409, 413, 415, 422, 429];

/** The OpenAPI 3.1 document of these resources, from the descriptors and schemas that serve them. */
export function openApiDocument(resources: readonly AnyResource[], info: OpenApiInfo): Schema {
  const registry: Registry = new Map(resources.map((one) => [one.type, one]));
  const { title, version, description, server } = info;
  const served = resources.filter((one) => one.list || one.get || one.create);
  return {
    openapi: '3.1.0',
    info: { title, version, description },
    servers: [{ url: server }],
    security: [{ token: [] }, { bearer: [] }],
    tags: served.map((one) => ({ name: one.type, description: one.description })),
    paths: Object.assign({}, ...served.map((one) => pathsOf(registry, one))),
    components: {
      securitySchemes: {
        token: { type: 'apiKey', in: 'header', name: 'X-Auth-Token' },
        bearer: { type: 'http', scheme: 'bearer' },
      },
      schemas: Object.assign({}, sharedSchemas, ...resources.map(resourceSchemas)),
      responses: Object.fromEntries(
        Object.entries(ERRORS).map(([status, words]) => [
          `Error${status}`,
          { description: words, content: { [JSON_API]: { schema: ref('Errors') } } },
        ]),
      ),
    },
  };
}

/** approval_workflows → approval workflows. */
function spoken(type: string): string {
  return type.replaceAll('_', ' ');
}

/** approval_workflows → an approval workflow. */
function singular(type: string): string {
  const words = spoken(type);
  const noun =
    words === 'people'
      ? 'person'
      : words
          .replace(/ies$/, 'y')
          .replace(/statuses$/, 'status')
          .replace(/(?<![us])s$/, '');
  return `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
}

function pathsOf(registry: Registry, resource: AnyResource): Record<string, Schema> {
  const { type, list, get, create, upsert, update, remove } = resource;
  const shape = shapeParameters(registry, resource);
  const one = { ...answered(`${type}_document`), ...refused(WRITES) };
  const paths: Record<string, Schema> = {
    [`/${type}`]: {
      ...(list && {
        get: operation(resource, 'list', `Lists ${spoken(type)}`, {
          parameters: listParameters(registry, resource),
          responses: { ...answered(`${type}_list`), ...refused(READS) },
        }),
      }),
      ...(create && {
        post: operation(resource, 'create', `Creates ${singular(type)}`, {
          parameters: shape,
          requestBody: body(`${type}_create`),
          responses: { ...answered(`${type}_document`, 201), ...refused(WRITES) },
        }),
      }),
      ...(upsert && {
        put: operation(resource, 'put', upsert.summary, {
          parameters: shape,
          requestBody: body(`${type}_put`),
          responses: {
            ...answered(`${type}_document`),
            ...answered(`${type}_document`, 201),
            ...refused(WRITES),
          },
        }),
      }),
    },
    [`/${type}/{id}`]: {
      parameters: [idParameter],
      ...(get && {
        get: operation(resource, 'get', `Reads ${singular(type)}`, {
          parameters: shape,
          responses: { ...answered(`${type}_document`), ...refused(READS) },
        }),
      }),
      ...(update && {
        patch: operation(resource, 'update', `Changes the given members of ${singular(type)}`, {
          parameters: shape,
          requestBody: body(`${type}_update`),
          responses: one,
        }),
      }),
      ...(remove && {
        delete: operation(resource, 'delete', `Deletes ${singular(type)}`, {
          responses: {
            200: {
              description: 'Deleted; meta.warnings says what to look at',
              content: { [JSON_API]: { schema: { type: 'object' } } },
            },
            204: { description: 'Deleted' },
            ...refused([400, 401, 403, 404, 406, 409, 429]),
          },
        }),
      }),
    },
  };
  for (const [name, action] of Object.entries(resource.actions ?? {}))
    paths[`/${type}/{id}/${name}`] = {
      parameters: [idParameter],
      patch: operation(resource, name, action.summary, {
        parameters: shape,
        requestBody: body(`${type}_${name}`, action.schema.safeParse({}).success),
        responses: one,
      }),
    };
  for (const [name, relationship] of Object.entries(resource.relationships)) {
    if (!relationship.endpoint) continue;
    const linkage = `${type}_${name}_linkage`;
    const change = (verb: string, words: string) =>
      operation(resource, `${verb}_${name}`, words, {
        requestBody: body(linkage),
        responses: { ...answered(linkage), ...refused(WRITES) },
      });
    paths[`/${type}/{id}/relationships/${name}`] = {
      parameters: [idParameter],
      get: operation(resource, `get_${name}`, `Reads the ${name}`, {
        responses: { ...answered(linkage), ...refused(READS) },
      }),
      ...(relationship.endpoint.change && {
        patch: change('replace', `Replaces the ${name}`),
        ...(relationship.many && {
          post: change('add', `Adds to the ${name}`),
          delete: change('remove', `Removes from the ${name}`),
        }),
      }),
    };
  }
  return Object.fromEntries(Object.entries(paths).filter(([, path]) => hasOperations(path)));
}

function hasOperations(path: Schema): boolean {
  return Object.keys(path).some((key) => key !== 'parameters');
}

function operation(resource: AnyResource, name: string, summary: string, rest: Schema): Schema {
  return { operationId: `${name}_${resource.type}`, tags: [resource.type], summary, ...rest };
}

function body(schema: string, optional = false): Schema {
  return { required: !optional, content: { [JSON_API]: { schema: ref(schema) } } };
}

function answered(schema: string, status = 200): Schema {
  return {
    [status]: {
      description: status === 201 ? 'Created; Location says where' : 'As it is now',
      content: { [JSON_API]: { schema: ref(schema) } },
    },
  };
}

function refused(statuses: readonly Status[]): Schema {
  return Object.fromEntries(
    statuses.map((status) => [status, { $ref: `#/components/responses/Error${status}` }]),
  );
}
