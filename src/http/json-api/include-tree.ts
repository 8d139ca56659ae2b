import { type ApiError, badParameter } from './api-error.ts';
import { type AnyResource, named, type Registry } from './resource.ts';

/** Relationship names to follow, each with what follows from there. */
export type IncludeTree = ReadonlyMap<string, IncludeTree>;

const PATHS_MAX = 20;
const DEPTH_MAX = 2;

/**
 * Reads `include=approvers.manager,event`: null when it was not asked for, an empty tree for an empty value (so that
 * `included` is there, empty). An unknown path is 400 (JSON:API 1.1 "Inclusion of Related Resources").
 */
export function readInclude(
  registry: Registry,
  resource: AnyResource,
  value: string | null,
  errors: ApiError[],
): IncludeTree | null {
  if (value === null) return null;
  const tree: Grown = new Map();
  const paths = value.trim() === '' ? [] : value.split(',').map((path) => path.trim());
  if (paths.length > PATHS_MAX) errors.push(badParameter('include', `Include at most ${PATHS_MAX} paths.`));
  for (const path of paths.slice(0, PATHS_MAX)) {
    const names = path.split('.');
    if (names.length > DEPTH_MAX) {
      errors.push(
        badParameter('include', `'${path.slice(0, 100)}' goes further than ${DEPTH_MAX} relationships.`),
      );
      continue;
    }
    if (!grow(registry, resource, tree, names))
      errors.push(badParameter('include', `'${path.slice(0, 100)}' is no relationship of ${resource.type}.`));
  }
  return tree;
}

type Grown = Map<string, Grown>;

function grow(
  registry: Registry,
  resource: AnyResource | undefined,
  tree: Grown,
  names: readonly string[],
): boolean {
  const [name, ...rest] = names;
  if (name === undefined) return true;
  const relationship = resource && named(resource.relationships, name);
  const target = relationship && registry.get(relationship.type);
  if (!target) return false;
  const branch: Grown = tree.get(name) ?? new Map();
  if (!grow(registry, target, branch, rest)) return false;
  tree.set(name, branch);
  return true;
}
