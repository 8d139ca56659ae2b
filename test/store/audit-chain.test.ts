import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createAuditSigner, newSigningKey, signaturesOf } from '../../src/audit-signing.ts';
import { writeAudit } from '../../src/store/audit.ts';
import type { ChainedLine } from '../../src/store/audit-chain.ts';
import { chainHeads } from '../../src/store/audit-lines.ts';
import { readChain } from '../../src/store/audit-reading.ts';
import { type Database, inTransaction, type Trx } from '../../src/store/database.ts';
import { chainLateLines } from '../../src/store/late-audit-lines.ts';
import { addOrganization } from '../../src/store/organizations.ts';
import { verifyAudit } from '../../src/usecases/auditing/verify-audit.ts';
import { onPostgres, openFresh } from '../helpers/databases.ts';

const LINES = 12;
/** How often the property is tried; the long form is for `npm run test:faults`. */
// biome-ignore lint/style/noProcessEnv: the long form asks for more rounds.
const ROUNDS = Number(process.env.AUDIT_ROUNDS ?? (onPostgres() ? 10 : 60));

let db: Database;
let close: () => Promise<void>;
let acme: number;
let beta: number;
beforeEach(async () => {
  ({ db, close } = await openFresh());
  [acme, beta] = await inTransaction(db, async (trx) => [
    await addOrganization(trx, { name: 'Acme', domains: [] }, 0),
    await addOrganization(trx, { name: 'Beta', domains: [] }, 0),
  ]);
  for (let nth = 0; nth < LINES; nth += 1)
    await inTransaction(db, async (trx) => {
      await line(trx, acme, nth);
      if (nth % 3 === 0) await line(trx, beta, nth);
    });
});
afterEach(() => close());

const line = (trx: Trx, organization: number, nth: number) =>
  writeAudit(trx, organization, {
    at: 1_000 + nth,
    actor: { personId: nth % 2 === 0 ? null : nth, via: 'api' },
    action: nth % 2 === 0 ? 'opened' : 'voted',
    subjectType: 'approval_request',
    subjectId: `apr_${nth}`,
    detail: { nth, text: 'lone \ud800, "quoted", é' },
  });
const problems = async (organization: number, ...checkpoints: Parameters<typeof verifyAudit>[2] & object) =>
  (await verifyAudit(db, organization, checkpoints)).problems;
async function chain(organization: number): Promise<ChainedLine[]> {
  const lines: ChainedLine[] = [];
  for await (const one of readChain(db, organization)) lines.push(one);
  return lines;
}
const idOf = async (seq: number) => (await chain(acme))[seq - 1]!.id;

test('what the bot writes verifies, in each organization, and every hash is over canonical JSON', async () => {
  expect(await verifyAudit(db, acme)).toEqual({ lines: LINES, erased: 0, problems: [], more: 0 });
  expect(await verifyAudit(db, beta)).toEqual({ lines: 4, erased: 0, problems: [], more: 0 });
  for (const { previous, seq, id, at, personId, via, action, subjectType, contentHash } of await chain(
    acme,
  )) {
    const hashed = [previous, acme, seq, id, at, personId, via, action, subjectType, contentHash];
    expect(canonicalize(hashed)).toBe(JSON.stringify(hashed));
  }
});

test('transactions at once, and those that fail, leave one chain without a gap', async () => {
  await Promise.allSettled(
    Array.from({ length: 40 }, (_, nth) =>
      inTransaction(db, async (trx) => {
        await line(trx, nth % 2 === 0 ? acme : beta, 100 + nth);
        if (nth % 5 === 0) throw new Error('no');
        await line(trx, acme, 200 + nth);
      }),
    ),
  );
  expect(await problems(acme)).toEqual([]);
  expect(await problems(beta)).toEqual([]);
  expect((await chain(acme)).map(({ seq }) => seq)).toEqual(
    Array.from({ length: LINES + 48 }, (_, nth) => nth + 1),
  );
});

