import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Account, ENCRYPTED, startAccount } from '../helpers/harness-accounts.ts';
import { ACME, BOT, startWorld, type World } from '../helpers/world.ts';
import { type Api, apiAs } from './api-client.ts';

let world: World;
let globex: Account;
let ada: Api;
beforeEach(async () => {
  world = await startWorld({ env: ENCRYPTED });
  await world.load(ACME);
  globex = await startAccount(world, 'globex');
  ada = await apiAs(world, 'ada', 'admin');
});
afterEach(async () => {
  await world.close();
  await globex.harness.close();
});

const payments = () => ({ name: 'payments', base_url: globex.harness.url, api_key: globex.apiKey });

describe('harness_connections', () => {
  test('made, read, changed, paused, tested, removed; the key is written and never read', async () => {
    const made = await ada.create('harness_connections', payments());
    expect(made.status).toBe(201);
    const { id } = made.data;
    expect(made.data.attributes).toMatchObject({
      ...{ name: 'payments', account: 'globex', source: 'stored', state: 'active' },
      ...{ path_prefix: '/gateway', unhealthy_because: null },
    });
    const read = await ada.get(`harness_connections/${id}`);
    const listed = await ada.get('harness_connections');
    expect(listed.list.map((one) => one.attributes.name)).toEqual(['environment', 'payments']);
    const next = 'sat.globex.token.the-next-secret';
    globex.harness.addPrincipal({ ...BOT, apiKey: next });
    const changed = await ada.change('harness_connections', id, { api_key: next, name: 'billing' });
    expect([changed.status, changed.data.attributes.name]).toEqual([200, 'billing']);
    const paused = await ada.act('harness_connections', id, 'pause', { why: 'moving house' });
    expect(paused.data.attributes).toMatchObject({ state: 'paused', paused_because: 'moving house' });
    expect((await ada.act('harness_connections', id, 'resume')).data.attributes.state).toBe('active');
    globex.harness.removePrincipal(next);
    const tested = await ada.act('harness_connections', id, 'test');
    expect(tested.data.attributes.unhealthy_because).toContain('Token is not valid');
    expect(JSON.stringify([made, read, listed, changed, paused, tested])).not.toMatch(/secret/);
    expect((await ada.remove('harness_connections', id)).status).toBe(204);
    expect((await ada.get(`harness_connections/${id}`)).status).toBe(404);
  });

  test('removing one that open requests wait for warns', async () => {
    const { data } = await ada.create('harness_connections', payments());
    await globex.ask('run1');
    const removed = await ada.remove('harness_connections', data.id);
    expect(removed.status).toBe(200);
    expect(JSON.stringify(removed)).toContain('1 open request is in the Harness account globex');
  });

  test('each wrong field has its pointer; what Harness says of the key stands at the key', async () => {
    const wrong = await ada.create('harness_connections', {
      ...{ name: 'My own', account: 'other', base_url: 'http://harness.example', api_key: globex.apiKey },
    });
    expect([wrong.status, wrong.errors.map(({ source }) => source?.pointer)]).toEqual([
      422,
      ['data/attributes/name', 'data/attributes/account', 'data/attributes/base_url'],
    ]);
    const refused = await ada.create('harness_connections', {
      ...payments(),
      api_key: 'sat.globex.token.bad',
    });
    expect(refused.errors).toMatchObject([
      {
        source: { pointer: 'data/attributes/api_key' },
        detail: expect.stringContaining('Token is not valid'),
      },
    ]);
    expect((await ada.create('harness_connections', { name: 'payments' })).status).toBe(422);
  });

  test('admins only: a member neither sees nor changes them', async () => {
    const alice = await apiAs(world, 'alice');
    const answers = [
      await alice.get('harness_connections'),
      await alice.get('harness_connections/1'),
      await alice.create('harness_connections', payments()),
      await alice.change('harness_connections', '1', { name: 'mine' }),
      await alice.act('harness_connections', '1', 'pause'),
      await alice.act('harness_connections', '1', 'test'),
      await alice.remove('harness_connections', '1'),
    ];
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 403));
  });

  test('the environment’s is paused and resumed, and neither changed nor removed', async () => {
    const [environment] = (await ada.get('harness_connections')).list;
    const id = environment!.id;
    expect((await ada.act('harness_connections', id, 'pause')).data.attributes.state).toBe('paused');
    expect((await ada.act('harness_connections', id, 'resume')).data.attributes.state).toBe('active');
    expect((await ada.change('harness_connections', id, { name: 'mine' })).status).toBe(409);
    expect((await ada.remove('harness_connections', id)).status).toBe(409);
  });
});
