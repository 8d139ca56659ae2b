import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Harbour, openHarbour } from './harbour.ts';

let harbour: Harbour;
beforeEach(async () => {
  harbour = await openHarbour();
});
afterEach(() => harbour.server.close());

const doc = (attributes: object, more: object = {}) => ({ data: { type: 'boats', attributes, ...more } });
const sailor = (id: number | string) => ({ type: 'sailors', id: String(id) });

describe('POST', () => {
  test('201 with Location and the document', async () => {
    const body = doc({ name: 'Dora', captain_id: '1', crew_ids: [2, '2', 3] });
    const answer = await harbour.ask('POST', '/boats?include=crew', { body });
    expect(answer.status).toBe(201);
    expect(answer.headers.location).toBe('https://harbour.example/api/v2/boats/4');
    expect(answer.body.data.relationships.crew.data).toEqual([sailor(2), sailor(3)]);
    expect(harbour.boats.get(4)).toMatchObject({ captainId: 1, crewIds: [2, 3] });
  });

  test.each([
    ['no body', undefined, 400, undefined],
    ['no object', [], 400, ''],
    ['no data', { meta: {} }, 400, ''],
    ['data null', { data: null }, 400, 'data'],
    ['no type', { data: { attributes: {} } }, 400, 'data'],
    ['another type', { data: { type: 'ships' } }, 409, 'data/type'],
    ['an id of its own', doc({ name: 'x' }, { id: '9' }), 403, 'data/id'],
    ['attributes no object', { data: { type: 'boats', attributes: [] } }, 400, 'data/attributes'],
    [
      'a relationship without data',
      doc({ name: 'x' }, { relationships: { captain: {} } }),
      400,
      'data/relationships/captain',
    ],
  ])('%s', async (_, body, status, pointer) => {
    const before = harbour.boats.size;
    const answer = await harbour.ask('POST', '/boats', { body });
    expect(answer.status).toBe(status);
    expect(answer.body.errors[0].source?.pointer).toBe(pointer);
    expect(harbour.boats.size).toBe(before);
  });
});

describe('422', () => {
  test('the seed’s shape: its own pointer, ours in meta', async () => {
    const { status, body } = await harbour.ask('PATCH', '/boats/3', { body: doc({ captain_id: null }) });
    expect(status).toBe(422);
    expect(body).toEqual({
      errors: [
        {
          status: '422',
          code: 'invalid_attribute',
          title: 'Invalid Attribute',
          detail: "can't be blank",
          source: { pointer: 'data/attributes/captain' },
          meta: { pointer: '/data/attributes/captain_id' },
        },
        {
          status: '422',
          code: 'invalid_attribute',
          title: 'Invalid Attribute',
          detail: "crew list can't be empty",
          source: { pointer: 'data/attributes/crew_ids' },
          meta: { pointer: '/data/attributes/crew_ids' },
        },
      ],
    });
  });

  test('everything unknown or malformed is told together', async () => {
    const body = doc({
      colour: 'red',
      captain: 1,
      crew_ids: [1, 'x'],
      length: 'long',
      name: 'a\u0000b',
      'a/b~c': 1,
      '@context': 'ignored',
    });
    const { status, body: answer } = await harbour.ask('PATCH', '/boats/1', { body });
    expect(status).toBe(422);
    expect(
      answer.errors.map((error: { detail: string; meta: { pointer: string } }) => [
        error.meta.pointer,
        error.detail,
      ]),
    ).toEqual([
      ['/data/attributes/colour', 'is no attribute of boats'],
      ['/data/attributes/captain', 'is a relationship: send captain_id, or put it under relationships'],
      ['/data/attributes/name', 'holds characters that are not text'],
      ['/data/attributes/a~1b~0c', 'is no attribute of boats'],
      ['/data/attributes/length', 'must be a whole number'],
      ['/data/attributes/crew_ids/1', 'must be an id: a whole number'],
    ]);
  });

  test('names of every object are unknown attributes like others', async () => {
    const body = `{"data":{"type":"boats","attributes":{"__proto__":1,"constructor":2}}}`;
    const answer = await harbour.ask('PATCH', '/boats/1', { body });
    expect([answer.status, answer.body.errors.length]).toEqual([422, 2]);
  });
});

