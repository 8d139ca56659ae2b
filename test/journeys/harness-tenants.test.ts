import { afterEach, beforeEach, expect, test } from 'vitest';
import { createConnection } from '../../src/usecases/connections/add-connection.ts';
import {
  getConnection,
  listConnections,
  pauseConnection,
  removeConnection,
  testConnection,
  updateConnection,
} from '../../src/usecases/connections/manage-connections.ts';
import { createToken } from '../../src/usecases/tokens/manage-tokens.ts';
import { type Account, connect, startAccount } from '../helpers/harness-accounts.ts';
import { operatorOf, startInstalled, type TwoWorlds } from '../helpers/installs.ts';
import { ok } from '../helpers/principals.ts';
import { ACME, BOT } from '../helpers/world.ts';

let worlds: TwoWorlds;
let globex: Account;
beforeEach(async () => {
  worlds = await startInstalled();
  await worlds.load(ACME);
  globex = await startAccount(worlds, 'globex');
});
afterEach(async () => {
  await worlds.close();
  await globex.harness.close();
});

const context = () => worlds.app.context;

test('what one organization is connected to, the other is not: 403, and its accounts are not named', async () => {
  await connect(worlds, globex, { organizationId: worlds.beta });
  const { status, body } = await worlds.post('deploy-to-production', globex.webhook('run1'));
  expect(status).toBe(403);
  expect(body.message).toContain('Connected: acme.');
});

test('an admin of one neither sees nor touches the other’s', async () => {
  const connection = await connect(worlds, globex, { organizationId: worlds.beta });
  const acme = operatorOf(worlds.acme);
  const { id, name } = connection;
  const answers = [
    await getConnection(context(), acme, { id }),
    await getConnection(context(), acme, { name }),
    await pauseConnection(context(), acme, id, ''),
    await updateConnection(context(), acme, id, { name: 'mine' }),
    await testConnection(context(), acme, id),
    await removeConnection(context(), acme, id),
  ];
  for (const answer of answers) expect(answer).toEqual({ ok: false, refusal: { kind: 'not_found' } });
  const names = ok(await listConnections(context(), acme)).rows.map((one) => one.name);
  expect(names).toEqual(['environment']);
});

test('both connect the same account, each with a key of its own: one dies, the other goes on', async () => {
  await connect(worlds, globex);
  const apiKey = 'sat.globex.token.the-key-of-beta';
  globex.harness.addPrincipal({ ...BOT, apiKey });
  const wanted = {
    name: 'globex',
    account: 'globex',
    baseUrl: globex.harness.url,
    pathPrefix: '/gateway',
    apiKey,
  };
  const ofBeta = ok(await createConnection(context(), operatorOf(worlds.beta), wanted));
  const line = await context()
    .db.selectFrom('audit_events')
    .selectAll()
    .where('subject_type', '=', 'harness_connection')
    .where('subject_id', '=', String(ofBeta.id))
    .executeTakeFirstOrThrow();
  expect(JSON.parse(line.detail)).toMatchObject({ otherOrganizations: 1 });

  const holder = { machine: 'beta-ci-2', ownerEmail: 'ivy@beta.io' };
  const scope = { events: null, pipelines: null, mayChoosePolicy: false };
  const { secret } = ok(
    await createToken(context(), operatorOf(worlds.beta), { holder, role: 'pipeline', name: null, scope }),
  );
  globex.harness.removePrincipal(apiKey);
  const seen = globex.harness.requests.length;
  await globex.ask('run1', { token: secret, event: 'ship' });
  // Whoever knocks at this port because a bot of another test had it asks for no path of Harness's.
  const asked = globex.harness.requests.slice(seen).filter(({ path }) => path.startsWith('/gateway/'));
  const keys = new Set(asked.map(({ headers }) => headers['x-api-key']));
  expect(keys).toEqual(new Set([apiKey]));
  expect(
    ok(await getConnection(context(), operatorOf(worlds.beta), { id: ofBeta.id })).unhealthyBecause,
  ).not.toBeNull();
  // Nobody had met Ivy in chat yet: the first probe finds her, the next tells her nothing new.
  for (let minute = 0; minute < 10; minute += 1) await worlds.pass(60_000);
  const told = worlds.betaTeam.messagesOf('U0IVY').filter(({ text }) => text.includes('Harness connection'));
  expect(told).toHaveLength(1);

  await globex.ask('run2');
  await worlds.press('alice', 'approve');
  await worlds.settle();
  expect(globex.harness.effects).toHaveLength(1);
  expect(JSON.stringify(worlds.slack.messagesOf('U0ADA'))).not.toContain('Harness connection');
});
