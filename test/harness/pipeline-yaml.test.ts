import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { PipelineFile, StepsFile } from './pipeline-schema.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** The YAML blocks of a Markdown file that begin with this key. */
function blocks(path: string, key: string): string[] {
  const all = [...read(path).matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => text);
  return all.filter((text) => text.startsWith(`${key}:`));
}
const [PIPELINE = ''] = blocks('docs/harness.md', 'pipeline');
const [CD_STEPS = ''] = blocks('docs/harness.md', 'steps');

type Json = { [key: string]: Json } & Json[];
/** The last step of a kind in a parsed block. */
function stepOf(document: Json, type: string): Json {
  const steps = (document.steps ?? document.pipeline!.stages![0]!.stage!.spec!.execution!.steps!) as Json[];
  return steps.map(({ step }) => step!).findLast((step) => (step.type as unknown) === type)!;
}
const callbackIn = (document: Json) =>
  stepOf(document, 'HarnessApproval').spec!.callbackId as unknown as string;
function posted(document: Json): Record<string, string> {
  return JSON.parse(stepOf(document, 'Http').spec!.requestBody as unknown as string);
}

/** Which fields a document is refused for. */
function faults(schema: typeof PipelineFile | typeof StepsFile, document: unknown): string[] {
  const parsed = schema.safeParse(document);
  return parsed.success ? [] : parsed.error.issues.map(({ path }) => path.map(String).join('.'));
}

describe('docs/harness.md', () => {
  test('the whole pipeline is one that Harness takes', () => {
    expect(faults(PipelineFile, parse(PIPELINE))).toEqual([]);
  });

  test('so are the steps for a CD stage', () => {
    expect(faults(StepsFile, parse(CD_STEPS))).toEqual([]);
  });

  test('README’s stage is one, too', () => {
    const text = [...read('README.md').matchAll(/```yaml\n(.*?)```/gs)].map(([, block = '']) => block);
    const stage = text.find((block) => block.startsWith('- stage:'));
    const document = parse(PIPELINE);
    document.pipeline.stages = parse(stage!);
    expect(faults(PipelineFile, document)).toEqual([]);
  });

  test.each([
    ['the whole pipeline', PIPELINE],
    ['the CD stage', CD_STEPS],
  ])(
    '%s: the id that is posted is the one that waits, and the account’s service account alone decides',
    (_name, text) => {
      const document: Json = parse(text);
      const body = posted(document);
      expect(body.callbackId).toBe(callbackIn(document));
      expect(stepOf(document, 'HarnessApproval').spec!.approvers).toMatchObject({
        serviceAccounts: ['account.approvalbot'],
        userGroups: [],
        minimumCount: 1,
      });
    },
  );

  test('the CD stage’s id comes from the script step’s output, by the variable that the script exports', () => {
    const document: Json = parse(CD_STEPS);
    const { identifier, spec } = stepOf(document, 'ShellScript') as unknown as {
      identifier: string;
      spec: { source: { spec: { script: string } }; outputVariables: { name: string; value: string }[] };
    };
    const [output] = spec.outputVariables;
    expect(callbackIn(document)).toBe(
      `<+pipeline.stages.stage.spec.execution.steps.${identifier}.output.outputVariables.${output!.name}>`,
    );
    expect(spec.source.spec.script).toContain(`export ${output!.value}=`);
  });
});

describe('the schema refuses what costs a run that waits for nobody', () => {
  /** Replaces a text that stands in the pipeline, and says which fields are at fault then. */
  function changed(from: string, to: string, text = PIPELINE): string[] {
    expect(text).toContain(from);
    const schema = text === PIPELINE ? PipelineFile : StepsFile;
    return faults(schema, parse(text.replace(from, to)));
  }
  const STEP = 'pipeline.stages.0.stage.spec.execution.steps';
  const HTTP = `${STEP}.0.step.spec`;
  const GATE = `${STEP}.1.step.spec`;

  test.each([
    [
      'a callback id with a space',
      'callbackId: <+pipeline.executionId>-prod_gate',
      'callbackId: prod gate',
      `${GATE}.callbackId`,
    ],
    [
      'a callback id with a colon behind the expression',
      'callbackId: <+pipeline.executionId>-prod_gate',
      'callbackId: <+pipeline.executionId>:prod',
      `${GATE}.callbackId`,
    ],
    [
      'two constraints on one input',
      'selectOneFrom: "canary,full"',
      'selectOneFrom: a, regex: a',
      `${GATE}.approverInputs.1`,
    ],
    ['an input without a name', 'name: change_ticket', 'name: ""', `${GATE}.approverInputs.0.name`],
    ['a minimum of none', 'minimumCount: 1', 'minimumCount: 0', `${GATE}.approvers.minimumCount`],
    [
      'nobody who may approve',
      'serviceAccounts: [account.approvalbot]',
      'serviceAccounts: []',
      `${GATE}.approvers`,
    ],
    ['groups as one text', 'userGroups: []', 'userGroups: ops,dev', `${GATE}.approvers.userGroups`],
    [
      'no message',
      'approvalMessage: Approve or reject in Slack or Teams',
      'approvalMessage: ""',
      `${GATE}.approvalMessage`,
    ],
    ['a misspelt field', 'isAutoRejectEnabled: false', 'autoReject: false', `${GATE}.isAutoRejectEnabled`],
    ['a timeout without a unit', 'timeout: 1d', 'timeout: 1', `${STEP}.1.step.timeout`],
    ['a timeout with a unit nobody knows', 'timeout: 1d', 'timeout: 1 day', `${STEP}.1.step.timeout`],
    [
      'no assertion',
      'assertion: <+httpResponseCode> == 202 || <+httpResponseCode> == 200\n',
      '\n',
      `${HTTP}.assertion`,
    ],
    ['an assertion that a repeat fails', ' || <+httpResponseCode> == 200', '', `${HTTP}.assertion`],
    ['plain http', 'url: https://', 'url: http://', `${HTTP}.url`],
    ['no token', 'key: Authorization', 'key: X-Other', `${HTTP}.headers`],
    ['a body that is no JSON', '"planExecutionId": "', '"planExecutionId": ', `${HTTP}.requestBody`],
    ['a body without the callback id', '"callbackId"', '"callback"', `${HTTP}.requestBody`],
    [
      'an event that does not exist',
      'type: PipelineEnd',
      'type: ApprovalWaiting',
      'pipeline.notificationRules.0.pipelineEvents.1.type',
    ],
    [
      'no failure strategy on the stage',
      'failureStrategies:\n          - onFailure: { errors: [AllErrors], action: { type: Abort } }',
      '',
      'pipeline.stages.0.stage.failureStrategies',
    ],
    [
      'an identifier with a dash',
      'identifier: Prod_Gate',
      'identifier: prod-gate',
      'pipeline.stages.0.stage.identifier',
    ],
    [
      'a retry without an interval',
      'retryIntervals: [10s]',
      'retryIntervals: []',
      `${STEP}.0.step.failureStrategies.0.onFailure.action.spec.retryIntervals`,
    ],
  ])('%s', (_name, from, to, field) => {
    expect(changed(from, to)).toContain(field);
  });

  test('a script step without a script', () => {
    expect(changed('script: export uuid=$(uuidgen)', 'script: ""', CD_STEPS)).toContain(
      'steps.0.step.spec.source.spec.script',
    );
  });
});