describe('both ways to write a relationship', () => {
  test('as a relationship', async () => {
    const body = {
      data: {
        type: 'boats',
        id: '1',
        relationships: { captain: { data: sailor(3) }, crew: { data: [sailor(1)] } },
      },
    };
    expect((await harbour.ask('PATCH', '/boats/1', { body })).status).toBe(200);
    expect(harbour.boats.get(1)).toMatchObject({ captainId: 3, crewIds: [1] });
  });

  test('both, alike or not', async () => {
    const relationships = { crew: { data: [sailor(3), sailor(1)] } };
    const alike = doc({ crew_ids: [1, 3] }, { relationships });
    expect((await harbour.ask('PATCH', '/boats/1', { body: alike })).status).toBe(200);
    const different = doc({ crew_ids: [1, 2] }, { relationships });
    const refused = await harbour.ask('PATCH', '/boats/1', { body: different });
    expect(refused.status).toBe(422);
    expect(refused.body.errors[0].meta.pointer).toBe('/data/relationships/crew/data');
  });

  test('the other spelling', async () => {
    expect((await harbour.ask('PATCH', '/boats/1', { body: doc({ crews_ids: [1] }) })).status).toBe(200);
    expect(harbour.boats.get(1)!.crewIds).toEqual([1]);
    const both = doc({ crews_ids: [1], crew_ids: [2] });
    expect((await harbour.ask('PATCH', '/boats/1', { body: both })).status).toBe(422);
  });

  test('linked to nobody: 404; a wrong type: 422', async () => {
    const gone = { relationships: { captain: { data: sailor(99) } } };
    const answer = await harbour.ask('PATCH', '/boats/1', { body: doc({}, gone) });
    expect([answer.status, answer.body.errors[0].meta.pointer]).toEqual([
      404,
      '/data/relationships/captain/data',
    ]);
    const wrong = { relationships: { captain: { data: { type: 'boats', id: '1' } } } };
    expect((await harbour.ask('PATCH', '/boats/1', { body: doc({}, wrong) })).status).toBe(422);
  });

  test('what was read may be sent back', async () => {
    const { body } = await harbour.ask('GET', '/boats/1');
    expect((await harbour.ask('PATCH', '/boats/1', { body })).status).toBe(200);
    const foreign = { relationships: { organization: { data: { type: 'organizations', id: '8' } } } };
    expect((await harbour.ask('PATCH', '/boats/1', { body: doc({}, foreign) })).status).toBe(422);
  });
});

test('PATCH: no id is fine, another is 409', async () => {
  expect((await harbour.ask('PATCH', '/boats/1', { body: doc({ name: 'A' }) })).status).toBe(200);
  expect((await harbour.ask('PATCH', '/boats/1', { body: doc({ name: 'B' }, { id: '1' }) })).status).toBe(
    200,
  );
  const other = await harbour.ask('PATCH', '/boats/1', { body: doc({ name: 'C' }, { id: '2' }) });
  expect([other.status, other.body.errors[0].source.pointer]).toEqual([409, 'data/id']);
  expect(harbour.boats.get(1)!.name).toBe('B');
});

test('DELETE: 204, 404, 409, and 200 with warnings', async () => {
  expect(await harbour.ask('DELETE', '/boats/2')).toMatchObject({ status: 204, text: '' });
  expect((await harbour.ask('DELETE', '/boats/2')).status).toBe(404);
  expect((await harbour.ask('DELETE', '/boats/1')).body.errors[0]).toMatchObject({
    status: '409',
    detail: 'Ada is at sea.',
  });
  expect(await harbour.ask('DELETE', '/boats/3')).toMatchObject({
    status: 200,
    body: { meta: { warnings: ['No Cara now.'] } },
  });
});

test('an action, with and without a body', async () => {
  const named = await harbour.ask('PATCH', '/boats/1/rename', { body: doc({ note: 'Zoe' }) });
  expect(named.body.data.attributes.name).toBe('Zoe');
  expect((await harbour.ask('PATCH', '/boats/1/rename')).body.data.attributes.name).toBe('Nameless');
  expect((await harbour.ask('PATCH', '/boats/1/rename', { body: doc({ name: 'x' }) })).status).toBe(422);
});

describe('/relationships/crew', () => {
  const at = '/boats/1/relationships/crew';
  test('read, add, remove, replace', async () => {
    expect((await harbour.ask('GET', at)).body).toEqual({ data: [sailor(2), sailor(3)], meta: {} });
    await harbour.ask('POST', at, { body: { data: [sailor(1), sailor(2)] } });
    expect(harbour.boats.get(1)!.crewIds).toEqual([2, 3, 1]);
    const removed = await harbour.ask('DELETE', at, { body: { data: [sailor(2), sailor(99)] } });
    expect([removed.status, removed.body.data]).toEqual([200, [sailor(3), sailor(1)]]);
    await harbour.ask('PATCH', at, { body: { data: [sailor(2)] } });
    expect(harbour.boats.get(1)!.crewIds).toEqual([2]);
  });

  test('refusals point into the body', async () => {
    const emptied = await harbour.ask('PATCH', at, { body: { data: [] } });
    expect([emptied.status, emptied.body.errors[0].meta.pointer]).toEqual([422, '/data']);
    expect((await harbour.ask('POST', at, { body: { data: [sailor(99)] } })).status).toBe(404);
    expect((await harbour.ask('POST', at, { body: { data: sailor(1) } })).status).toBe(400);
    expect((await harbour.ask('POST', at, { body: { data: ['1'] } })).status).toBe(400);
    expect((await harbour.ask('POST', at)).status).toBe(400);
    expect((await harbour.ask('OPTIONS', at)).headers.allow).toBe('GET, HEAD, POST, PATCH, DELETE, OPTIONS');
  });
});
