import type { Managed, ManageRefusal } from '../../usecases/managing/managing.ts';
import { type ApiError, ApiFailure, conflict, forbidden, invalidAttribute, notFound } from './api-error.ts';
import { type AnyResource, named } from './resource.ts';
import { sourceOf } from './write-document.ts';

/** The value of what a use case did; throws the error document of its refusal. */
export function granted<T>(
  managed: Managed<T>,
  resource: AnyResource,
  pointers: ReadonlyMap<string, string> = new Map(),
): T {
  if (managed.ok) return managed.value;
  throw new ApiFailure(errorsOf(managed.refusal, resource, pointers));
}

function errorsOf(
  refusal: ManageRefusal,
  resource: AnyResource,
  pointers: ReadonlyMap<string, string>,
): ApiError[] {
  switch (refusal.kind) {
    case 'not_found':
      return [notFound()];
    case 'forbidden':
      return [forbidden(refusal.why)];
    case 'conflict':
      return [conflict(refusal.why)];
    case 'invalid':
      return refusal.problems.map(({ field, attribute, detail }) => {
        const place = attribute ?? named(resource.relationships, field)?.attribute ?? field;
        return invalidAttribute(sourceOf(resource, pointers, place, [], field), detail);
      });
  }
}
