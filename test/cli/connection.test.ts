import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Account, ENCRYPTED, startAccount } from '../helpers/harness-accounts.ts';
import { ACME, BOT, type World } from '../helpers/world.ts';
import { envOf, runCli, type Said, startSharedWorld } from './run-cli.ts';

const refused = (err: string): Said => ({ code: 1, out: '', err: expect.stringContaining(err) as string });

describe('npm run connection, without a configuration', () => {
  test('alone it prints its help', async () => {
    expect(await runCli('connection', [], {})).toMatchObject({ code: 0, err: '' });
  });

  test.each([
    [['nonsense'], 'There is no command “nonsense”.'],
    [['add'], 'Say what to call it: --name payments'],
    [['add', 'payments', 'sat.acme.x.y'], 'name things by options, and never write a key here'],
    [['key', 'payments', 'sat.acme.x.y'], 'and the key on standard input'],
    [['test'], 'Use it so: test NAME'],
    [['list', '--url', 'https://x'], 'go with “add” only'],
    [['test', 'payments', '--yes'], '--yes goes with “remove” only'],
  ])('%j is refused in words', async (args, why) => {
    const said = await runCli('connection', args, {});
    expect(said).toEqual(refused(why));
    expect(said.err).not.toContain('sat.acme.x.y');
  });
});

describe('npm run connection', () => {
  let world: World;
  let globex: Account;
  let folder: string;
  beforeEach(async () => {
    world = await startSharedWorld({ env: ENCRYPTED });
    await world.load(ACME);
    globex = await startAccount(world, 'globex');
    folder = mkdtempSync(join(tmpdir(), 'countersign-key-'));
  });
  afterEach(async () => {
    await world.close();
    await globex.harness.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function connection(args: readonly string[], key?: string): Promise<Said> {
    if (key === undefined || args[0] === 'key') return runCli('connection', args, envOf(world), key);
    const file = join(folder, 'key');
    writeFileSync(file, `${key}\n`);
    return runCli('connection', args, { ...envOf(world), HARNESS_API_KEY_FILE: file });
  }

  test('the whole life of one: added, listed, used by the running bot, paused, given a key, removed', async () => {
    const add = ['add', '--name', 'payments', '--url', globex.harness.url];
    const wrong = await connection(add, 'sat.globex.token.mistyped');
    expect(wrong).toEqual(refused('The key was refused: Harness does not accept'));
    expect(wrong.err).not.toContain('mistyped');
    expect(await connection(add, globex.apiKey)).toEqual({
      ...{ code: 0, err: '' },
      out: '“payments” is connected: Harness takes the key for the account globex.\n',
    });
    const listed = await connection(['list']);
    expect(listed.out).toMatch(/environment +acme .+the environment +in use/);
    expect(listed.out).toMatch(/payments +globex .+an admin +in use/);
    expect(listed.out).not.toContain('secret-for-globex');

    await globex.ask('run1');
    expect((await connection(['pause', 'payments', 'moving', 'house'])).out).toContain(
      '“payments” is paused',
    );
    await world.press('alice', 'approve');
    await world.settle();
    expect(globex.posts()).toBe(0);
    expect((await connection(['list'])).out).toMatch(/payments .+paused by an admin .+moving house/);
    expect((await connection(['resume', 'payments'])).out).toContain('“payments” goes on');
    // Processes go by the machine's clock, the world by its own.
    await world.pass(10 * 60_000);
    expect(globex.harness.effects).toHaveLength(1);

    const tested = await connection(['test', 'payments']);
    expect([tested.code, tested.out]).toEqual([0, expect.stringContaining('✓ Harness “payments”: answers')]);
    const next = 'sat.globex.token.the-next-secret';
    globex.harness.addPrincipal({ ...BOT, apiKey: next });
    expect((await connection(['key', 'payments'], next)).out).toContain('has its new key');
    globex.harness.removePrincipal(next);
    const bad = await connection(['test', 'payments']);
    expect([bad.code, bad.out]).toEqual([1, expect.stringContaining('✗ Harness “payments”: cannot be used')]);

    expect(await connection(['remove', 'payments'])).toEqual(refused('Repeat with --yes'));
    expect((await connection(['remove', 'payments', '--yes'])).out).toContain('is removed');
    expect(await connection(['test', 'payments'])).toEqual(refused('There is no such connection.'));
  });

  test('what cannot be done is said with the remedy', async () => {
    const add = ['add', '--name', 'payments', '--url', globex.harness.url];
    expect(await connection(add)).toEqual(refused('No key came on standard input.'));
    expect(await runCli('connection', add, { ...envOf(world), HARNESS_API_KEY_FILE: '/nowhere' })).toEqual(
      refused('HARNESS_API_KEY_FILE cannot be read (ENOENT)'),
    );
    expect(await connection([...add, '--prefix', '/nowhere'], globex.apiKey)).toEqual(
      refused('The address (--url) was refused'),
    );
    expect(await connection(['remove', 'environment'])).toEqual(refused('set by the environment'));
    expect(await connection(['list', '--organization', 'Nobody'])).toEqual(
      refused('There is no organization'),
    );
  });

  test('doctor looks at it, too', async () => {
    await connection(['add', '--name', 'payments', '--url', globex.harness.url], globex.apiKey);
    const well = await runCli('doctor', [], envOf(world));
    expect(well.out).toContain('✓ Harness “payments” of Acme: answers');
    globex.harness.removePrincipal(globex.apiKey);
    const ill = await runCli('doctor', [], envOf(world));
    expect(ill.out).toMatch(
      /✗ Harness “payments” of Acme: cannot be used.+\/approvals connection key payments/,
    );
    const keyless = await runCli('doctor', [], {
      ...envOf(world),
      ENCRYPTION_KEY: Buffer.alloc(32, 5).toString('base64'),
    });
    expect(keyless.out).toMatch(/✗ Harness “payments” of Acme: ENCRYPTION_KEY no longer holds the key/);
  });
});