const seqs = fc.integer({ min: 1, max: LINES });
const COLUMNS = [
  'at',
  'person_id',
  'via',
  'action',
  'subject_type',
  'subject_id',
  'detail',
  'salt',
  'content_hash',
];

test('any edit of any line is found at that line, and nothing else is blamed', async () => {
  await fc.assert(
    fc.asyncProperty(seqs, fc.constantFrom(...COLUMNS, 'hash'), async (seq, column) => {
      const id = await idOf(seq);
      await rolledBack(async (trx) => {
        const isNumber = column === 'at' || column === 'person_id';
        const value = isNumber ? sql`coalesce(${sql.ref(column)}, 0) + 1` : sql`${sql.ref(column)} || 'x'`;
        await sql`update audit_events set ${sql.ref(column)} = ${value} where id = ${id}`.execute(trx);
        const found = (await verifyAudit(trx, acme)).problems;
        expect(found).toContain(`line ${seq} (row ${id}): content differs`);
        if (column !== 'hash') expect(found).toHaveLength(1);
      });
    }),
    { numRuns: ROUNDS },
  );
});

test('any stretch that is deleted is found and named, at the end too', async () => {
  await fc.assert(
    fc.asyncProperty(seqs, seqs, async (one, other) => {
      const [from, to] = [Math.min(one, other), Math.max(one, other)];
      await rolledBack(async (trx) => {
        await sql`delete from audit_events where organization_id = ${acme} and seq between ${from} and ${to}`.execute(
          trx,
        );
        expect((await verifyAudit(trx, acme)).problems).toEqual([
          from === to ? `line ${from} is missing` : `lines ${from}–${to} are missing`,
        ]);
      });
    }),
    { numRuns: ROUNDS },
  );
});

test('a row where no walk along the chain comes is told', async () => {
  const [copied] = await chain(acme);
  // PostgreSQL keeps nothing but numbers there.
  for (const seq of [-7, '9223372036854775807', ...(onPostgres() ? [] : ["'x'"])])
    await rolledBack(async (trx) => {
      await sql`insert into audit_events (id, organization_id, at, via, action, subject_type, subject_id, detail, seq)
        values (900000, ${acme}, 1, 'slack', 'voted', 'approval_request', ${copied!.subjectId}, '{}', ${sql.raw(String(seq))})`.execute(
        trx,
      );
      expect((await verifyAudit(trx, acme)).problems).toEqual([
        'row 900000 is not in the chain: it was inserted',
      ]);
    });
});

test('lines that change places, an inserted row, a row of another organization', async () => {
  await fc.assert(
    fc.asyncProperty(seqs, seqs, async (one, other) => {
      if (one === other) return;
      const rows = [await idOf(one), await idOf(other)];
      await rolledBack(async (trx) => {
        const place = (seq: number, id: number) =>
          sql`update audit_events set seq = ${seq} where id = ${id}`.execute(trx);
        await place(-1, rows[0]!);
        await place(one, rows[1]!);
        await place(other, rows[0]!);
        const found = (await verifyAudit(trx, acme)).problems.join('\n');
        expect(found).toContain(`line ${one} (row ${rows[1]}): content differs`);
        expect(found).toContain(`line ${other} (row ${rows[0]}): content differs`);
      });
    }),
    { numRuns: ROUNDS },
  );
  const [copied] = await chain(acme);
  await rolledBack(async (trx) => {
    await sql`insert into audit_events (id, organization_id, at, via, action, subject_type, subject_id, detail)
      values (999, ${acme}, 1, 'api', 'voted', 'approval_request', 'x', '{}')`.execute(trx);
    expect((await verifyAudit(trx, acme)).problems).toEqual(['row 999 is not in the chain: it was inserted']);
    await sql`update audit_events set seq = ${LINES + 1}, previous_hash = 'x', hash = 'x', content_hash = 'x', salt = 'x'
      where id = 999`.execute(trx);
    expect((await verifyAudit(trx, acme)).problems.join()).toContain(
      `line ${LINES + 1} (row 999): content differs`,
    );
  });
  await rolledBack(async (trx) => {
    await sql`update audit_events set organization_id = ${beta}, seq = 5 where id = ${copied!.id}`.execute(
      trx,
    );
    expect((await verifyAudit(trx, acme)).problems).toEqual(['line 1 is missing']);
    expect((await verifyAudit(trx, beta)).problems.join()).toContain(
      `line 5 (row ${copied!.id}): content differs`,
    );
  });
});

