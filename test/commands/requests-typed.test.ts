import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { snapshot } from '../helpers/management.ts';
import { ACME, startWorld, type World } from '../helpers/world.ts';
import { type } from './said.ts';

let world: World;
let id: string;
beforeAll(async () => {
  world = await startWorld();
  await world.load(ACME);
  id = await world.ask('database-migration', 'run1');
  await world.ask('deploy-to-production', 'run2');
});
afterAll(() => world.close());

test('every command about requests is found by its name', async () => {
  const titles: Record<string, string> = {
    pending: 'Waiting for you',
    history: 'All requests',
    [`request ${id}`]: '#1 Database migration',
    'request #1': '#1 Database migration',
    [`cancel ${id} no more`]: 'Cancel this request?',
    gates: 'Gates in Harness',
    'connection test': 'Connections',
    'audit 5': 'Audit',
  };
  for (const [typed, title] of Object.entries(titles))
    expect(await type(world, 'ada', typed), typed).toMatchObject({ kind: 'page', page: { title } });
});

test('members are refused the admins’ commands, and it is audited', async () => {
  const { db } = world.app.context;
  for (const typed of [
    'retry #1',
    `reassign ${id} <@U0ALICE|alice> <@U0CAROL|carol>`,
    'gates',
    'connection test',
    'audit',
  ]) {
    const answer = await type(world, 'alice', typed);
    expect(answer, typed).toMatchObject({
      kind: 'notice',
      sentence: expect.stringContaining('Only an admin') as string,
    });
  }
  const refused = await db
    .selectFrom('audit_events')
    .select('subject_id')
    .where('subject_type', '=', 'command')
    .orderBy('id')
    .execute();
  expect(refused.map((line) => line.subject_id)).toEqual([
    'retry',
    'reassign',
    'gates',
    'connection test',
    'audit',
  ]);
});

test('whatever follows the names: an answer, and no change that nobody may make', async () => {
  const tables = ['approval_requests', 'slots', 'votes', 'submissions', 'people', 'identities'] as const;
  // Her account is met once.
  await type(world, 'carol', 'help');
  const before = await snapshot(world, tables);
  const word = fc.constantFrom(
    ...[
      '#1',
      '1',
      '99',
      '0',
      '-1',
      id,
      id.slice(0, 9),
      'apr_',
      'now',
      'all',
      'mine',
      'since',
      '7d',
      '2026-13-45',
      'page',
    ],
    ...[
      'event',
      'approved',
      'waiting',
      'vacant',
      'me',
      '<@U0ALICE|alice>',
      '<@U0STRANGER>',
      '<#C0OPS|ops>',
      '“',
      '%',
      "'",
    ],
    ...['nobody@acme.io', 'deploy-to-production', '__proto__', 'constructor', '\u202e', '9'.repeat(30)],
  );
  const name = fc.constantFrom(
    'pending',
    'history',
    'request',
    'retry',
    'cancel',
    'reassign',
    'gates',
    'audit',
    'connection',
  );
  const typed = fc.tuple(name, fc.array(fc.oneof(word, fc.string({ maxLength: 12 })), { maxLength: 5 }));
  // Carol has no part in either request, so nothing of theirs is hers to change.
  await fc.assert(
    fc.asyncProperty(typed, async ([command, rest]) => {
      const answer = await type(world, 'carol', [command, ...rest].join(' '));
      expect(['notice', 'page']).toContain(answer.kind);
    }),
    { numRuns: 400 },
  );
  expect(await snapshot(world, tables)).toBe(before);
});
