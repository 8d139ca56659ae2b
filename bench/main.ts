import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import {
  asMarkdown,
  asText,
  type Benchmark,
  type BenchOptions,
  benchFolder,
  goalsOf,
  type Section,
} from './results.ts';

/*
 * npm run bench [-- --short|--long] [--only=NAME,NAME] [--prof=FOLDER]: every benchmark, one after the other, everything
 * on loopback. All of them at full length write RESULTS.md; a short one or a part only prints.
 */
const BENCHMARKS: Readonly<Record<string, () => Promise<Benchmark>>> = {
  intake: async () => (await import('./intake.ts')).intake,
  'end-to-end': async () => (await import('./end-to-end.ts')).endToEnd,
  'rate-limited': async () => (await import('./rate-limited.ts')).rateLimited,
  clicks: async () => (await import('./clicks.ts')).clicks,
  footprint: async () => (await import('./footprint.ts')).footprint,
  growth: async () => (await import('./growth.ts')).growth,
  'scale-out': async () => (await import('./scale-out.ts')).scaleOut,
};

/** What says little within seconds: left out of the short form unless it is named. */
const ONLY_AT_LENGTH: readonly string[] = ['footprint', 'growth', 'scale-out'];

async function main(): Promise<void> {
  const isShort = process.argv.includes('--short');
  const given = (name: string) =>
    process.argv.find((one) => one.startsWith(`--${name}=`))?.slice(name.length + 3);
  const only = given('only');
  const all = Object.keys(BENCHMARKS).filter((name) => !isShort || !ONLY_AT_LENGTH.includes(name));
  const names = only === undefined ? all : only.split(',');
  const unknown = names.find((name) => !Object.hasOwn(BENCHMARKS, name));
  if (unknown !== undefined)
    throw new Error(`no benchmark is named ${unknown}; there are: ${Object.keys(BENCHMARKS).join(', ')}`);

  const options: BenchOptions = {
    isShort,
    isLong: process.argv.includes('--long'),
    folder: benchFolder(),
    diskFolder: tmpdir(),
    profileFolder: given('prof') ?? null,
  };
  const file = new URL('RESULTS.md', import.meta.url);
  const sections: Section[] = [];
  for (const name of names) {
    const began = performance.now();
    const found = await measured(name, options);
    for (const section of found) print(asText(section));
    print(`\n(${name}: ${((performance.now() - began) / 1000).toFixed(0)} s)`);
    sections.push(...found);
    if (!isShort && only === undefined) writeFileSync(file, reportOf(sections));
  }
  if (isShort || only !== undefined) return;
  print(`\n${goalsOf(sections)}`);
  print(`\nwritten to ${fileURLToPath(file)}`);
}

/** Nobody's work stops because a busy machine let a short benchmark run out of time. */
async function measured(name: string, options: BenchOptions): Promise<Section[]> {
  const measure = await BENCHMARKS[name]!();
  try {
    return [await measure(options)].flat();
  } catch (error) {
    if (!options.isShort) throw error;
    print(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    return [];
  }
}

function reportOf(sections: readonly Section[]): string {
  const chapters = sections.map(asMarkdown);
  return `${[`# Results`, ...surroundings(), goalsOf(sections), ...chapters].join('\n\n')}\n`;
}

function surroundings(): string[] {
  const [cpu] = cpus();
  const git = (...given: string[]) => execFileSync('git', given, { encoding: 'utf8' }).trim();
  const changed =
    git('status', '--porcelain', '--untracked-files=no', ':!bench/RESULTS.md') === '' ? '' : ' with changes';
  const memory = Math.round(totalmem() / 2 ** 30);
  return [
    'Written by `npm run bench`. Machines are noisy: the ratios are what counts.',
    [
      `- ${new Date().toISOString().slice(0, 10)}, commit ${git('rev-parse', '--short', 'HEAD')}${changed}`,
      `- Node ${process.version}, ${cpus().length} × ${cpu?.model ?? 'unknown CPU'}, ${memory} GB of memory`,
      `- databases in ${benchFolder()}, those on disk in ${tmpdir()}`,
    ].join('\n'),
  ];
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

await main();
