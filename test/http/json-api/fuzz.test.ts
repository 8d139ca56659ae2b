import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Harbour, JSON_API, openHarbour } from './harbour.ts';

let harbour: Harbour;
beforeAll(async () => {
  harbour = await openHarbour();
});
afterAll(() => harbour.server.close());

const word = fc.constantFrom(
  ...['id', 'name', 'length', 'captain_id', 'crew_ids', 'crew', 'captain', 'organization', 'type', 'data'],
  ...['filter', 'sort', 'page', 'include', 'fields', 'boats', 'sailors', 'eq', 'gt', 'contains', 'number'],
  ...[
    '__proto__',
    'constructor',
    'toString',
    '',
    '0',
    '1',
    '99',
    '-1',
    '1e9',
    'null',
    '\u0000',
    '\ud800',
    '💥',
  ],
);
const name = fc.oneof({ weight: 4, arbitrary: word }, fc.string({ maxLength: 12, unit: 'binary' }));
const key = fc
  .tuple(name, fc.array(name, { maxLength: 3 }))
  .map(([family, keys]) => family + keys.map((one) => `[${one}]`).join(''));
const query = fc
  .array(
    fc.tuple(
      key,
      fc.oneof(
        name,
        fc.array(name, { maxLength: 4 }).map((all) => all.join(',')),
      ),
    ),
    {
      maxLength: 5,
    },
  )
  .map((pairs) =>
    pairs.length === 0 ? '' : `?${pairs.map(([left, right]) => `${safe(left)}=${safe(right)}`).join('&')}`,
  );
const path = fc.constantFrom(
  ...['/boats', '/boats/1', '/boats/2', '/boats/%00', '/boats/1/rename', '/boats/1/relationships/crew'],
  ...['/sailors', '/sailors/1', '/organizations', '/boats/1/relationships/captain', '/boats/__proto__'],
);
const value = fc.oneof(
  name,
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.array(name, { maxLength: 3 }),
  fc.dictionary(name, name, { maxKeys: 3 }),
);
const identifier = fc.record({
  type: fc.constantFrom('sailors', 'boats', 'x'),
  id: fc.constantFrom('1', '2', '99', 1, 'x'),
});
const members = fc.dictionary(name, value, { maxKeys: 4 });
const body = fc
  .oneof(
    fc.record({
      data: fc.record(
        {
          type: fc.oneof({ weight: 9, arbitrary: fc.constant('boats') }, value),
          id: fc.oneof(fc.constant('1'), value),
          attributes: fc.oneof(members, value),
          relationships: fc.oneof(
            fc.dictionary(
              name,
              fc.record({ data: fc.oneof(identifier, fc.array(identifier, { maxLength: 3 }), value) }),
              { maxKeys: 3 },
            ),
            value,
          ),
        },
        { requiredKeys: [] },
      ),
    }),
    fc.record({ data: fc.array(fc.oneof(identifier, value), { maxLength: 3 }) }),
    fc.anything({ maxDepth: 4 }),
  )
  .map((document) => JSON.stringify(document) ?? 'undefined');
const text = fc.oneof({ weight: 5, arbitrary: body }, fc.string({ unit: 'binary' }));
const header = fc.oneof(
  { weight: 6, arbitrary: fc.constant(JSON_API) },
  fc.constantFrom('application/json', '*/*', '', ';', `${JSON_API};`, `${JSON_API}; ext="a"`, 'a/b;q="'),
  fc.string({ maxLength: 20, unit: fc.constantFrom(...'abc/;=," *+q0.\\') }),
);

test('10,000 requests of any kind: no 5xx, always a document with the media type', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('GET', 'HEAD', 'POST', 'PATCH', 'DELETE', 'PUT', 'OPTIONS'),
      path,
      query,
      fc.option(text),
      header,
      header,
      async (method, at, asked, sent, type, accept) => {
        const before = JSON.stringify([...harbour.boats]);
        const answer = await harbour.server.inject({
          method: method as 'GET',
          url: `/api/v2${at}${asked}`,
          headers: { 'x-auth-token': 'good', accept, 'content-type': type },
          ...(sent !== null && { payload: sent }),
        });
        expect(answer.statusCode).toBeLessThan(500);
        if (answer.statusCode >= 400) expect(JSON.stringify([...harbour.boats])).toBe(before);
        if (answer.body === '') return;
        expect(answer.headers['content-type']).toBe(JSON_API);
        const document = JSON.parse(answer.body) as { data?: unknown; errors?: { status: string }[] };
        if (answer.statusCode < 400) return;
        expect(document.data).toBeUndefined();
        for (const { status } of document.errors!) expect(status).toMatch(/^4\d\d$/);
        harbour.boats.set(1, { id: 1, name: 'Ada', length: 9, captainId: 1, crewIds: [2, 3] });
        for (const id of harbour.boats.keys()) if (id > 3) harbour.boats.delete(id);
      },
    ),
    { numRuns: 10_000 },
  );
}, 120_000);

function safe(written: string): string {
  return encodeURIComponent(written.toWellFormed());
}
