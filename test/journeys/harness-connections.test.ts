import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { faultPresets } from '../../src/demo/doubles/harness/fault-presets.ts';
import { submissionOf } from '../../src/store/submissions.ts';
import { createConnection } from '../../src/usecases/connections/add-connection.ts';
import {
  getConnection,
  listConnections,
  pauseConnection,
  removeConnection,
  resumeConnection,
  updateConnection,
} from '../../src/usecases/connections/manage-connections.ts';
import type { HarnessConnection } from '../../src/usecases/harness-ports.ts';
import {
  type Account,
  anotherProcess,
  connect,
  ENCRYPTED,
  postsAt,
  startAccount,
} from '../helpers/harness-accounts.ts';
import { homeButtons, homeWords, openHome } from '../helpers/home.ts';
import { operatorOf } from '../helpers/installs.ts';
import { ok } from '../helpers/principals.ts';
import { ACME, BOT, STAFF, startWorld, type World } from '../helpers/world.ts';

const HOUR = 3_600_000;

let world: World;
let globex: Account;
let connection: HarnessConnection;

beforeEach(async () => {
  world = await startWorld({ env: ENCRYPTED });
  await world.load(ACME);
  globex = await startAccount(world, 'globex');
  connection = await connect(world, globex, { name: 'payments' });
});
afterEach(async () => {
  await world.close();
  await globex.harness.close();
});

const operator = () => operatorOf(world.app.organizationId);
const context = () => world.app.context;
const now = async () => ok(await getConnection(context(), operator(), { id: connection.id }));
const submission = async (id: string) => (await submissionOf(context().db, id))!;

/** Approves the newest card that is on display. */
async function approve() {
  await world.press('alice', 'approve');
  await world.settle();
}

/** Lets time pass in steps, so that every pause of the outbox comes to its end. */
async function live(ms: number, step = 15_000) {
  for (let passed = 0; passed < ms; passed += step) await world.pass(step);
}

/** What ada was told about connections, the oldest first. */
function notices(): string[] {
  return world.slack
    .messagesOf(STAFF.ada)
    .map(({ text }) => text)
    .filter((text) => text.includes('Harness connection'));
}

function revoke() {
  globex.harness.removePrincipal(globex.apiKey);
}

describe('two accounts', () => {
  test('each request is looked at and decided in its own, with its own key', async () => {
    await world.ask('deploy-to-production', 'run1');
    await approve();
    await globex.ask('run2');
    await approve();
    await live(30_000);
    expect([world.harness.effects.length, globex.harness.effects.length]).toEqual([1, 1]);
    expect(globex.keysSeen()).toEqual(new Set([globex.apiKey]));
    const keys = new Set(world.harness.requests.map(({ headers }) => headers['x-api-key']));
    expect(keys).toEqual(new Set([world.config.harness.apiKey]));
    expect(world.words('alice')).toContain('confirmed by Harness');
  });

  test('a webhook of an account that is not connected is 403, naming those that are', async () => {
    const other = world.webhook('run1', { accountIdentifier: 'initech' });
    const { status, body } = await world.post('deploy-to-production', other);
    expect(status).toBe(403);
    expect(body.code).toBe('wrong_account');
    expect(body.message).toContain('Connected: acme, globex.');
  });

  test('R25: a run’s address is shown where it is on the connection’s own host', async () => {
    await globex.ask('run1');
    const shown = JSON.stringify(world.card('alice'));
    expect(shown).toContain(`${globex.harness.url}/ng/account/globex/executions/run1`);
    const elsewhere = globex.webhook('run2', { executionUrl: `${world.harness.url}/ng/account/acme/x` });
    expect((await world.post('deploy-to-production', elsewhere)).status).toBe(202);
    await world.pass(30_000);
    expect(JSON.stringify(world.card('alice'))).not.toContain('/ng/account/acme/x');
  });

  test('one that rests holds up nobody else', async () => {
    revoke();
    await globex.ask('run1');
    expect((await now()).unhealthyBecause).toContain('Token is not valid.');
    await world.ask('deploy-to-production', 'run2');
    await approve();
    await live(30_000);
    expect(world.harness.effects).toHaveLength(1);
  });
});

