import type { Principal } from '../../usecases/managing/managing.ts';
import { ApiFailure, badParameter } from './api-error.ts';
import type { IncludeTree } from './include-tree.ts';
import { pageOf } from './page-links.ts';
import type { ReadQuery, Shape } from './query.ts';
import { PAGE_SIZE_MAX } from './query.ts';
import type { AnyResource, Registry } from './resource.ts';
import { type Found, type ResourceObject, serialize } from './serialize.ts';

const INCLUDED_MAX = 5_000;

/** A single document: `{data, meta: {}}`, and `included` when it was asked for (contract §1.10 #17). */
export async function singleDocument(
  registry: Registry,
  principal: Principal,
  resource: AnyResource,
  row: unknown,
  shape: Shape,
) {
  const { data, included } = await compound(registry, principal, resource, [row], shape);
  return { data: data[0]!, ...(included && { included }), meta: {} };
}

/** A list: data, links, meta as in the seed's list; `address` is its absolute URL without a query. */
export async function listDocument(
  registry: Registry,
  principal: Principal,
  resource: AnyResource,
  page: { rows: readonly unknown[]; total: number },
  query: ReadQuery,
  address: string,
) {
  const { data, included } = await compound(registry, principal, resource, page.rows, query);
  return { data, ...(included && { included }), ...pageOf(address, query, page.total) };
}

/** Follows the include tree level by level; every resource appears once (JSON:API 1.1 "Compound Documents"). */
async function compound(
  registry: Registry,
  principal: Principal,
  resource: AnyResource,
  rows: readonly unknown[],
  shape: Shape,
): Promise<{ data: ResourceObject[]; included: ResourceObject[] | null }> {
  const all = new Map<string, Found>();
  const primary = rows.map((row) => meet(all, resource, row));
  const isPrimary = new Set(primary);
  if (shape.include) await follow(registry, principal, all, primary, shape.include);
  return {
    data: primary.map((found) => serialize(found, shape.fields)),
    included:
      shape.include &&
      [...all.values()]
        .filter((found) => !isPrimary.has(found))
        .map((found) => serialize(found, shape.fields)),
  };
}

async function follow(
  registry: Registry,
  principal: Principal,
  all: Map<string, Found>,
  from: readonly Found[],
  tree: IncludeTree,
): Promise<void> {
  for (const [name, branch] of tree) {
    const relationship = from[0]?.resource.relationships[name];
    if (!relationship) continue;
    const target = registry.get(relationship.type)!;
    const found = await relationship.find?.(
      principal,
      from.map(({ row }) => row),
    );
    for (const one of from) {
      const ids = found?.get(String(one.resource.id(one.row))) ?? relationship.ids(one.row);
      one.followed.set(name, [...new Set(ids.map(String))]);
      for (const row of relationship.rows?.(one.row) ?? []) meet(all, target, row);
    }
    const ids = new Set(from.flatMap((one) => one.followed.get(name)!));
    const key = (id: string) => `${target.type} ${id}`;
    const missing = [...ids].filter((id) => !all.has(key(id)));
    if (all.size + missing.length > INCLUDED_MAX)
      throw new ApiFailure([
        badParameter(
          'include',
          `This would include more than ${INCLUDED_MAX} resources: ask for a smaller page.`,
        ),
      ]);
    for (const row of await load(target, principal, missing)) meet(all, target, row);
    const next = [...ids].flatMap((id) => all.get(key(id)) ?? []);
    if (branch.size > 0) await follow(registry, principal, all, next, branch);
  }
}

function meet(all: Map<string, Found>, resource: AnyResource, row: unknown): Found {
  const key = `${resource.type} ${resource.id(row)}`;
  const found = all.get(key) ?? { resource, row, followed: new Map<string, readonly string[]>() };
  all.set(key, found);
  return found;
}

/** The rows of these ids, by the resource's own loader or by its list, a page at a time. */
export async function load(
  resource: AnyResource,
  principal: Principal,
  ids: readonly string[],
): Promise<readonly unknown[]> {
  if (ids.length === 0) return [];
  if (resource.load) return resource.load(principal, ids);
  const rows: unknown[] = [];
  for (let at = 0; at < ids.length; at += PAGE_SIZE_MAX) {
    const values = ids.slice(at, at + PAGE_SIZE_MAX);
    const listed = await resource.list?.(principal, {
      filters: [{ field: 'id', op: 'eq', values }],
      sort: [],
      page: { number: 1, size: values.length },
    });
    if (listed?.ok) rows.push(...listed.value.rows);
  }
  return rows;
}
