import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createEncryption } from '../../src/encryption.ts';
import { reencryptValues } from '../../src/usecases/organizations/reencrypt-values.ts';
import { startInstalled, type TwoWorlds } from '../helpers/installs.ts';
import { envOf, runCli } from './run-cli.ts';

const key = (byte: number) => Buffer.alloc(32, byte).toString('base64');
const NEW = key(9);

let world: TwoWorlds;
beforeEach(async () => {
  world = await startInstalled();
});
afterEach(() => world.close());

const rotate = (keys: readonly string[], ...args: string[]) =>
  runCli('rotate-key', args, { ...envOf(world), ENCRYPTION_KEY: keys.join(',') });
const oldKeys = () => world.config.encryptionKeys;
const values = async () => {
  const { db } = world.app.context;
  const { rows } = await sql<{ value: string }>`select bot_token as value from slack_installations
    union all select api_key from harness_connections where api_key is not null`.execute(db);
  return rows.map(({ value }) => value);
};

test('a new key first: --check says the old one is needed, then it is not', async () => {
  const [old = ''] = oldKeys();
  const both = [NEW, old];
  const before = await values();
  const needed = await rotate(both, '--check');
  expect(needed).toEqual({
    code: 1,
    out: '0 values are under the first key.\n',
    err: expect.stringMatching(/^4 values are still under the key [0-9a-f]{16}\.\n$/),
  });
  expect(await values()).toEqual(before);
  expect(await rotate(both)).toEqual({
    ...{ code: 0, err: '' },
    out: '4 values are brought under the first key.\n4 values are under the first key.\nKeys after the first can be dropped from ENCRYPTION_KEY.\n',
  });
  expect(await rotate([NEW], '--check')).toMatchObject({ code: 0 });
  expect((await rotate(both)).out).toMatch(/^0 values are brought/);
  expect((await values()).every((value) => value.startsWith(createEncryption([NEW]).prefix!))).toBe(true);
});

test('without the old key nothing is touched, and what is missing is named', async () => {
  const before = await values();
  const said = await rotate([NEW]);
  expect(said).toMatchObject({
    code: 1,
    err: expect.stringContaining('4 could not be read: put back the keys'),
  });
  expect(await values()).toEqual(before);
  expect(await rotate([])).toMatchObject({
    code: 1,
    err: expect.stringContaining('ENCRYPTION_KEY is not set'),
  });
  expect(await rotate([NEW], 'now')).toMatchObject({ code: 1, err: expect.stringContaining('no option') });
});

test('ended at any value, everything can be read by both keys, and a repetition finishes it', async () => {
  const [old = ''] = oldKeys();
  const { context } = world.app;
  for (let after = 0; after < 4; after += 1) {
    // Each round begins under a key of its own.
    const next = key(20 + after);
    const keys = [next, ...Array.from({ length: after }, (_, nth) => key(20 + nth)), old];
    const encryption = createEncryption(keys);
    let left = after;
    const killed = {
      ...encryption,
      encrypt(text: string, place: string) {
        if (left === 0) throw new Error('killed');
        left -= 1;
        return encryption.encrypt(text, place);
      },
    };
    await expect(reencryptValues(context, killed)).rejects.toThrow('killed');
    const renewed = (await values()).filter((value) => value.startsWith(encryption.prefix!));
    expect(renewed).toHaveLength(after);
    expect(await reencryptValues(context, encryption)).toEqual({ renewed: 4 - after, unreadable: 0 });
  }
});

test('beside a running bot that knows both keys: what it does next is done with the values as they are now', async () => {
  const [old = ''] = oldKeys();
  // The bot knows the new key from its start.
  await world.close();
  world = await startInstalled({ env: { ENCRYPTION_KEY: `${old},${NEW}` } });
  await world.askBeta('run1');
  expect(await rotate([NEW, old])).toMatchObject({ code: 0 });
  await world.askBeta('run2');
  expect(await rotate([NEW], '--check')).toMatchObject({ code: 0 });
  expect(world.betaTeam.messagesOf('U0ALICE').length).toBeGreaterThanOrEqual(2);
});