describe('a key that Harness takes no more', () => {
  test('three decisions wait, one notice is sent, and a new key tells each once, after a restart', async () => {
    for (const run of ['run1', 'run2', 'run3']) await globex.ask(run);
    revoke();
    for (const message of world.cards('alice').slice(-3))
      await world.slack.click(STAFF.alice, { channel: message.channel, ts: message.ts, actionId: 'approve' });
    const before = globex.harness.requests.length;
    await live(20 * 60_000);
    // The storm is what was under way at once; then one probe at 1, 3, 7 and 15 minutes.
    expect(globex.harness.requests.length - before).toBeLessThan(12);
    expect(globex.posts()).toBe(0);
    expect(notices()).toHaveLength(1);
    expect(world.words('alice')).toContain('Harness connection “payments” is paused');

    const another = await anotherProcess(world);
    try {
      const apiKey = 'sat.globex.token.the-next-secret';
      globex.harness.addPrincipal({ ...BOT, apiKey });
      ok(await updateConnection(another.context, operator(), connection.id, { apiKey }));
      for (let step = 0; step < 4; step += 1) {
        world.clock.advance(5_000);
        await another.worker.settle();
      }
      expect(globex.harness.effects).toHaveLength(3);
      expect(globex.posts()).toBe(3);
      expect(notices()).toHaveLength(2);
      expect(notices().at(-1)).toContain('works again');
      expect((await now()).unhealthyBecause).toBeNull();
    } finally {
      await another.stop(1_000);
    }
  });

  test('what another process changes is in force at the next call here', async () => {
    await globex.ask('run1');
    const another = await anotherProcess(world);
    const apiKey = 'sat.globex.token.the-next-secret';
    globex.harness.addPrincipal({ ...BOT, apiKey });
    ok(await updateConnection(another.context, operator(), connection.id, { apiKey }));
    await another.stop(1_000);
    revoke();
    await approve();
    await live(10_000, 2_000);
    expect(globex.harness.effects).toHaveLength(1);
    expect(notices()).toEqual([]);
  });

  test('a POST whose answer was lost is looked for first: told once, not twice', async () => {
    await globex.ask('run1');
    globex.harness.addFault(faultPresets.timeoutAfterCommit);
    await world.press('alice', 'approve');
    await world.settle();
    revoke();
    await live(60_000, 5_000);
    expect((await now()).unhealthyBecause).not.toBeNull();
    globex.harness.addPrincipal({ ...BOT, apiKey: globex.apiKey });
    await live(5 * 60_000);
    expect([globex.posts(), globex.harness.effects.length]).toEqual([1, 1]);
    expect(world.words('alice')).toContain('confirmed by Harness');
  });

  test('two days are not too long: what waited is told when the key is good again', async () => {
    const id = await globex.ask('run1', { timeoutMs: 90 * HOUR });
    revoke();
    await approve();
    await live(48 * HOUR, HOUR);
    expect((await submission(id)).state).toBe('queued');
    globex.harness.addPrincipal({ ...BOT, apiKey: globex.apiKey });
    await live(20 * 60_000);
    expect((await submission(id)).state).toBe('delivered');
    expect(globex.posts()).toBe(1);
  });

  test('a request that comes meanwhile is asked by what its webhook said', async () => {
    revoke();
    await globex.ask('run1');
    expect(world.words('alice')).toContain('Not yet confirmed by Harness');
    globex.harness.addPrincipal({ ...BOT, apiKey: globex.apiKey });
    await live(5 * 60_000);
    expect(world.words('alice')).not.toContain('Not yet confirmed by Harness');
  });

  test('the admin’s Home and /readyz say it', async () => {
    const ready = async () => (await fetch(`${world.url}/readyz`)).json() as Promise<{ checks: object[] }>;
    expect((await ready()).checks).toContainEqual({ name: 'harness', ok: true });
    await world.ask('deploy-to-production', 'run0');
    expect(await openHome(world, STAFF.ada)).not.toContain('Harness connections');
    revoke();
    await globex.ask('run1');
    await world.pass(5_000);
    expect(homeWords(world, STAFF.ada)).toContain('Harness connections ⏸️ payments · paused by itself');
    expect(homeButtons(world, STAFF.ada)).toContain('Show connections');
    expect((await ready()).checks).toContainEqual({
      ...{ name: 'harness', ok: true },
      detail: '1 connection to Harness is paused: decisions wait',
    });
  });
});

describe('a refusal that is not the connection’s', () => {
  test('a permission is missing in one project: that decision stops, the connection goes on', async () => {
    const id = await globex.ask('run1');
    const message =
      'Principal of type SERVICE_ACCOUNT with identifier approvalbot : Missing permission core_pipeline_execute on pipeline';
    globex.harness.addFault({ match: { method: 'POST' }, status: 403, body: { message, code: null } });
    await approve();
    expect(await submission(id)).toMatchObject({
      state: 'dead',
      detail: expect.stringContaining('Missing permission'),
    });
    expect((await now()).unhealthyBecause).toBeNull();
  });

  test('the firewall refuses one call and lets a look through: the connection goes on', async () => {
    const id = await globex.ask('run1');
    globex.harness.addFault(faultPresets.blockedByFirewall);
    await approve();
    expect((await submission(id)).state).toBe('dead');
    expect((await now()).unhealthyBecause).toBeNull();
    expect(notices()).toEqual([]);
  });

  test('the firewall refuses everything: the connection rests, and goes on by itself', async () => {
    const id = await globex.ask('run1');
    const wall = globex.harness.addFault({ status: 403, times: Number.POSITIVE_INFINITY });
    await approve();
    expect((await submission(id)).state).toBe('queued');
    expect((await now()).unhealthyBecause).toContain('allowlist');
    wall.remove();
    await live(5 * 60_000);
    expect((await submission(id)).state).toBe('delivered');
    expect(globex.harness.effects).toHaveLength(1);
  });
});

