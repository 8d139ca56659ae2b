import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ACME, email, STAFF, type World } from '../helpers/world.ts';
import { envOf, runCli, type Said, startSharedWorld } from './run-cli.ts';

const EVENT = 'deploy-to-production';
let world: World;

beforeEach(async () => {
  world = await startSharedWorld();
  await world.load(ACME);
});
afterEach(() => world.close());

/** Runs `npm run admin -- …` beside the bot. */
async function admin(...args: string[]): Promise<Said> {
  const calls = { harness: world.harness.requests.length, slack: world.slack.calls.length };
  const said = await runCli('admin', args, envOf(world));
  expect({ harness: world.harness.requests.length, slack: world.slack.calls.length }).toEqual(calls);
  return said;
}

/** The command ran by the machine's clock; the world's own catches up, and the bot pays what is due. */
const catchUp = () => world.pass(30_000);

const done = (out: string): Said => ({ code: 0, out: expect.stringContaining(out) as string, err: '' });
const refused = (err: string): Said => ({ code: 1, out: '', err: expect.stringContaining(err) as string });

describe('the words of the command', () => {
  test('alone it prints its help, without a configuration', async () => {
    const said = await runCli('admin', [], {});
    expect(said).toEqual(done('npm run admin -- reassign ID vacant TO'));
  });

  test('what cannot be meant is refused in words, with the help', async () => {
    const said = await runCli('admin', ['nonsense'], {});
    expect(said).toEqual(refused('There is no command “nonsense”.'));
    expect(said.err).toContain('npm run admin -- requests');
  });

  test('a broken configuration is told whole', async () => {
    const said = await runCli('admin', ['requests'], { PORT: 'x' });
    expect(said).toEqual(refused('PORT is not a port number'));
    expect(said.err).toContain('ADMIN_EMAILS is not set');
  });
});

describe('requests', () => {
  test('an aligned table, newest first, with trouble named; --status and --limit narrow it', async () => {
    expect(await admin('requests')).toEqual(done('No requests yet.'));
    const first = await world.ask(EVENT, 'run1');
    const second = await world.ask('database-migration', 'run2', {
      body: { triggeredByEmail: email('bob') },
    });
    const { out } = await admin('requests');
    const [head, ...rows] = out.trimEnd().split('\n');
    expect(head).toMatch(/^ID +STATUS +WHAT +WHERE +ASKED BY +AGE +TROUBLE$/);
    expect(rows.map((row) => row.slice(0, 26))).toEqual([second, first]);
    expect(rows[0]).toContain('who asked is disputed');
    const column = head!.indexOf('WHAT');
    expect(rows.map((row) => row.slice(column - 2, column + 6))).toEqual(['  Databa', '  Deploy']);

    const limited = await admin('requests', '--limit', '1');
    expect(limited.out).toContain(second);
    expect(limited.out).not.toContain(first);
    await admin('cancel', first);
    const aborted = await admin('requests', '--status', 'aborted');
    expect(aborted.out).toContain(first);
    expect(aborted.out).not.toContain(second);
    expect(await admin('requests', '--status', 'FAILED')).toEqual(done('No request is FAILED.'));
  });
});

describe('show', () => {
  test('tells a repairer everything, and untrusted text stays plain', async () => {
    world.slack.addFault({ method: 'chat.postMessage', slackError: 'user_disabled', user: STAFF.maria });
    const id = await world.ask('database-migration', 'run1', {
      body: { message: 'Adds a column\u001b[31m\nand an index', facts: [{ name: 'Version', value: '1.2' }] },
    });
    await world.press('alice', 'approve');
    await world.settle();
    const { code, out } = await admin('show', id);
    expect(code).toBe(0);
    for (const words of [
      `Request ${id}`,
      'WAITING: Waiting for a decision',
      'Database migration, version 1',
      'Standard policy, requirement all',
      'default / payments',
      'Deploy payments, run 42',
      'dana@acme.io, confirmed by Harness',
      'run1, callback run1-gate',
      `${world.harness.instances[0]!.id}, WAITING`,
      'Adds a column[31m and an index',
      'Version: 1.2',
      'unreachable: This Slack account is deactivated.',
    ])
      expect(out).toContain(words);
    expect(out).not.toContain('\u001b');
    expect(out).toMatch(/Alice <alice@acme\.io> +explicit +approved .+ by slack/);
    expect(out).toMatch(/Maria <maria@acme\.io> +manager +has not voted/);
    expect(out).toMatch(/check_harness +in \d+ (s|min)/);
    expect(out).toMatch(/webhook +opened/);
    expect(out).toMatch(/Maria +approver +slack U0MARIA +unreachable/);
    expect(out).toMatch(/Alice +slack +voted/);
  });

  test('a problem comes with its remedy', async () => {
    const id = await world.ask(EVENT, 'run1', { body: { triggeredByEmail: email('bob') } });
    const { out } = await admin('show', id);
    expect(out).toContain('requester_differs: Harness says dana@acme.io started the run');
    expect(out).toContain(`npm run admin -- release ${id}`);
  });

  test('an id may be cut short while it says which one', async () => {
    const id = await world.ask(EVENT, 'run1');
    expect(await admin('show', id.slice(0, 10))).toEqual(done(`Request ${id}`));
    expect(await admin('show', 'apr_')).toEqual(refused('“apr_” is no request’s id'));
    expect(await admin('show', 'apr_thereisnone')).toEqual(refused('There is no request apr_thereisnone'));
    const { db } = world.app.context;
    for (const twin of ['apr_twin-one', 'apr_twin-two']) {
      const row = await db
        .selectFrom('approval_requests')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirstOrThrow();
      const number = twin === 'apr_twin-one' ? 901 : 902;
      await db
        .insertInto('approval_requests')
        .values({ ...row, id: twin, number, execution_id: twin })
        .execute();
    }
    expect(await admin('cancel', 'apr_twin')).toEqual(refused('More than one request begins with apr_twin'));
  });
});

