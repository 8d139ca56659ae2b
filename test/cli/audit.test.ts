import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newSigningKey } from '../../src/audit-signing.ts';
import { csvOf } from '../../src/cli/audit-lines.ts';
import { writeAudit } from '../../src/store/audit.ts';
import { type ChainedLine, contentHashOf } from '../../src/store/audit-chain.ts';
import { inTransaction } from '../../src/store/database.ts';
import { ACME, type World } from '../helpers/world.ts';
import { envOf, runCli, type Said, startSharedWorld } from './run-cli.ts';

const { privateKey, publicKey } = newSigningKey();

test('CSV: quotes by RFC 4180, and nothing that a spreadsheet would run', () => {
  const line = {
    organization: 1,
    seq: 1,
    id: 1,
    at: 0,
    personId: null,
    via: 'api',
    action: 'voted',
    hash: 'h',
  };
  const more = {
    subjectType: '=cmd()',
    subjectId: '@x',
    detail: '{"a":"b, \n"}',
    salt: '',
    contentHash: '',
    previous: '',
  };
  const row = csvOf({ ...line, ...more } satisfies ChainedLine);
  expect(row).toBe(`1970-01-01T00:00:00.000Z,1,1,1,,api,voted,'=cmd(),'@x,"{""a"":""b, \n""}",h\r\n`);
  for (const first of ['=', '+', '-', '@', '\t', '\r'])
    expect(csvOf({ ...line, ...more, subjectId: `${first}1` } as ChainedLine)).toMatch(`'${first}1`);
});

describe('npm run audit', () => {
  let world: World;
  let folder: string;
  beforeEach(async () => {
    world = await startSharedWorld();
    await world.load(ACME);
    folder = mkdtempSync(join(tmpdir(), 'countersign-audit-'));
  });
  afterEach(async () => {
    await world.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const audit = (args: readonly string[], more: Record<string, string> = {}): Promise<Said> =>
    runCli('audit', args, { ...envOf(world), ...more });

  test('checkpoint, verify, export, verify the export; then a tail cut off and an edited export are told', async () => {
    const file = join(folder, 'checkpoints.jsonl');
    const signing = { AUDIT_SIGNING_KEY: privateKey, AUDIT_CHECKPOINT_FILE: file };
    const signed = await audit(['checkpoint'], signing);
    expect(signed).toMatchObject({ code: 0, err: '' });
    expect(readFileSync(file, 'utf8')).toBe(signed.out);
    const fine = await audit(['verify'], signing);
    expect(fine).toEqual({
      code: 0,
      err: '',
      out: expect.stringMatching(/^✓ Organization 1: \d+ lines, all as/) as string,
    });

    const exported = await audit(['export']);
    const copy = join(folder, 'export.jsonl');
    writeFileSync(copy, exported.out);
    const checked = await runCli(
      'audit',
      ['verify', copy, '--checkpoints', file, '--public-key', publicKey],
      {},
    );
    expect(checked).toEqual({ code: 0, err: '', out: fine.out });
    writeFileSync(copy, exported.out.replace('"created"', '"deleted"'));
    const edited = await runCli('audit', ['verify', copy], {});
    expect(edited.code).toBe(1);
    expect(edited.out).toMatch(/✗ Organization 1: line \d+ \(row \d+\): content differs\./);

    expect(fine.out).toMatch(/; up to line \d+ as the checkpoint of \S+Z saw them\.$/m);
    const emptied = join(folder, 'emptied.jsonl');
    const gone = { ...signing, AUDIT_CHECKPOINT_FILE: emptied };
    const missing = await audit(['verify'], gone);
    expect(missing).toMatchObject({ code: 1, out: expect.stringContaining('which is not there') as string });
    writeFileSync(emptied, '');
    const nothing = await audit(['verify'], gone);
    expect(nothing).toMatchObject({ code: 1, out: expect.stringContaining('holds no checkpoint') as string });

    const { db } = world.app.context;
    await sql`delete from audit_events where seq > 3`.execute(db);
    await sql`update audit_chains set seq = 3, hash = (select hash from audit_events where seq = 3)`.execute(
      db,
    );
    const cut = await audit(['verify'], signing);
    expect(cut.code).toBe(1);
    expect(cut.out).toMatch(/✗ Organization 1: lines 4–\d+ are missing: the checkpoint of \S+ saw them\./);
    const unsigned = await audit(['verify']);
    expect(unsigned).toMatchObject({ code: 0, out: expect.stringContaining('! No checkpoints') as string });
  });

  test('an erasure is signed; one that whoever writes the database pretends shows, and an export holds what came later', async () => {
    const { db, organizationId } = { ...world.app, db: world.app.context.db };
    const file = join(folder, 'checkpoints.jsonl');
    const signing = { AUDIT_SIGNING_KEY: privateKey, AUDIT_CHECKPOINT_FILE: file };
    await audit(['checkpoint'], signing);
    const before = world.clock.now() + 1;
    world.clock.advance(60_000);
    const erased = await runCli('erase', ['carol@acme.io', '--yes'], { ...envOf(world), ...signing });
    expect(erased.out).toMatch(/[1-9]\d* lines of the audit were changed/);
    expect(await audit(['verify'], signing)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^✓ .* with text erased on request/) as string,
    });

    const exported = await audit(['export', '--to', new Date(before).toISOString()]);
    const copy = join(folder, 'export.jsonl');
    const proof = ['--checkpoints', file, '--public-key', publicKey];
    writeFileSync(copy, exported.out);
    expect(await runCli('audit', ['verify', copy, ...proof], {})).toMatchObject({ code: 0 });
    const lines = exported.out.trimEnd().split('\n');
    writeFileSync(copy, `${lines.slice(0, -1).join('\n')}\n`);
    expect(await runCli('audit', ['verify', copy, ...proof], {})).toMatchObject({
      code: 1,
      out: expect.stringContaining('content differs') as string,
    });

    const forged = { subjectId: '1', detail: '{"forged":true}', salt: 'salt' };
    await sql`update audit_events set subject_id = '1', detail = ${forged.detail}, salt = 'salt' where seq = 2`.execute(
      db,
    );
    await inTransaction(db, (trx) =>
      writeAudit(trx, organizationId, {
        ...{ at: world.clock.now(), actor: { personId: null, via: 'cli' }, action: 'erased' },
        ...{ subjectType: 'person', subjectId: '1', detail: { lines: { 2: contentHashOf(forged) } } },
      }),
    );
    const seen = await audit(['verify'], signing);
    expect(seen.code).toBe(1);
    expect(seen.out).toMatch(/line 2 \(row \d+\): content differs/);
    expect(seen.out).toMatch(/says that text was erased, and is not signed: it was forged/);
  });

  test('what cannot be meant is said before anything is opened', async () => {
    expect(await runCli('audit', ['verify', 'a', 'b'], {})).toMatchObject({
      code: 1,
      err: expect.stringContaining('one word too many') as string,
    });
    expect(await runCli('audit', ['export', '--from', 'soon'], {})).toMatchObject({
      code: 1,
      err: expect.stringContaining('--from is no moment') as string,
    });
    expect(await audit(['checkpoint'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('AUDIT_SIGNING_KEY is not set') as string,
    });
  });
});
