import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parseSeedFile } from '../../src/cli/seed-file.ts';
import { ACME, type World } from '../helpers/world.ts';
import { envOf, runCli, type Said, startSharedWorld } from './run-cli.ts';

let world: World;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-seed-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(async () => {
  world = await startSharedWorld();
});
afterEach(() => world.close());

/** Runs `npm run seed -- FILE.yml` on this text. */
function seed(text: string): Promise<Said> {
  const file = join(folder, 'acme.yml');
  writeFileSync(file, text);
  return runCli('seed', [file], envOf(world));
}

const TABLES = [
  'organizations',
  'people',
  'events',
  'event_pipelines',
  'approval_policies',
  'approval_policy_assignments',
  'approval_workflows',
  'approval_workflow_people',
  'audit_events',
] as const;

/** Everything a seed file may change, but for when. */
async function stored(): Promise<string> {
  const { db } = world.app.context;
  const rows = await Promise.all(TABLES.map((table) => db.selectFrom(table).selectAll().execute()));
  return JSON.stringify(rows, (key, value: unknown) => (key === 'updated_at' ? undefined : value), 1);
}

describe('npm run seed', () => {
  test('loads a file, and the same file again changes nothing', async () => {
    const loaded = 'Loaded 6 people, 3 events, 1 policies, 3 workflows.\n';
    expect(await seed(ACME)).toEqual({ code: 0, out: loaded, err: '' });
    const before = await stored();
    expect(await seed(ACME)).toEqual({ code: 0, out: loaded, err: '' });
    expect(await stored()).toBe(before);
  });

  test('what the file changed is changed, and audited', async () => {
    await seed(ACME);
    await seed(
      ACME.replace(
        'requirement: any, approvers: [alice@acme.io, bob@acme.io]',
        'requirement: all, approvers: [carol@acme.io]',
      ),
    );
    const { db } = world.app.context;
    const audit = await db
      .selectFrom('audit_events')
      .select(['action', 'via', 'detail'])
      .where('subject_type', '=', 'approval_workflow')
      .orderBy('id', 'desc')
      .executeTakeFirstOrThrow();
    expect(audit).toMatchObject({ action: 'changed', via: 'cli' });
    expect(JSON.parse(audit.detail)).toMatchObject({
      before: { requirement: 'any' },
      after: { requirement: 'all' },
    });
  });

  test('a bad file changes nothing, though its beginning is good', async () => {
    await seed(ACME);
    const before = await stored();
    const bad = ACME.replace('name: Sam }', 'name: Samuel }').replace(
      'approvers: [alice@acme.io, bob@acme.io], subscribers',
      'approvers: [alice@acme.io, nobody@acme.io], subscribers',
    );
    const said = await seed(bad);
    expect(said.code).toBe(1);
    expect(said.err).toContain('acme.yml was not loaded; nothing changed:');
    expect(said.err).toContain(
      '  - workflows (standard, deploy-to-production): nobody@acme.io is not among the people. Add them under people.',
    );
    expect(await stored()).toBe(before);
  });

  test('no file, and one that is not there', async () => {
    const env = envOf(world);
    expect(await runCli('seed', [], env)).toEqual({
      code: 1,
      out: '',
      err: 'Name the file: npm run seed -- FILE.yml [--organization NAME]\n',
    });
    const said = await runCli('seed', [join(folder, 'none.yml')], env);
    expect(said).toMatchObject({
      code: 1,
      err: expect.stringContaining('none.yml cannot be read. Check the path.'),
    });
  });
});

describe('every problem has its place', () => {
  const problemsOf = (text: string) => {
    const parsed = parseSeedFile(text);
    return parsed.ok ? [] : parsed.problems;
  };

  test('several at once, each with its line and its field', () => {
    const text = [
      'people:',
      '  - { email: alice, name: Alice }',
      'events:',
      '  - slug: Deploy',
      '    name: Deploy',
      'policies:',
      '  - { slug: standard, name: "" }',
      'workflows:',
      '  - policy: standard',
      '    event: deploy',
      '    requirement: some',
    ].join('\n');
    expect(problemsOf(text)).toEqual([
      'line 2, people.0.email: is not an e-mail address',
      expect.stringMatching(/^line 4, events\.0\.slug: must start with a letter/),
      'line 7, policies.0.name: must not be empty',
      'line 11, workflows.0.requirement: must be none, any or all',
    ]);
  });

  test('unknown keys are refused, by name and place, at every depth', () => {
    expect(problemsOf('people: []\ngroups: []\n')).toEqual([
      expect.stringMatching(/Unrecognized key: "groups"/),
    ]);
    expect(problemsOf('people:\n  - email: a@acme.io\n    manger: b@acme.io\n')).toEqual([
      expect.stringMatching(/^line 2, people\.0: Unrecognized key: "manger"/),
    ]);
  });

  test('YAML that cannot be read', () => {
    expect(problemsOf('people:\n  - { email: a@acme.io\n')).toEqual([
      expect.stringMatching(/^line \d+, column \d+: /),
    ]);
    expect(problemsOf('people: []\npeople: []\n')).toEqual([
      expect.stringMatching(/^line 2, column 1: .*unique/i),
    ]);
  });

  test('a reserved slug, a channel that is none, a person listed by name', () => {
    expect(problemsOf('events: [{ slug: notifications, name: N }]')).toEqual([
      expect.stringContaining('reserved'),
    ]);
    expect(
      problemsOf('workflows: [{ policy: p, event: e, requirement: any, channels: [{ slack: "#deploys" }] }]'),
    ).toEqual([expect.stringContaining('is not a Slack channel id')]);
    expect(
      problemsOf('workflows: [{ policy: p, event: e, requirement: any, channels: [{ teams: Deploys }] }]'),
    ).toEqual([expect.stringContaining('is not a Teams channel id')]);
    expect(problemsOf('workflows: [{ policy: p, event: e, requirement: any, channels: [{}] }]')).toEqual([
      expect.stringContaining('must name one channel'),
    ]);
    expect(problemsOf('workflows: [{ policy: p, event: e, requirement: any, approvers: [Alice] }]')).toEqual([
      'line 1, workflows.0.approvers.0: is not an e-mail address',
    ]);
  });

  test('an empty file is no mistake', () => {
    expect(problemsOf('')).toEqual([]);
    expect(problemsOf('# nothing yet\n')).toEqual([]);
  });
});