describe('paused by an admin', () => {
  test('everything waits, and each decision is told once after it goes on', async () => {
    const id = await globex.ask('run1');
    ok(await pauseConnection(context(), operator(), connection.id, 'Harness moves house'));
    const before = globex.harness.requests.length;
    await approve();
    await live(30 * 60_000, 60_000);
    expect(globex.harness.requests.length).toBe(before);
    expect(await submission(id)).toMatchObject({
      ...{ state: 'queued', posts: 0 },
      detail: 'Harness connection “payments” is paused by an admin: Harness moves house',
    });
    expect(notices()).toEqual([]);
    ok(await resumeConnection(context(), operator(), connection.id));
    await live(10_000, 5_000);
    expect([globex.posts(), globex.harness.effects.length]).toEqual([1, 1]);
    expect((await submission(id)).state).toBe('delivered');
  });

  test('the one of the environment can be paused, and neither changed nor removed', async () => {
    const { rows } = ok(await listConnections(context(), operator()));
    const environment = rows.find(({ source }) => source === 'environment')!;
    expect(environment).toMatchObject({ name: 'environment', account: 'acme' });
    for (const refused of [
      await updateConnection(context(), operator(), environment.id, { apiKey: 'sat.acme.x.y' }),
      await removeConnection(context(), operator(), environment.id),
    ])
      expect(refused).toMatchObject({ ok: false, refusal: { kind: 'conflict' } });
    await world.ask('deploy-to-production', 'run1');
    ok(await pauseConnection(context(), operator(), environment.id, ''));
    await approve();
    await live(60_000);
    expect(postsAt(world.harness)).toBe(0);
    ok(await resumeConnection(context(), operator(), environment.id));
    await live(60_000, 5_000);
    expect(world.harness.effects).toHaveLength(1);
  });
});

describe('the environment', () => {
  test('a restart with a good HARNESS_API_KEY lets everything go on at once', async () => {
    const id = await world.ask('deploy-to-production', 'run1');
    world.harness.removePrincipal(world.config.harness.apiKey);
    await approve();
    expect((await submission(id)).state).toBe('queued');
    const apiKey = 'sat.acme.token.the-next-secret';
    world.harness.addPrincipal({ ...BOT, apiKey });
    const restarted = await anotherProcess(world, { harness: { ...world.config.harness, apiKey } });
    await restarted.worker.settle();
    expect((await submission(id)).state).toBe('delivered');
    expect(world.harness.effects).toHaveLength(1);
    await restarted.stop(1_000);
  });

  test('another HARNESS_ACCOUNT_ID is the same connection; one that an admin connected gives way to theirs', async () => {
    const names = async () =>
      ok(await listConnections(context(), operator())).rows.map((one) => [one.name, one.account]);
    const start = async (accountId: string) => {
      const app = await anotherProcess(world, { harness: { ...world.config.harness, accountId } });
      await app.stop(1_000);
      return names();
    };
    expect(await start('initech')).toEqual([
      ['environment', 'initech'],
      ['payments', 'globex'],
    ]);
    expect(await start('globex')).toEqual([['payments', 'globex']]);
    expect(await start('acme')).toEqual([
      ['environment', 'acme'],
      ['payments', 'globex'],
    ]);
  });
});

