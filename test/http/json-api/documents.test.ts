import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Harbour, openHarbour } from './harbour.ts';

let harbour: Harbour;
beforeAll(async () => {
  harbour = await openHarbour();
});
afterAll(() => harbour.server.close());

const NOT_INCLUDED = { meta: { included: false } };
const ORGANIZATION = { data: { type: 'organizations', id: '7' } };
const address = 'https://harbour.example/api/v2/boats';

test('a single document has data and meta alone, in the seed’s shape', async () => {
  expect((await harbour.ask('GET', '/boats/1')).text).toBe(
    JSON.stringify({
      data: {
        id: '1',
        type: 'boats',
        attributes: { name: 'Ada', length: 9 },
        relationships: { organization: ORGANIZATION, captain: NOT_INCLUDED, crew: NOT_INCLUDED },
      },
      meta: {},
    }),
  );
});

test('a list has links and meta as in the seed', async () => {
  const { body } = await harbour.ask('GET', '/boats');
  expect(Object.keys(body)).toEqual(['data', 'links', 'meta']);
  expect(body.links).toEqual({
    first: `${address}?page%5Bnumber%5D=1&page%5Bsize%5D=30`,
    last: `${address}?page%5Bnumber%5D=1&page%5Bsize%5D=30`,
  });
  expect(body.meta).toEqual({
    current_page: 1,
    total_pages: 1,
    total_count: 3,
    page_size: 30,
    max_page_size: 200,
  });
});

test('page links keep the rest of the query and lead through all pages', async () => {
  const seen: string[] = [];
  let url: string | undefined = '/boats?filter[id]=1,2,3&sort=-id&page[size]=1';
  while (url !== undefined) {
    const { body } = await harbour.ask('GET', url);
    seen.push(body.data[0].id);
    url = body.links.next?.replace('https://harbour.example/api/v2', '');
  }
  expect(seen).toEqual(['1', '2', '3']);
  const { body } = await harbour.ask(
    'GET',
    '/boats?filter[id]=1,2,3&include=crew&page[size]=1&page[number]=2',
  );
  const kept = 'filter%5Bid%5D=1%2C2%2C3&include=crew';
  expect(body.links).toEqual({
    first: `${address}?${kept}&page%5Bnumber%5D=1&page%5Bsize%5D=1`,
    last: `${address}?${kept}&page%5Bnumber%5D=3&page%5Bsize%5D=1`,
    prev: `${address}?${kept}&page%5Bnumber%5D=1&page%5Bsize%5D=1`,
    next: `${address}?${kept}&page%5Bnumber%5D=3&page%5Bsize%5D=1`,
  });
});

test('a page beyond the last is empty and leads back', async () => {
  const { status, body } = await harbour.ask('GET', '/boats?page[number]=9');
  expect([status, body.data, body.links.next]).toEqual([200, [], undefined]);
  expect(body.links.prev).toContain('page%5Bnumber%5D=1');
});

describe('include', () => {
  test('two levels, each resource once, every one linked to', async () => {
    const { body } = await harbour.ask('GET', '/boats?include=captain,crew.mentor&filter[id]=1,2');
    const ids = body.included.map((one: { type: string; id: string }) => `${one.type}/${one.id}`);
    expect(ids.sort()).toEqual(['sailors/1', 'sailors/2', 'sailors/3']);
    expect(body.data[0].relationships).toEqual({
      organization: ORGANIZATION,
      captain: { data: { type: 'sailors', id: '1' } },
      crew: {
        data: [
          { type: 'sailors', id: '2' },
          { type: 'sailors', id: '3' },
        ],
      },
    });
    const cem = body.included.find((one: { id: string }) => one.id === '3');
    expect(cem.relationships.mentor).toEqual({ data: null });
  });

  test('what was not followed is not shown', async () => {
    const { body } = await harbour.ask('GET', '/boats/1?include=captain');
    expect(body.data.relationships.crew).toEqual(NOT_INCLUDED);
    expect(body.included).toHaveLength(1);
    expect(body.included[0].relationships.mentor).toEqual(NOT_INCLUDED);
  });

  test('an empty value includes nothing, visibly; a primary resource is never included', async () => {
    expect((await harbour.ask('GET', '/boats/1?include=')).body.included).toEqual([]);
    const { body } = await harbour.ask('GET', '/sailors?include=mentor');
    expect(body.included).toEqual([]);
    expect(body.data[0].relationships.mentor).toEqual({ data: { type: 'sailors', id: '2' } });
  });

  test('the organization, and after a write too', async () => {
    const body = { data: { type: 'boats', attributes: { name: 'Ada' } } };
    const answer = await harbour.ask('PATCH', '/boats/1?include=organization', { body });
    expect(answer.body.included).toEqual([
      { id: '7', type: 'organizations', attributes: { name: 'Harbour' } },
    ]);
  });
});

test('sparse fieldsets show the named members only', async () => {
  const { body } = await harbour.ask(
    'GET',
    '/boats/1?fields[boats]=name,captain&fields[sailors]=&include=captain',
  );
  expect(body.data.attributes).toEqual({ name: 'Ada' });
  expect(Object.keys(body.data.relationships)).toEqual(['captain']);
  expect(body.included).toEqual([{ id: '1', type: 'sailors', attributes: {} }]);
});
