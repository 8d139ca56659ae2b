import { invalidRequest, invalidToken, missingPermission } from './refusal.ts';
import type { Principal } from './types.ts';
import type { World } from './world.ts';

/** One request as the routes see it. Header names are lower case. */
export interface Call {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** Step 1 of §1.2: the owner of the key, or E16. A key of another account is no key here. */
export function authenticate(world: World, call: Call): Principal {
  const owner = world.people.ownerOf(call.headers['x-api-key'] ?? '');
  if (owner === undefined) throw invalidToken();
  const account = accountInQuery(call) ?? accountInHeader(call);
  if (account !== null && account !== world.options.accountId) throw invalidToken();
  return owner;
}

/** Step 3 of §1.2: E17 unless the principal holds the permission on pipelines. */
export function requirePermission(principal: Principal, permission: string): void {
  if (principal.deniedPermissions.includes(permission))
    throw missingPermission(principal.kind, principal.identifier, permission);
}

/** Step 4 of §1.2, v1 only. */
export function requireAccountHeader(call: Call): string {
  const account = accountInHeader(call);
  if (account === null) throw invalidRequest('harnessAccount param value is required');
  return account;
}

/** The other endpoints take the account from the query, or from the header. */
export function requireAccountDetail(call: Call): string {
  const account = accountInQuery(call) ?? accountInHeader(call);
  if (account === null) throw invalidRequest('Account detail is not present in the request');
  return account;
}

/** A query parameter, the empty string being the same as absent. */
export function queryValue(call: Call, name: string): string | null {
  const value = call.query.get(name);
  return value === '' ? null : value;
}

function accountInQuery(call: Call): string | null {
  return queryValue(call, 'accountIdentifier');
}

function accountInHeader(call: Call): string | null {
  const value = call.headers['harness-account'];
  return value === undefined || value === '' ? null : value;
}
