import fc from 'fast-check';
import {
  ACTIONS,
  damage,
  documentOf,
  goodDocument,
  id,
  name,
  nasty,
  RELATIONSHIPS,
  sane,
  smallId,
  type,
  WRITABLE,
} from './chaos-documents.ts';

/** One request as a stranger, a broken client or an attacker may send it; every other one is nearly right. */
export interface Shot {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | null;
}

const operator = fc.constantFrom(
  '',
  '[eq]',
  '[not_eq]',
  '[contains]',
  '[gt]',
  '[lt_eq]',
  '[]',
  '[0]',
  '[eq][]',
  '[x]',
);
const filterKey = fc.tuple(name, operator).map(([field, op]) => `filter[${field}]${op}`);
const param = fc.oneof(
  fc.tuple(filterKey, fc.oneof(sane.map(String), nasty)),
  fc.tuple(fc.constant('include'), fc.array(fc.constantFrom(...RELATIONSHIPS), { maxLength: 3 }).map(String)),
  fc.tuple(fc.constant('sort'), fc.oneof(fc.constantFrom('id', '-id', 'name', '-created_at', 'at'), nasty)),
  fc.tuple(
    type.map((of) => `fields[${of}]`),
    fc.array(name, { maxLength: 3 }).map(String),
  ),
  fc.tuple(
    fc.constantFrom('page[number]', 'page[size]', 'page', 'page[__proto__]'),
    fc.oneof(fc.constantFrom('1', '2', '200', '0', '-1', '1000000', '1e3'), nasty),
  ),
  fc.tuple(nasty, nasty),
);
/** Lists as they are asked for. */
const LISTS = [
  ['approval_workflows', 'include=approvers.manager,event&filter[event_id]=1,2'],
  ['approval_workflows', 'filter[approval_policy_id][]=1&sort=-id'],
  ['approval_requests', 'filter[status]=WAITING&include=approval_statuses.approver,decisions,requester'],
  ['approval_requests', 'filter[created_at][gt]=2026-01-01&filter[approver_id]=3'],
  ['approval_statuses', 'filter[status]=pending&include=approver,approval_request'],
  ['people', 'filter[query]=a&sort=-name&include=manager,approval_policy_assignment'],
  ['events', 'filter[name][contains]=de&fields[events]=name,slug'],
  ['audit_events', 'filter[via]=api&include=person&filter[at][gt]=2026-01-01T00:00:00Z'],
  ['approval_policies', 'filter[status]=1'],
  ['approval_policy_assignments', 'include=person,approval_policy'],
  ['api_tokens', 'include=person'],
] as const;
const goodPage = fc.constantFrom('', '&page[size]=1', '&page[number]=2', '&page[number]=999&page[size]=200');

const MEDIA = 'application/vnd.api+json';
const media = fc.oneof(
  { weight: 30, arbitrary: fc.constant(MEDIA) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('application/json', '*/*', 'text/html', `${MEDIA}; charset=utf-8`),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(`${MEDIA}; ext=bulk`, `${MEDIA};profile="a"`, ';', 'a/b;q="', ','),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 20, unit: fc.constantFrom(...'abc/;=," *+q0.\\') }) },
);

/** An address, the method, and the body that goes there. */
interface Aim {
  method: string;
  parts: readonly string[];
  query: string;
  body: unknown;
}

