import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listAudit } from '../../src/usecases/requests/list-audit.ts';
import { as, ok, operator, personId, query } from '../helpers/principals.ts';
import { ACME, startWorld, type World } from '../helpers/world.ts';

let world: World;
let requestId: string;
let middle: number;

beforeAll(async () => {
  world = await startWorld();
  await world.load(ACME);
  requestId = await world.ask('deploy-to-production', 'run1');
  middle = world.clock.now();
  await world.pass(5_000);
  await world.press('alice', 'approve');
  await world.settle();
});
afterAll(() => world.close());

const list = async (...asked: Parameters<typeof query>) =>
  ok(await listAudit(world.app.context, operator(world), query(...asked)));

describe('the audit', () => {
  test('newest first; every change of configuration and every decision', async () => {
    const { rows, total } = await list({}, { size: 200 });
    expect(rows).toHaveLength(total);
    expect(rows.map((row) => row.id)).toEqual(rows.map((row) => row.id).toSorted((a, b) => b - a));
    expect(new Set(rows.map((row) => row.action))).toEqual(
      new Set(['admin_added', 'created', 'opened', 'resolved', 'voted', 'decided', 'submission_delivered']),
    );
    const vote = rows.find((row) => row.action === 'voted')!;
    expect(vote).toMatchObject({
      personId: await personId(world, 'alice'),
      via: 'slack',
      subjectType: 'approval_request',
      subjectId: requestId,
      detail: { action: 'APPROVE', version: 1 },
    });
    const created = rows.find((row) => row.subjectType === 'approval_workflow')!;
    expect(created.detail).toMatchObject({ before: null, after: { requirement: 'none' } });
  });

  test('narrowed by each of its filters, with the right totals', async () => {
    const { rows: all } = await list({}, { size: 200 });
    const expected = (fits: (row: (typeof all)[number]) => boolean) => all.filter(fits).map((row) => row.id);
    const got = async (filters: Record<string, string | readonly string[]>) => {
      const page = await list(filters, { size: 200 });
      expect(page.total).toBe(page.rows.length);
      return page.rows.map((row) => row.id);
    };
    const alice = await personId(world, 'alice');
    const at = new Date(middle).toISOString();
    expect(await got({ action: 'voted' })).toEqual(expected((row) => row.action === 'voted'));
    expect(await got({ 'action not_eq': 'voted' })).toEqual(expected((row) => row.action !== 'voted'));
    expect(await got({ via: ['slack', 'cli'] })).toEqual(
      expected((row) => row.via === 'slack' || row.via === 'cli'),
    );
    expect(await got({ person_id: String(alice) })).toEqual(expected((row) => row.personId === alice));
    expect(await got({ subject_id: requestId })).toEqual(expected((row) => row.subjectId === requestId));
    expect(await got({ subject_type: 'approval_request', subject_id: requestId })).toEqual(
      expected((row) => row.subjectId === requestId),
    );
    expect(await got({ 'at gt': at })).toEqual(expected((row) => row.at > middle));
    expect(await got({ 'at lt_eq': at, 'at gt_eq': at })).toEqual(expected((row) => row.at === middle));
    expect(await got({ id: String(all[1]!.id) })).toEqual([all[1]!.id]);
    expect(await got({ action: 'nothing' })).toEqual([]);
  });

  test('pages do not overlap and leave nothing out, either way round', async () => {
    const { rows: all, total } = await list({}, { size: 200 });
    const seen: number[] = [];
    for (let number = 1; number <= Math.ceil(total / 3) + 1; number += 1)
      seen.push(...(await list({}, { number, size: 3 })).rows.map((row) => row.id));
    expect(seen).toEqual(all.map((row) => row.id));
    const oldest = await list({}, { size: 2 }, [{ field: 'at', descending: false }]);
    expect(oldest.rows.map((row) => row.id)).toEqual(
      all
        .map((row) => row.id)
        .toReversed()
        .slice(0, 2),
    );
  });

  test('is for admins alone', async () => {
    expect(await listAudit(world.app.context, await as(world, 'alice'), query())).toMatchObject({
      ok: false,
      refusal: { kind: 'forbidden' },
    });
  });

  test('an unknown filter is a mistake of ours, never a wider list', async () => {
    await expect(list({ nonsense: 'x' })).rejects.toThrow(RangeError);
  });
});