describe('repairs go through the use cases, as a person', () => {
  test('reassign gives a place away: the old vote is void, the new approver gets a card', async () => {
    const id = await world.ask('database-migration', 'run1');
    await world.press('bob', 'approve');
    await world.settle();
    expect(await admin('reassign', id, 'Bob@acme.io', email('carol'))).toEqual(done(`in ${id}, by Ada`));
    await catchUp();
    expect(world.words('carol')).toContain('Waiting for your decision');
    const { out } = await admin('show', id);
    expect(out).toMatch(/Carol <carol@acme\.io> +reassigned +has not voted/);
    expect(out).toContain('does not count: the place was given to somebody else');
    expect(out).toMatch(/Ada +cli +reassign/);
  });

  test('reassign fills a vacant place by the word “vacant”', async () => {
    await world.load(ACME.replace(', manager: maria@acme.io', ''));
    await world.load(ACME.replace(', manager: maria@acme.io', ', manager: null'));
    const id = await world.ask('database-migration', 'run1');
    expect((await admin('show', id)).out).toContain(`npm run admin -- reassign ${id} vacant`);
    expect(await admin('reassign', id, 'vacant', email('carol'))).toEqual(done(id));
    await catchUp();
    for (const name of ['alice', 'bob', 'carol'] as const) await world.press(name, 'approve');
    await world.settle();
    expect(world.harness.effects).toHaveLength(1);
  });

  test('R16: refusals are the product’s own sentences, and audited', async () => {
    const id = await world.ask(EVENT, 'run1');
    const to = (who: string, ...as: string[]) => admin('reassign', id, email('bob'), who, ...as);
    expect(await to(email('ada'))).toEqual(refused('You asked for this, hold a place in it'));
    expect(await to(email('carol'), '--as', email('sam'))).toEqual(
      refused('Only an admin of Countersign can do this.'),
    );
    expect(await to(email('alice'))).toEqual(refused('Alice already holds a place in this request.'));
    expect(await to('nobody@acme.io')).toEqual(refused('Nobody here has the e-mail address nobody@acme.io'));
    expect(await to(email('carol'), '--as', 'who@acme.io')).toEqual(
      refused('Nobody here has the e-mail address who@acme.io'),
    );
    expect(await admin('retry', id)).toEqual(refused('There is nothing to send'));
    expect(await admin('release', id)).toEqual(refused('This request is not on hold.'));
    expect(await admin('choose', id, 'gate')).toEqual(refused('is not waiting for a choice of gate'));
    const { out } = await admin('show', id);
    expect(out).toMatch(/Sam +cli +refused +wanted: reassign, code: admins_only/);
    expect(world.words('bob')).toContain('Waiting for your decision');
  });

  test('retry sends what was not delivered, once', async () => {
    const id = await world.ask(EVENT, 'run1');
    const unauthorized = { message: 'Invalid request: User not authorized to approve/reject', code: null };
    world.harness.addFault({ match: { method: 'POST' }, status: 400, body: unauthorized });
    await world.press('alice', 'approve');
    await world.settle();
    const { out } = await admin('show', id);
    expect(out).toContain('APPROVE: dead, posted 1 time');
    expect(out).toContain(`npm run admin -- retry ${id}`);
    expect((await admin('requests')).out).toContain('not delivered to Harness');
    expect(await admin('retry', id)).toEqual(done('The bot tells Harness again about'));
    await catchUp();
    expect(world.harness.effects).toHaveLength(1);
    expect(await admin('retry', id)).toEqual(
      refused('There is nothing to retry: the submission is delivered.'),
    );
  });

  test('cancel closes here, with the reason on the cards; the requester may, a bystander not', async () => {
    const id = await world.ask(EVENT, 'run1');
    expect(await admin('cancel', id, '--as', email('carol'))).toEqual(refused('Only an admin'));
    expect(await admin('cancel', id, 'wrong', 'branch', '--as', email('dana'))).toEqual(done('by Dana'));
    await catchUp();
    expect(world.words('alice')).toContain('by Dana, wrong branch');
    expect(world.words('alice')).toContain('The pipeline still waits in Harness until');
    expect(world.harness.effects).toEqual([]);
    expect(await admin('cancel', id)).toEqual(refused('already cancelled'));
  });

  test('release lets a held request go on', async () => {
    const id = await world.ask(EVENT, 'run1', { body: { triggeredByEmail: email('bob') } });
    expect(world.card('alice')).toBeUndefined();
    expect(await admin('release', id)).toEqual(done('The bot goes on with'));
    await catchUp();
    expect(world.words('alice')).toContain('Waiting for your decision');
  });

  test('choose binds one of several gates (R18)', async () => {
    world.run('run1');
    const { body } = await world.post(EVENT, world.webhook('run1', { callbackId: '' }));
    const id = body.id as string;
    const first = world.reach('run1', { callbackId: 'one' });
    world.reach('run1', { callbackId: 'two' });
    await world.pass(25_000);
    expect((await admin('show', id)).out).toContain(`npm run admin -- choose ${id} INSTANCE`);
    expect(await admin('choose', id, first)).toEqual(done('The gate was chosen for'));
    await catchUp();
    await world.slack.click(STAFF.alice, {
      channel: world.card('alice')!.channel,
      ts: world.card('alice')!.ts,
      actionId: 'approve',
    });
    await world.settle();
    expect(world.harness.effects).toMatchObject([{ instanceId: first }]);
  });
});
