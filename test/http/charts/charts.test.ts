import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { statisticsSvg } from '../../../src/http/charts/statistics-svg.ts';
import type { DayStatistics, Statistics } from '../../../src/usecases/homes/statistics.ts';
import { openHome } from '../../helpers/home.ts';
import { ACME, STAFF, startWorld, type World } from '../../helpers/world.ts';

const FIRST = Date.UTC(2026, 9, 27);

function sample(of: (index: number) => Partial<DayStatistics>, medianMs: number | null = null): Statistics {
  const totals = { approved: 0, rejected: 0, other: 0, waiting: 0 };
  const days = Array.from({ length: 30 }, (_, index) => {
    const day = { at: FIRST + index * 86_400_000, ...{ approved: 0, rejected: 0, other: 0, waiting: 0 } };
    Object.assign(day, of(index));
    for (const name of ['approved', 'rejected', 'other', 'waiting'] as const) totals[name] += day[name];
    return day;
  });
  return { days, totals, medianMs };
}

/** The coloured parts of the bars, bottom first: [x, y, height, colour]. */
function parts(svg: string): [number, number, number, string][] {
  const found = svg.matchAll(
    /<rect x="([\d.]+)" y="([\d.]+)" width="[\d.]+" height="([\d.]+)" rx="[\d.]+" fill="(#\w+)"\/>/g,
  );
  return [...found]
    .filter(([, , , height]) => height !== '10')
    .map(([, x, y, height, colour]) => [Number(x), Number(y), Number(height), colour!]);
}

describe('the drawing', () => {
  test('outcomes stand on one another in the legend’s order, none over the top', () => {
    const svg = statisticsSvg(
      sample((i) => (i === 29 ? { approved: 4, rejected: 2, other: 1, waiting: 1 } : {}), 754_000),
    );
    const bars = parts(svg);
    expect(bars.map(([, , , colour]) => colour)).toEqual(['#0f9d76', '#d55e00', '#9aa3ae', '#f0c04a']);
    expect(new Set(bars.map(([x]) => x)).size).toBe(1);
    for (const [index, [, y, height]] of bars.entries()) {
      expect(y).toBeGreaterThanOrEqual(58);
      if (index > 0) expect(y + height).toBeLessThanOrEqual(bars[index - 1]![1]);
    }
    for (const words of ['>8<', '>requests<', '>12 min<', '>Approved<', '>Waiting<', '>25 Nov<'])
      expect(svg).toContain(words);
  });

  test.each([
    [1, '>4<'],
    [7, '>8<'],
    [37, '>40<'],
    [981, '>1k<'],
    [123_456, '>150k<'],
    [4_200_000, '>6M<'],
  ])('the scale fits a busiest day of %i', (approved, top) => {
    const svg = statisticsSvg(sample((i) => (i === 3 ? { approved } : {})));
    expect(svg).toContain(top);
    expect(svg.match(/<line /g)!.length).toBeLessThanOrEqual(5);
    expect(parts(svg)[0]![1]).toBeGreaterThanOrEqual(57.9);
  });

  test('without a decision there is no median', () => {
    expect(statisticsSvg(sample(() => ({ waiting: 1 })))).toContain('>nothing decided yet<');
  });
});

describe('GET /charts/:key/:version.png', () => {
  let world: World;
  let path: string;

  const get = (address: string, init?: RequestInit) => fetch(`${world.url}${address}`, init);
  async function pathInHome(): Promise<string> {
    await openHome(world, STAFF.alice);
    const image = world.slack.homeOf(STAFF.alice)!.blocks.find((block) => block.type === 'image');
    return String(image?.image_url).replace('https://approvals.acme.io', '');
  }

  beforeAll(async () => {
    world = await startWorld();
    await world.load(ACME);
    await world.ask('deploy-to-production', 'run1');
    path = await pathInHome();
  });
  afterAll(() => world.close());

  test('a Home shows the picture, in words, too', () => {
    const image = world.slack.homeOf(STAFF.alice)!.blocks.find((block) => block.type === 'image');
    expect(image?.alt_text).toBe('1 request in the last 30 days: 0 approved, 0 rejected, 1 waiting.');
    expect(path).toMatch(/^\/charts\/cht_[\w-]{22}\/[0-9a-f]{16}\.png$/);
  });

  test('it is a PNG twice the size of the drawing, kept for long by whoever fetches it', async () => {
    const answer = await get(path);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('image/png');
    expect(answer.headers.get('cache-control')).toBe('public, max-age=86400, immutable');
    const png = Buffer.from(await answer.arrayBuffer());
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1440, 480]);
    expect(png.length).toBeLessThan(150_000);
  });

  test('HEAD answers without the picture', async () => {
    const answer = await get(path, { method: 'HEAD' });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/png']);
    expect((await answer.arrayBuffer()).byteLength).toBe(0);
  });

  test.each([
    ['another key', () => path.replace(/cht_.{4}/, 'cht_AAAA')],
    ['no key', () => '/charts/x/0123456789abcdef.png'],
    ['an organization’s id for a key', () => path.replace(/cht_[\w-]+/, '1')],
    ['another kind of file', () => path.replace('.png', '.svg')],
    ['a way out', () => '/charts/..%2f..%2fetc/passwd.png'],
  ])('%s: 404', async (_, address) => {
    expect((await get(address())).status).toBe(404);
  });

  test('another outcome is another address; the old one shows the present, not to be kept', async () => {
    await world.press('alice', 'approve');
    await world.settle();
    await world.pass(3_000);
    const later = await pathInHome();
    expect(later).not.toBe(path);
    expect(later.split('/')[2]).toBe(path.split('/')[2]);
    const [old, present] = [await get(path), await get(later)];
    expect(old.headers.get('cache-control')).toBe('public, max-age=60');
    expect(Buffer.from(await old.arrayBuffer()).equals(Buffer.from(await present.arrayBuffer()))).toBe(true);
  });

  test('other addresses are not kept by anybody', async () => {
    expect((await get('/healthz')).headers.get('cache-control')).toBe('no-store');
  });
});
