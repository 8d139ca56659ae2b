import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { INELIGIBLE_WORDS } from '../../src/approval/person.ts';
import { UNREACHABLE } from '../../src/slack/failures.ts';
import { STANDING_WORDS } from '../../src/usecases/approvers/revoke-approver.ts';
import { NO_MANAGER } from '../../src/usecases/people/find-people.ts';

const root = new URL('../../', import.meta.url).pathname;
const read = (path: string) => readFileSync(`${root}${path}`, 'utf8');

/** What pages explain: the first columns of their tables of what cards say, without the stress. */
function explainedBy(path: string): string[] {
  const tables = read(path).matchAll(/^\| on the card .*\n\| -.*\n((?:\|.*\n)+)/gm);
  return [...tables].flatMap(([, rows = '']) =>
    rows
      .trim()
      .split('\n')
      .map((row) => row.split(' | ')[0]!.replace('| ', '').replaceAll('**', '').trim()),
  );
}

const EXPLAINED = [...explainedBy('docs/operations.md'), ...explainedBy('docs/harness.md')];

/** Texts in these files that are of this form; what is filled in stays as the code has it. */
function textsIn(files: readonly string[], form: RegExp): string[] {
  const texts = files.flatMap((file) => [
    ...read(file).matchAll(/'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`/g),
  ]);
  return texts.map((match) => match[1] ?? match[2]!).filter((words) => form.test(words));
}

const unexplained = (said: readonly string[]) =>
  [...new Set(said)].filter((words) => !EXPLAINED.some((fragment) => words.includes(fragment)));

const SENTENCE = /^(\p{Lu}|\$|the ).* .*[.…]$/u;
const REASON = /^(is|was|has|became|might|opened|answers) /;

describe('docs/operations.md and docs/harness.md explain', () => {
  test('why a decision is not with Harness', () => {
    // Harness's own word leads on the cards of these: it ended otherwise.
    const untold = /Decided otherwise in Harness|before Harness could be told/;
    const said = textsIn(
      // What `supply-inputs` refuses is told to who pressed, and stands on no card.
      [
        ...globSync('src/usecases/submission/*.ts', { cwd: root, exclude: ['**/supply-inputs.ts'] }),
        'src/harness/paths.ts',
      ],
      SENTENCE,
    ).filter((words) => !untold.test(words));
    const places = textsIn(['src/usecases/connections/harness-connections.ts'], /There is no|was removed/);
    expect(said.length + places.length).toBeGreaterThan(18);
    expect(unexplained([...said, ...places])).toEqual([]);
  });

  test('why a request is on hold', () => {
    const said = textsIn(
      [
        'src/usecases/approvers/gather-approvers.ts',
        'src/usecases/approvers/settle-approvers.ts',
        'src/usecases/deciding/review-decision.ts',
        'src/usecases/opening/amend-request.ts',
        'src/usecases/opening/token-scope.ts',
        'src/usecases/tokens/manage-tokens.ts',
      ],
      SENTENCE,
    ).filter((words) => !/^(Only an admin|There is, or was|\$\{barred\})/.test(words));
    const chosen = textsIn(['src/usecases/gates/choose-gate.ts'], /An admin has to choose/);
    expect(said.length).toBeGreaterThan(14);
    expect(chosen).toHaveLength(1);
    expect(unexplained([...said, ...chosen])).toEqual([]);
  });

  test('why somebody is not asked, and how a place was lost', () => {
    const whoever = globSync('src/usecases/**/*.ts', { cwd: root }).map(read).join('\n');
    const lost = [...whoever.matchAll(/vacate(?:Places|Everywhere)\([^;]*?, ['`]([^'`]+)['`]/g)];
    const missing = [...whoever.matchAll(/kind: 'missing', why: '([^']+)'/g)];
    expect([lost.length, missing.length]).toEqual([6, 2]);
    const said = [
      ...[...Object.values(INELIGIBLE_WORDS), ...Object.values(STANDING_WORDS), NO_MANAGER],
      ...textsIn(['src/approval/approvers.ts'], REASON),
      ...textsIn(['src/usecases/people/find-people.ts'], /^cannot be read/),
      ...textsIn(['src/usecases/approvers/settle-approvers.ts'], /^no approver is listed$/),
      ...[...lost, ...missing].map(([, words]) => words!),
    ];
    // By an admin's hand: “is deactivated”.
    expect(unexplained(said).filter((words) => !words.startsWith('is $'))).toEqual([]);
  });

  test('why a card reached nobody', () => {
    const files = ['src/teams/connector-calls.ts', 'src/teams/chat-platform.ts'];
    const teams = files.flatMap((file) =>
      [...read(file).matchAll(/\bwhy:\s*'([^']+)'/g)].map(([, words]) => words!),
    );
    expect(teams.length).toBeGreaterThanOrEqual(8);
    expect(unexplained([...Object.values(UNREACHABLE), ...teams])).toEqual([]);
  });

  test('what stands out on a card that is in trouble or closed', () => {
    const pages = ['docs/operations.md', 'docs/harness.md'].map(read).join('\n').replace(/\s+/g, ' ');
    const all = ['headline', 'notes'].map((name) => read(`src/approval/request-${name}.ts`)).join('\n');
    const strong = [...all.matchAll(/strong\('([^']+)'\)|: '([A-Z][a-z ]+ in Harness)'/g)];
    const said = strong.map(([, line, outcome]) => (line ?? outcome)!.trim().replace(/[.:]$/, ''));
    const usual = [
      'Being prepared',
      'You approved',
      'Changed since you decided',
      'Please correct the inputs',
    ];
    expect(said.length).toBeGreaterThan(15);
    expect(said.filter((words) => !usual.includes(words) && !pages.includes(words))).toEqual([]);
  });

  test('no sentence that the code does not have', () => {
    const sources = globSync('src/{approval,harness,slack,teams,usecases}/**/*.ts', { cwd: root })
      .map(read)
      .join('\n');
    expect(EXPLAINED.length).toBeGreaterThan(90);
    expect(EXPLAINED.filter((words) => !sources.includes(words))).toEqual([]);
  });
});
