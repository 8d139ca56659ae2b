import type { JsonObject } from '../common/json.ts';
import type { Answer, ApiRequest, Operation } from './api-context.ts';
import { ApiError } from './api-error.ts';
import type { Person } from './setup.ts';
import type { World } from './world.ts';

const USUAL = ['displayName', 'givenName', 'surname', 'mail', 'userPrincipalName', 'id'];
const ON_DEMAND = ['accountEnabled', 'userType'];
const NAMED = new Set(['mail', 'userPrincipalName', 'id']);

const badRequest = (message: string) => new ApiError(400, 'BadRequest', message);

const notFound = (what: string) =>
  new ApiError(
    404,
    'Request_ResourceNotFound',
    `Resource '${what}' does not exist or one of its queried reference-property objects are not present.`,
  );

/** Microsoft Graph, as far as it knows people. https://learn.microsoft.com/graph/api/resources/user */
export class GraphApi {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** What a GET below /graph/v1.0 asks for; undefined when nothing is there. */
  operation({ verb, path, query }: ApiRequest): Operation | undefined {
    const [area, key, relation, ...more] = path;
    if (verb !== 'GET' || area !== 'users' || more.length > 0) return undefined;
    if (key === undefined)
      return { method: 'graph.users', people: [], run: () => this.#consented(() => this.#list(query)) };
    const person = this.#find(key);
    const people = person ? [person.aadObjectId] : [];
    const fields = () => fieldsOf(query);
    if (relation === undefined) {
      const run = () =>
        this.#consented(() => ({ status: 200, body: this.#json(this.#known(key), fields()) }));
      return { method: 'graph.user', people, run };
    }
    if (relation !== 'manager') return undefined;
    const run = () =>
      this.#consented(() => ({ status: 200, body: this.#json(this.#managerOf(this.#known(key)), fields()) }));
    return { method: 'graph.manager', people, run };
  }

  #consented(run: () => Answer): Answer {
    if (this.#world.graphConsent) return run();
    throw new ApiError(
      403,
      'Authorization_RequestDenied',
      'Insufficient privileges to complete the operation.',
    );
  }

  /** By object id or user principal name; a mere mail address is neither. */
  #find(key: string): Person | undefined {
    const name = key.toLowerCase();
    const people = [...this.#world.people.values()].filter((person) => person.tenantId === undefined);
    return people.find(
      (person) =>
        person.aadObjectId.toLowerCase() === name || person.userPrincipalName.toLowerCase() === name,
    );
  }

  #known(key: string): Person {
    const person = this.#find(key);
    if (!person) throw notFound(key);
    return person;
  }

  #managerOf(person: Person): Person {
    const manager = person.manager === undefined ? undefined : this.#find(person.manager);
    if (!manager) throw notFound('manager');
    return manager;
  }

  #list(query: URLSearchParams): Answer {
    const filter = query.get('$filter');
    if (filter === null) throw badRequest('this double lists people by $filter only');
    const wanted = readFilter(filter);
    const fields = fieldsOf(query);
    const found = [...this.#world.people.values()].filter(
      (person) =>
        person.tenantId === undefined && wanted.some(([field, value]) => matches(person, field, value)),
    );
    const top = Number(query.get('$top') ?? 100);
    if (!Number.isInteger(top) || top < 1 || top > 999) throw badRequest('Invalid page size specified.');
    return {
      status: 200,
      body: { '@odata.context': '…#users', value: found.slice(0, top).map((one) => this.#json(one, fields)) },
    };
  }

  #json(person: Person, fields: readonly string[]): JsonObject {
    const [givenName, ...surname] = person.name.split(' ');
    const all: JsonObject = {
      id: person.aadObjectId,
      displayName: person.name,
      givenName,
      surname: surname.join(' ') || null,
      mail: person.email,
      userPrincipalName: person.userPrincipalName,
      accountEnabled: person.enabled !== false,
      userType: person.isGuest ? 'Guest' : 'Member',
    };
    return Object.fromEntries(fields.map((field) => [field, all[field] ?? null]));
  }
}

function fieldsOf(query: URLSearchParams): readonly string[] {
  for (const name of query.keys())
    if (!['$select', '$filter', '$top'].includes(name)) throw badRequest(`this double knows no ${name}`);
  const select = query.get('$select');
  if (select === null) return USUAL;
  const fields = select.split(',').map((field) => field.trim());
  for (const field of fields)
    if (![...USUAL, ...ON_DEMAND].includes(field))
      throw badRequest(`Could not find a property named '${field}' on type 'microsoft.graph.user'.`);
  return fields;
}

/** `a eq '…' or b eq '…'`, a quote in a text being doubled. */
function readFilter(filter: string): [field: string, value: string][] {
  const term = /\s*(\w+) eq '((?:[^']|'')*)'\s*(or\b|$)/y;
  const terms: [string, string][] = [];
  let joint: string | undefined;
  do {
    const found = term.exec(filter);
    const [, field = '', value = ''] = found ?? [];
    joint = found?.[3];
    if (!NAMED.has(field)) throw badRequest('Invalid filter clause');
    terms.push([field, value.replaceAll("''", "'")]);
  } while (joint === 'or');
  if (term.lastIndex < filter.length) throw badRequest('Invalid filter clause');
  return terms;
}

function matches(person: Person, field: string, value: string): boolean {
  const known = { mail: person.email, userPrincipalName: person.userPrincipalName, id: person.aadObjectId };
  return known[field as keyof typeof known]?.toLowerCase() === value.toLowerCase();
}