describe('checkpoints', () => {
  const { privateKey, publicKey } = newSigningKey();
  const signer = createAuditSigner(privateKey);
  const signed = async () => (await chainHeads(db)).map((head) => signer.signCheckpoint({ ...head, at: 0 }));

  test('a tail cut off with its head, and a chain written anew as a whole, show by them alone', async () => {
    const seen = await signed();
    await inTransaction(db, (trx) => line(trx, acme, 50));
    expect(await problems(acme, ...seen)).toEqual([]);
    const whole = await chain(acme);
    const cut = whole[7]!;
    await sql`delete from audit_events where organization_id = ${acme} and seq > 8`.execute(db);
    await sql`update audit_chains set seq = 8, hash = ${cut.hash} where organization_id = ${acme}`.execute(
      db,
    );
    expect(await problems(acme)).toEqual([]);
    expect(await problems(acme, ...seen)).toEqual([
      'lines 9–12 are missing: the checkpoint of 1970-01-01T00:00:00.000Z saw them',
    ]);
    await sql`delete from audit_events where organization_id = ${acme}`.execute(db);
    await sql`delete from audit_chains where organization_id = ${acme}`.execute(db);
    for (let nth = 0; nth < LINES; nth += 1) await inTransaction(db, (trx) => line(trx, acme, nth));
    expect(await problems(acme)).toEqual([]);
    expect((await problems(acme, ...seen)).join()).toContain('is not the line that the checkpoint');
  });

  test('one that was changed, or signed by somebody else, is not signed by our key', async () => {
    const [one] = await signed();
    const { isCheckpointSigned } = signaturesOf(publicKey);
    expect(isCheckpointSigned(one!)).toBe(true);
    for (const change of [{ seq: 3 }, { hash: 'x' }, { organization: 9 }, { at: 1 }, { signature: '' }])
      expect(isCheckpointSigned({ ...one!, ...change })).toBe(false);
    const other = createAuditSigner(newSigningKey().privateKey);
    expect(isCheckpointSigned(other.signCheckpoint(one!))).toBe(false);
    expect(() => createAuditSigner('secret-that-is-no-key')).toThrow(/^That is no Ed25519 private key/);
  });
});

test('lines from before the chain get their place at the next start, and say so; a kill between batches harms nothing', async () => {
  await sql`update audit_events set seq = null, salt = null, content_hash = null, previous_hash = null, hash = null`.execute(
    db,
  );
  await sql`update audit_chains set seq = 0, hash = '', late_until = (select max(id) from audit_events)`.execute(
    db,
  );
  await expect(inTransaction(db, (trx) => line(trx, acme, 60))).rejects.toThrow('npm run migrate -- up');
  await chainLateLines(db, 77);
  await chainLateLines(db, 78);
  expect(await problems(acme)).toEqual([]);
  expect(await problems(beta)).toEqual([]);
  const lines = await chain(acme);
  expect(lines).toHaveLength(LINES + 1);
  expect(lines.at(-1)).toMatchObject({ at: 77, action: 'chained', detail: `{"lines":${LINES}}` });
});

class RolledBack extends Error {}

async function rolledBack(work: (trx: Trx) => Promise<void>): Promise<void> {
  const done = db.transaction().execute(async (trx) => {
    await work(trx);
    throw new RolledBack();
  });
  await expect(done).rejects.toThrow(RolledBack);
}
