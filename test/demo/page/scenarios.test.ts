import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseSeedFile } from '../../../src/cli/seed-file.ts';
import { ACCOUNT_ID, CHECK } from '../../../src/demo/page/cast.ts';
import { checkCurlLine } from '../../../src/demo/page/check-call.ts';
import { ORG, PROJECT, SCENARIOS } from '../../../src/demo/page/scenarios.ts';
import { callbackIdOf } from '../../../src/demo/page/webhook-call.ts';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

describe('the demo’s scenarios', () => {
  const parsed = parseSeedFile(read('src/demo/example.yml'));
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'));
  const { events, machines, workflows } = parsed.wanted;

  test.each(SCENARIOS)('$title is in example.yml, asked by its pipeline', ({ event, pipeline, hasCheck }) => {
    expect(events.find(({ slug }) => slug === event)?.pipelines).toMatchObject([
      { account: ACCOUNT_ID, org: ORG, project: PROJECT, pipeline },
    ]);
    expect(workflows.filter((one) => one.event === event).map(({ checksFirst }) => checksFirst)).toEqual([
      hasCheck,
    ]);
  });

  test('the check is a machine that Sam answers for', () => {
    expect(machines).toEqual([{ name: CHECK.name, owner: 'sam@fernhill.example' }]);
  });
});

test('the check’s call is the one of Harness’s documentation, with host, ids and key replaced', () => {
  const execution = {
    accountId: ACCOUNT_ID,
    orgIdentifier: ORG,
    projectIdentifier: PROJECT,
    planExecutionId: 'run1',
  };
  const door = { publicUrl: 'http://127.0.0.1:1', webhookToken: 'w', checkToken: 'cs_1_secret' };
  const [, documented] = [
    ...read('test/fixtures/harness-approval-api.md').matchAll(/```\n(curl .*?)```/gs),
  ].map(([, command]) => command!);
  const filled = Object.entries({
    'https://app.harness.io': door.publicUrl,
    '<orgIdentifier>': ORG,
    '<projectIdentifier>': PROJECT,
    '<executionId>': 'run1',
    '<accountIdentifier>': ACCOUNT_ID,
    '<callback_id>': callbackIdOf('run1'),
    yourpattoken: door.checkToken,
  }).reduce((text, [from, to]) => text.replaceAll(from, to), documented!);
  const upToBody = (command: string) => command.slice(0, command.indexOf(' -d '));
  const line = checkCurlLine(door, execution, 'passed');
  expect(upToBody(line)).toBe(upToBody(filled));
  expect(JSON.parse(/-d '(.*)'$/s.exec(line)![1]!)).toEqual({
    action: 'APPROVE',
    comments: '214 passed, 0 failed',
    link: 'https://ci.fernhill.example/runs/4711',
  });
});
