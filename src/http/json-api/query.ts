import type { ListQuery } from '../../usecases/managing/managing.ts';
import { type ApiError, ApiFailure, badParameter } from './api-error.ts';
import { readFilters } from './filters.ts';
import { type IncludeTree, readInclude } from './include-tree.ts';
import { parseQueryParams, type QueryParam } from './query-params.ts';
import { type AnyResource, named, type Registry } from './resource.ts';

export const PAGE_SIZE = 30;
export const PAGE_SIZE_MAX = 200;
const PAGE_NUMBER_MAX = 1_000_000;
const SORTS_MAX = 5;

/** What a query asks of the answer's shape: for every request that answers with resources. */
export interface Shape {
  include: IncludeTree | null;
  /** `fields[TYPE]`: the members to show; a type that is not named shows all. */
  fields: ReadonlyMap<string, ReadonlySet<string>>;
}

export interface ReadQuery extends Shape {
  list: ListQuery;
  /** Everything but the page, as sent: page links keep it. */
  kept: readonly QueryParam[];
}

/** Which families a request takes; any other parameter is 400 (JSON:API 1.1 "Query Parameters"). */
export type Families = readonly ('filter' | 'sort' | 'page' | 'include' | 'fields')[];

export const LIST_FAMILIES: Families = ['filter', 'sort', 'page', 'include', 'fields'];
export const SHAPE_FAMILIES: Families = ['include', 'fields'];

/** Reads and checks the whole query; throws 400 with every problem and its source.parameter. */
export function readQuery(
  registry: Registry,
  resource: AnyResource,
  url: string,
  families: Families,
): ReadQuery {
  const params = parseQueryParams(url);
  const errors: ApiError[] = [];
  const of = (family: string) => params.filter((param) => param.family === family);
  for (const param of params)
    if (!families.some((family) => family === param.family))
      errors.push(badParameter(param.name, unknownWords(resource, param)));
  const take = (family: Families[number]) => (families.includes(family) ? of(family) : []);

  const query: ReadQuery = {
    list: {
      filters: readFilters(resource, take('filter'), errors),
      sort: readSort(resource, single('sort', take('sort'), errors), errors),
      page: readPage(take('page'), errors),
    },
    include: readInclude(registry, resource, single('include', take('include'), errors), errors),
    fields: readFields(registry, take('fields'), errors),
    kept: params.filter((param) => param.family !== 'page'),
  };
  if (errors.length > 0) throw new ApiFailure(errors.slice(0, 20));
  return query;
}

/** Contract §1.10 #2: the seed's "URI Parameters" of POST are body attributes. */
function unknownWords(resource: AnyResource, param: QueryParam): string {
  const writable = { ...resource.create?.schema.shape, ...resource.update?.schema.shape };
  return named(writable, param.family) === undefined
    ? 'This parameter is not known here.'
    : `${param.family} is an attribute: send it in the body, not in the address.`;
}

function single(family: string, params: readonly QueryParam[], errors: ApiError[]): string | null {
  const [first, ...more] = params;
  if (!first) return null;
  const odd = params.find((param) => param.keys.length > 0) ?? more[0];
  if (odd) errors.push(badParameter(odd.name, `Give ${family} once, as a list by comma.`));
  return first.value;
}

function readSort(resource: AnyResource, value: string | null, errors: ApiError[]): ListQuery['sort'] {
  if (value === null || value.trim() === '') return resource.defaultSort ?? [];
  const fields = value.split(',').map((field) => field.trim());
  if (fields.length > SORTS_MAX) errors.push(badParameter('sort', `Sort by at most ${SORTS_MAX} fields.`));
  return fields.slice(0, SORTS_MAX).map((text) => {
    const descending = text.startsWith('-');
    const field = descending ? text.slice(1) : text;
    if (!resource.sorts.includes(field))
      errors.push(
        badParameter(
          'sort',
          `Cannot sort by '${field.slice(0, 100)}': there is ${resource.sorts.join(', ') || 'no sort here'}.`,
        ),
      );
    return { field, descending };
  });
}

function readPage(params: readonly QueryParam[], errors: ApiError[]): ListQuery['page'] {
  const page = { number: 1, size: PAGE_SIZE };
  const seen = new Set<string>();
  for (const { name, keys, value } of params) {
    const [key = '', ...more] = keys;
    if ((key !== 'number' && key !== 'size') || more.length > 0) {
      errors.push(badParameter(name, 'Pages are asked for by page[number] and page[size].'));
      continue;
    }
    const most = key === 'size' ? PAGE_SIZE_MAX : PAGE_NUMBER_MAX;
    const number = /^[0-9]{1,9}$/.test(value) ? Number(value) : 0;
    if (seen.has(key)) errors.push(badParameter(name, 'Give this parameter once.'));
    else if (number < 1 || number > most)
      errors.push(badParameter(name, `The value must be a whole number from 1 to ${most}.`));
    seen.add(key);
    page[key] = number;
  }
  return page;
}

function readFields(
  registry: Registry,
  params: readonly QueryParam[],
  errors: ApiError[],
): Map<string, ReadonlySet<string>> {
  const fields = new Map<string, ReadonlySet<string>>();
  for (const { name, keys, value } of params) {
    const type = keys[0] ?? '';
    const resource = registry.get(type);
    if (!resource || keys.length !== 1 || fields.has(type)) {
      errors.push(badParameter(name, 'Fields are asked for once per type, as fields[TYPE]=a,b.'));
      continue;
    }
    const names = value.split(',').flatMap((field) => field.trim() || []);
    const unknown = names.find(
      (field) => !named(resource.attributes, field) && !named(resource.relationships, field),
    );
    if (unknown !== undefined)
      errors.push(badParameter(name, `'${unknown.slice(0, 100)}' is no field of ${type}.`));
    fields.set(type, new Set(names));
  }
  return fields;
}
