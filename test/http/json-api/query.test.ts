import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Harbour, openHarbour } from './harbour.ts';

let harbour: Harbour;
beforeAll(async () => {
  harbour = await openHarbour();
});
afterAll(() => harbour.server.close());

describe('filters', () => {
  test.each([
    'filter[id]=1,2',
    'filter[id][]=1&filter[id][]=2',
    'filter[id][0]=1&filter[id][1]=2',
    'filter[id]=1&filter[id]=2',
    'filter[id][eq]=1,2',
    'filter[id][eq][]=1&filter[id][eq][]=2',
    'filter%5Bid%5D=1%2C2',
    'filter%5Bid%5D%5B%5D=1&filter%5Bid%5D%5B%5D=2',
  ])('%s asks for 1 and 2', async (query) => {
    const answer = await harbour.ask('GET', `/boats?${query}`);
    expect(answer.status).toBe(200);
    expect(harbour.queries.at(-1)!.filters).toEqual([{ field: 'id', op: 'eq', values: ['1', '2'] }]);
    expect(answer.body.data.map((one: { id: string }) => one.id)).toEqual(['1', '2']);
  });

  test('more than twenty ids stay a list', async () => {
    const ids = Array.from({ length: 25 }, (_, index) => `filter[id][${index}]=${index + 1}`);
    await harbour.ask('GET', `/boats?${ids.join('&')}`);
    expect(harbour.queries.at(-1)!.filters[0]!.values).toHaveLength(25);
  });

  test('operators, and text that holds a comma', async () => {
    await harbour.ask('GET', '/boats?filter[name][contains]=Bob, the&filter[built_at][gt]=2026-01-01');
    expect(harbour.queries.at(-1)!.filters).toEqual([
      { field: 'name', op: 'contains', values: ['Bob, the'] },
      { field: 'built_at', op: 'gt', values: ['2026-01-01'] },
    ]);
  });

  test.each([
    'filter[colour]=1',
    'filter[$op]=or',
    'filter[0][id][eq]=1',
    'filter[id][gt]=1',
    'filter=1',
    'filter[constructor]=1',
    'filter[id][eq][x]=1',
  ])('%s is the documented refusal', async (query) => {
    const answer = await harbour.ask('GET', `/boats?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0]).toMatchObject({
      status: '400',
      title: 'Unsupported Filter',
      detail: expect.stringMatching(/^Filter '.*' is not supported on this endpoint$/),
      source: { parameter: query.split('=')[0] },
    });
  });

  test.each([
    'filter[id]=abc',
    'filter[id]=',
    'filter[id]=0',
    'filter[id]=1,',
    'filter[size]=huge',
    'filter[built_at][gt]=tuesday',
    'filter[name]=%00',
    'filter[name]=%ff',
  ])('%s is a wrong value', async (query) => {
    const answer = await harbour.ask('GET', `/boats?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0].source.parameter).toBe(query.split('=')[0]);
  });
});

describe('other parameters', () => {
  test.each([
    ['/boats?colour=red', 'colour'],
    ['/boats?sort=length', 'sort'],
    ['/boats?sort=id&sort=name', 'sort'],
    ['/boats?include=owner', 'include'],
    ['/boats?include=crew.mentor.mentor', 'include'],
    ['/boats?include=crew.__proto__', 'include'],
    ['/boats?page[size]=201', 'page[size]'],
    ['/boats?page[size]=0', 'page[size]'],
    ['/boats?page[number]=x', 'page[number]'],
    ['/boats?page[offset]=1', 'page[offset]'],
    ['/boats?page=1', 'page'],
    ['/boats?fields[ships]=name', 'fields[ships]'],
    ['/boats?fields[boats]=colour', 'fields[boats]'],
    ['/boats?a]b=1', 'a]b'],
    ['/boats/1?filter[id]=1', 'filter[id]'],
    ['/boats/1?page[size]=1', 'page[size]'],
  ])('%s is 400 on %s', async (url, parameter) => {
    const answer = await harbour.ask('GET', url);
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0].source).toEqual({ parameter });
  });

  test('an attribute in the address is told to go into the body', async () => {
    const body = { data: { type: 'boats', attributes: { name: 'x' } } };
    const answer = await harbour.ask('POST', '/boats?captain_id=1', { body });
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0].detail).toContain('send it in the body');
  });

  test('several problems are told together', async () => {
    const answer = await harbour.ask('GET', '/boats?colour=1&sort=x&page[size]=999&filter[q]=1');
    expect(answer.body.errors).toHaveLength(4);
  });

  test('beyond the limits is 400', async () => {
    for (const query of [
      `filter[name]=${'x'.repeat(400)}`,
      `filter[id]=${Array.from({ length: 201 }, (_, index) => index + 1)}`,
      `x=${'y'.repeat(13_000)}`,
      Array.from({ length: 501 }, () => 'a=1').join('&'),
      `include=${Array.from({ length: 21 }, () => 'crew')}`,
    ])
      expect((await harbour.ask('GET', `/boats?${query}`)).status).toBe(400);
  });

  test('sorts arrive in order', async () => {
    await harbour.ask('GET', '/boats?sort=-name,id');
    expect(harbour.queries.at(-1)!.sort).toEqual([
      { field: 'name', descending: true },
      { field: 'id', descending: false },
    ]);
  });
});
