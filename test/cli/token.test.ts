import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { principalOfSecret } from '../../src/usecases/tokens/principal-of.ts';
import { personId } from '../helpers/principals.ts';
import { ACME, type World } from '../helpers/world.ts';
import { envOf, runCli, type Said, startSharedWorld } from './run-cli.ts';

let world: World;

beforeEach(async () => {
  world = await startSharedWorld();
  await world.load(ACME);
});
afterEach(() => world.close());

const token = (...args: string[]): Promise<Said> => runCli('token', args, envOf(world));

/** The last word of the last line. */
function secretIn(said: Said): string {
  expect(said).toMatchObject({ code: 0, err: '' });
  return said.out.trimEnd().split('\n').at(-1)!.split(' ').at(-1)!;
}

const refused = (err: string): Said => ({ code: 1, out: '', err: expect.stringContaining(err) as string });

describe('npm run token', () => {
  test('alone it prints its help, without a configuration', async () => {
    expect(await runCli('token', [], {})).toMatchObject({ code: 0, err: '' });
  });

  test.each([
    [['nonsense'], 'There is no command “nonsense”.'],
    [['create', '--role', 'member'], '--person EMAIL, or --machine NAME'],
    [['create', '--person', 'a@b.io', '--machine', 'm', '--role', 'member'], '--person EMAIL, or'],
    [['create', '--person', 'a@b.io'], '--role is admin, member or pipeline.'],
    [['create', '--person', 'a@b.io', '--role', 'owner'], '--role is admin, member or pipeline.'],
    [
      ['create', '--person', 'a@b.io', '--owner', 'b@b.io', '--role', 'member'],
      '--owner goes with --machine.',
    ],
    [['create', '--person', 'a@b.io', '--role', 'member', '--events', 'x'], 'go with --role pipeline.'],
    [
      ['create', '--machine', 'm', '--role', 'pipeline', '--pipelines', 'a/b/c'],
      'account/org/project/pipeline',
    ],
    [['create', '--machine', 'm', '--role', 'pipeline', '--events', 'a,,b'], 'empty parts'],
    [['revoke', 'one'], 'Use it so: revoke ID'],
    [['list', '--role', 'admin'], 'Options but --organization go with “create” only.'],
  ])('%j is refused in words', async (args, why) => {
    expect(await runCli('token', args, {})).toEqual(refused(why));
  });

  test('makes a person’s token, told once, as the last word of the last line', async () => {
    const secret = secretIn(await token('create', '--person', 'Alice@acme.io', '--role', 'member'));
    expect(await principalOfSecret(world.app.context, secret)).toMatchObject({
      role: 'member',
      personId: await personId(world, 'alice'),
    });
    const listed = await token('list');
    expect(listed.out).toContain('alice@acme.io');
    expect(listed.out).not.toContain(secret.split('_').slice(2).join('_'));
  });

  test('makes a machine with its owner; the first admin unless told', async () => {
    secretIn(await token('create', '--machine', 'ci', '--role', 'pipeline'));
    secretIn(await token('create', '--machine', 'qa', '--owner', 'bob@acme.io', '--role', 'member'));
    secretIn(await token('create', '--machine', 'qa', '--role', 'member', '--name', 'second'));
    const machines = await world.app.context.db
      .selectFrom('people')
      .select(['name', 'owner_id', 'email'])
      .where('kind', '=', 'machine')
      .orderBy('id')
      .execute();
    expect(machines).toEqual([
      { name: 'ci', owner_id: await personId(world, 'ada'), email: null },
      { name: 'qa', owner_id: await personId(world, 'bob'), email: null },
    ]);
    expect(await token('create', '--machine', 'qa', '--owner', 'sam@acme.io', '--role', 'member')).toEqual(
      refused('The machine “qa” has another owner: leave the owner out, or choose another name.'),
    );
  });

  test('a pipeline’s token opens requests within its scope, until it is revoked', async () => {
    const secret = secretIn(
      await token(
        'create',
        ...['--machine', 'ci', '--role', 'pipeline', '--events', 'deploy-to-production'],
        ...['--pipelines', 'acme/default/payments/deploy_*,acme/*/*/other', '--may-choose-policy'],
      ),
    );
    const authorization = `Bearer ${secret}`;
    const post = (event: string, run: string) => {
      world.run(run);
      return world.post(event, world.webhook(run), { authorization });
    };
    expect((await post('deploy-to-production', 'run1')).status).toBe(202);
    expect((await post('database-migration', 'run2')).status).toBe(403);
    const listed = await token('list');
    expect(listed.out).toContain(
      'deploy-to-production; acme/default/payments/deploy_*,acme/*/*/other; may choose',
    );
    const id = /^(\d+) +ci /m.exec(listed.out)?.[1] ?? '';
    expect(await token('revoke', id)).toMatchObject({ code: 0 });
    expect((await post('deploy-to-production', 'run3')).status).toBe(401);
    expect((await token('list')).out).toContain('revoked 2');
  });

  test('what is not there is said in words', async () => {
    expect(await token('revoke', '77')).toEqual(refused('There is no such token.'));
    expect(await token('create', '--person', 'nobody@acme.io', '--role', 'member')).toEqual(
      refused('person is not known here: add them to the seed file'),
    );
    expect(await token('create', '--machine', 'ci', '--role', 'pipeline', '--events', 'nothing')).toEqual(
      refused('events hold “nothing”, which is no event here'),
    );
    expect(await token('create', '--person', 'alice@acme.io', '--role', 'admin')).toEqual(
      refused('Alice is not an admin.'),
    );
  });
});