/** What a good client would send, as far as one can know. */
const wellAimed = (requests: readonly string[]): fc.Arbitrary<Aim> => {
  const there = fc.integer({ min: 1, max: 7 }).map(String);
  const placed = (of: fc.Arbitrary<string>) =>
    of.chain((one) =>
      fc.tuple(fc.constant(one), one === 'approval_requests' ? fc.constantFrom(...requests) : there),
    );
  const writable = fc.constantFrom(...WRITABLE);
  const actionable = fc.constantFrom(...Object.keys(ACTIONS));
  const aim = (method: string, parts: readonly string[], body: unknown = null, query = '') => ({
    ...{ method, parts, body, query },
  });
  const people = fc.array(
    smallId.map((one) => ({ type: 'people', id: String(one) })),
    { maxLength: 3 },
  );
  return fc.oneof(
    fc
      .tuple(fc.constantFrom(...LISTS), goodPage)
      .map(([[of, asked], page]) => aim('GET', [of], null, asked + page)),
    placed(type).map(([of, at]) => aim('GET', [of, at])),
    writable.chain((of) => goodDocument(of, true).map((body) => aim('POST', [of], body))),
    placed(writable).chain(([of, at]) => goodDocument(of, false).map((body) => aim('PATCH', [of, at], body))),
    placed(actionable).chain(([of, at]) =>
      fc
        .tuple(fc.constantFrom(...ACTIONS[of]!), fc.option(goodDocument(of, false)))
        .map(([action, body]) => aim('PATCH', [of, at, action], body)),
    ),
    fc
      .tuple(
        fc.constantFrom('GET', 'POST', 'PATCH', 'DELETE'),
        smallId,
        fc.constantFrom('approvers', 'subscribers'),
        people,
      )
      .map(([method, at, part, data]) =>
        aim(
          method,
          ['approval_workflows', String(at), 'relationships', part],
          method === 'GET' ? null : { data },
        ),
      ),
    fc.tuple(writable, fc.integer({ min: 4, max: 60 })).map(([of, at]) => aim('DELETE', [of, String(at)])),
  );
};

/** Anything at all. */
const illAimed = (known: fc.Arbitrary<string>): fc.Arbitrary<Aim> =>
  fc
    .record({
      of: fc.oneof({ weight: 9, arbitrary: type }, { weight: 1, arbitrary: nasty }),
      at: fc.option(known),
      action: fc.option(fc.oneof(fc.constantFrom(...Object.values(ACTIONS).flat(), 'relationships'), nasty)),
      method: fc.constantFrom('GET', 'POST', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'PUT'),
      query: fc.array(param, { maxLength: 4 }).map(joined),
    })
    .chain(({ of, at, action, method, query }) =>
      fc.option(documentOf(of, at), { freq: method === 'GET' ? 1 : 9 }).map((body) => ({
        ...{ method, query, body },
        parts: [of, ...(at === null ? [] : [at, ...(action === null ? [] : [action])])],
      })),
    );

/** Shots by these tokens; `extra` ids are of records that are there. */
export function shots(tokens: readonly string[], extra: readonly string[]): fc.Arbitrary<Shot> {
  const token = fc.oneof(
    { weight: 60, arbitrary: fc.constantFrom(...tokens) },
    { weight: 1, arbitrary: fc.string({ maxLength: 30, unit: fc.constantFrom(...'abc=_- ,;"') }) },
  );
  const known = fc.oneof({ weight: 4, arbitrary: id }, { weight: 1, arbitrary: fc.constantFrom(...extra) });
  const odd: fc.Arbitrary<Record<string, string>> = fc.oneof(
    { weight: 20, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.constantFrom('1', '2').map((sent) => ({ 'x-organization-id': sent })) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('Bearer x', 'Basic eDp5').map((authorization) => ({ authorization })),
    },
    { weight: 1, arbitrary: fc.constant({ 'if-match': '*', 'x-http-method-override': 'DELETE' }) },
  );
  const headers = fc
    .record({ token, 'content-type': media, accept: media, odd })
    .map(({ token, odd, ...named }) => ({ 'x-auth-token': token, ...named, ...odd }));
  return fc
    .tuple(
      fc.oneof({ weight: 3, arbitrary: wellAimed(extra) }, { weight: 2, arbitrary: illAimed(known) }),
      damage,
      headers,
    )
    .map(([{ method, parts, query, body }, harm, headers]) => ({
      ...{
        method,
        headers,
        path: `/api/v2/${parts.map(safePart).join('/')}${query === '' ? '' : `?${query}`}`,
      },
      body: body === null ? null : harm(JSON.stringify(body) ?? ''),
    }));
}

function joined(pairs: readonly (readonly [string, string])[]): string {
  return pairs.map(([left, right]) => `${safe(left)}=${safe(right)}`).join('&');
}

function safe(written: string): string {
  return encodeURIComponent(written.toWellFormed());
}

/** No dots alone: they lead out of the API. */
function safePart(written: string): string {
  return safe(written).replace(/^\.+$/, 'dots');
}