describe('adding and changing', () => {
  const wanted = () => ({
    ...{ name: 'second', account: 'globex2', baseUrl: globex.harness.url, pathPrefix: '/gateway' },
    apiKey: 'key-without-form',
  });
  const add = (change: object) => createConnection(context(), operator(), { ...wanted(), ...change });

  test.each([
    ['a taken name', { name: 'Payments' }, 'name', 'is taken'],
    ['a reserved name', { name: 'environment' }, 'name', 'means something else'],
    ['a name with a space', { name: 'my own' }, 'name', 'small letters'],
    ['a connected account', { account: 'globex' }, 'account', 'is connected already, as “payments”'],
    [
      'the key of another account',
      { apiKey: 'pat.other.t.s' },
      'account',
      'but the key is of the account other',
    ],
    ['no account', { account: '' }, 'account', 'blank'],
    [
      'R28: the bot itself',
      { baseUrl: 'https://approvals.acme.io/x' },
      'base_url',
      'is the address of this bot',
    ],
    ['http elsewhere', { baseUrl: 'http://harness.example' }, 'base_url', 'must be https'],
    ['a password in the address', { baseUrl: 'https://a:b@harness.example' }, 'base_url', 'plain address'],
    ['a query', { baseUrl: 'https://harness.example/?x=1' }, 'base_url', 'plain address'],
    ['a prefix that climbs', { pathPrefix: '/../x' }, 'path_prefix', 'is not a path'],
    ['a key with a line break', { apiKey: 'a\nb' }, 'api_key', 'holds a space'],
    ['a key that Harness refuses', {}, 'api_key', 'Token is not valid'],
    ['nobody there', { baseUrl: 'http://127.0.0.1:9' }, 'base_url', 'could not be tried'],
    ['no API there', { pathPrefix: '/nowhere' }, 'base_url', 'was refused: There is no approval API'],
  ])('%s is refused by name', async (_what, change, field, words) => {
    const refused = await add(change);
    expect(refused).toMatchObject({
      ok: false,
      refusal: { kind: 'invalid', problems: [{ field, detail: expect.stringContaining(words) }] },
    });
    expect(ok(await listConnections(context(), operator())).total).toBe(2);
  });

  test('a kept key is not sent to another address', async () => {
    const elsewhere = await startAccount(world, 'globex');
    const { url } = elsewhere.harness;
    const refused = await updateConnection(context(), operator(), connection.id, { baseUrl: url });
    expect(refused).toMatchObject({ refusal: { problems: [{ field: 'api_key' }] } });
    expect(elsewhere.harness.requests).toEqual([]);
    const { apiKey } = globex;
    ok(await updateConnection(context(), operator(), connection.id, { baseUrl: url, apiKey }));
    expect((await now()).baseUrl).toBe(url);
    await elsewhere.harness.close();
  });

  test('without ENCRYPTION_KEY nothing is kept, and the remedy is said', async () => {
    const another = await anotherProcess(world, { encryptionKeys: [] });
    const refused = await createConnection(another.context, operator(), wanted());
    expect(refused).toMatchObject({
      refusal: { kind: 'conflict', why: expect.stringContaining('openssl rand -base64 32') },
    });
    await another.stop(1_000);
  });

  test('ENCRYPTION_KEY is lost: the connection rests and says so, and goes on when the key is back', async () => {
    const id = await globex.ask('run1');
    const keyless = await anotherProcess(world, { encryptionKeys: [Buffer.alloc(32, 7).toString('base64')] });
    const before = globex.harness.requests.length;
    await world.press('alice', 'approve');
    await keyless.worker.settle();
    await keyless.stop(1_000);
    expect(globex.harness.requests.length).toBe(before);
    expect((await now()).unhealthyBecause).toContain('ENCRYPTION_KEY no longer holds the key');
    expect((await submission(id)).state).toBe('queued');
    await live(5 * 60_000);
    expect((await submission(id)).state).toBe('delivered');
  });

  test('removed: its key is wiped, and what waits there says what is missing', async () => {
    const id = await globex.ask('run1');
    ok(await pauseConnection(context(), operator(), connection.id, ''));
    await approve();
    const { warnings } = ok(await removeConnection(context(), operator(), connection.id));
    expect(warnings.join(' ')).toContain('1 open request is in the Harness account globex');
    const { db } = context();
    const row = await db
      .selectFrom('harness_connections')
      .selectAll()
      .where('id', '=', connection.id)
      .executeTakeFirstOrThrow();
    expect(row).toMatchObject({ state: 'removed', api_key: null });
    await live(2 * 60_000);
    expect(await submission(id)).toMatchObject({
      ...{ state: 'dead' },
      detail: expect.stringContaining('There is no connection to the Harness account globex.'),
    });
    expect(globex.posts()).toBe(0);
    const again = await connect(world, globex, { name: 'payments' });
    expect(again.id).not.toBe(connection.id);
  });

  test('the key is nowhere but where it belongs: not in the row, the audit or a refusal', async () => {
    const { db } = context();
    const rows = await db.selectFrom('harness_connections').selectAll().execute();
    const lines = await db.selectFrom('audit_events').selectAll().execute();
    expect(JSON.stringify([rows, lines])).not.toContain('secret-for-globex');
    expect(rows.find(({ id }) => id === connection.id)?.api_key).toMatch(/^enc1\./);
    expect(lines.filter(({ subject_type }) => subject_type === 'harness_connection').length).toBeGreaterThan(
      1,
    );
    const refused = await add({ apiKey: 'sat.globex2.t.wrong-secret' });
    expect(JSON.stringify(refused)).not.toContain('wrong-secret');
  });
});
