import type { ChainedLine } from './audit-chain.ts';
import { toChainedLine } from './audit-lines.ts';
import type { Reader } from './database.ts';

const BATCH = 1_000;

/** A stretch of one organization's chain, both ends included. */
export interface Stretch {
  from: number;
  to: number;
}

/** An organization's lines in the chain's order, a batch in memory at a time. */
export async function* readChain(
  db: Reader,
  organizationId: number,
  { from, to }: Stretch = { from: 1, to: Number.MAX_SAFE_INTEGER },
): AsyncGenerator<ChainedLine> {
  for (let next = from; ; ) {
    const rows = await db
      .selectFrom('audit_events')
      .selectAll()
      .where('organization_id', '=', organizationId)
      .where('seq', '>=', next)
      .where('seq', '<=', to)
      .orderBy('seq')
      .limit(BATCH)
      .execute();
    for (const row of rows) yield toChainedLine(row);
    const last = rows.at(-1);
    if (!last || rows.length < BATCH) return;
    next = last.seq! + 1;
  }
}

/** The shortest stretch with every line of a time, `from` included and `to` not (epoch ms); null = there is none. */
export async function stretchOf(
  db: Reader,
  organizationId: number,
  time: { from: number; to: number },
): Promise<Stretch | null> {
  const row = await db
    .selectFrom('audit_events')
    .select((eb) => [eb.fn.min('seq').as('from'), eb.fn.max('seq').as('to')])
    .where('organization_id', '=', organizationId)
    .where('at', '>=', time.from)
    .where('at', '<', time.to)
    .where('seq', 'is not', null)
    .executeTakeFirst();
  return row?.from == null || row.to == null ? null : { from: Number(row.from), to: Number(row.to) };
}

/** Ids of lines that stand beside the chain, or where no walk along it comes, `limit` at most: the bot puts none there. */
export async function idsBesideChain(db: Reader, organizationId: number, limit: number): Promise<number[]> {
  const rows = await db
    .selectFrom('audit_events')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where((eb) => eb.or([eb('seq', 'is', null), eb('seq', '<', 0), eb('seq', '>', Number.MAX_SAFE_INTEGER)]))
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

/** Lines of one action, oldest first, a batch in memory at a time. */
export async function* linesOfAction(
  db: Reader,
  organizationId: number,
  action: string,
): AsyncGenerator<ChainedLine> {
  for (let after = 0; ; ) {
    const rows = await db
      .selectFrom('audit_events')
      .selectAll()
      .where('organization_id', '=', organizationId)
      .where('action', '=', action)
      .where('id', '>', after)
      .orderBy('id')
      .limit(BATCH)
      .execute();
    for (const row of rows) yield toChainedLine(row);
    const last = rows.at(-1);
    if (!last) return;
    after = last.id;
  }
}
