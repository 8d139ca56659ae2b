import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { createMetrics } from '../src/observing/metrics.ts';

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const page = read('docs/operations.md');

test('every variable that the configuration reads has its line in the table', () => {
  const files = globSync('src/config*.ts', { cwd: new URL('..', import.meta.url) }).map(read);
  const called = files.join('\n').matchAll(/\b(?:value|required|seconds|url|pairs)\(\s*'([A-Za-z_]+)'/g);
  const named = files.join('\n').matchAll(/'((?:[A-Z]+_)+[A-Z]+|MicrosoftApp\w+|Certificate\w+)'/g);
  const names = [...called, ...named].map((match) => match[1]!);
  expect(new Set(names).size).toBeGreaterThan(40);
  const table = page.split('\n').filter((line) => line.startsWith('| `'));
  for (const name of names)
    expect(
      table.some((line) => line.split('|')[1]!.includes(`\`${name}\``)),
      name,
    ).toBe(true);
});

/** The members of a union of words in the code. */
function membersOf(file: string, type: string): string[] {
  const union = new RegExp(`export type ${type} =([^;]+);`).exec(read(file))![1]!;
  return [...union.matchAll(/'(\w+)'/g)].map((match) => match[1]!);
}

test.each([
  ['src/approval/request.ts', 'RequestProblem'],
  ['src/approval/submission.ts', 'SubmissionState'],
])('every trouble that %s knows (%s) is explained', (file, type) => {
  const headings = page.split('\n').filter((line) => line.startsWith('#### '));
  const members = membersOf(file, type);
  expect(members.length).toBeGreaterThan(8);
  for (const member of members)
    expect(
      headings.some((line) => line.includes(`\`${member}\``)),
      member,
    ).toBe(true);
});

test('alerts are YAML, and ask for metrics there are, by labels they have', async () => {
  const [, yaml = ''] = /```yaml\n(.*?)```/s.exec(page) ?? [];
  const alerts = parse(yaml) as { alert: string; expr: string }[];
  expect(alerts.length).toBeGreaterThan(8);
  const metrics = await createMetrics({ version: '1' }).registry.getMetricsAsJSON();
  const known = metrics.flatMap(({ name }) => [name, `${name}_bucket`]);
  for (const { alert, expr } of alerts) {
    expect(alert).toMatch(/^Countersign[A-Z]/);
    for (const [name] of expr.matchAll(/\bcountersign_\w+/g)) expect(known).toContain(name);
  }
});

test('what the page points to is there', () => {
  for (const [, path = ''] of page.matchAll(/\]\(\.\.\/([\w./-]+)\)/g))
    expect(() => read(path)).not.toThrow(/ENOENT/);
});
