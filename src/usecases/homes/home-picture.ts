import type { PagePicture } from '../../approval/page.ts';
import { inTransaction } from '../../store/database.ts';
import { chartKeyOf, organizationOfChart } from '../../store/organizations.ts';
import type { Context } from '../context.ts';
import type { HomeContext } from './home-section.ts';
import { readStatistics, type Statistics, statisticsWords } from './statistics.ts';

/** Drawn otherwise = another version, so that nobody is shown an old picture. */
const DRAWING = 1;

/** The picture of an organization's last 30 days; null where nothing happened or chat cannot fetch it from us. */
export async function statisticsPicture(
  context: HomeContext,
  organizationId: number,
): Promise<PagePicture | null> {
  const { publicUrl, showsPictures } = context.settings;
  if (!showsPictures) return null;
  const statistics = await readStatistics(context, organizationId);
  const { approved, rejected, other, waiting } = statistics.totals;
  if (approved + rejected + other + waiting === 0) return null;
  const key = await inTransaction(context.db, (trx) =>
    chartKeyOf(trx, organizationId, context.newId('cht_')),
  );
  return {
    url: `${publicUrl}/charts/${key}/${versionOf(context, statistics)}.png`,
    title: 'The last 30 days',
    alt: statisticsWords(statistics),
  };
}

export interface Chart {
  statistics: Statistics;
  /** Changes whenever the picture does. */
  version: string;
}

/** What the picture with this key shows now; null for a key that nobody has. */
export async function chartOf(
  context: Pick<Context, 'db' | 'clock' | 'hash'>,
  key: string,
): Promise<Chart | null> {
  const organizationId = await organizationOfChart(context.db, key);
  if (organizationId === null) return null;
  const statistics = await readStatistics(context, organizationId);
  return { statistics, version: versionOf(context, statistics) };
}

function versionOf({ hash }: Pick<Context, 'hash'>, statistics: Statistics): string {
  return hash({ drawing: DRAWING, statistics }).slice(0, 16);
}
