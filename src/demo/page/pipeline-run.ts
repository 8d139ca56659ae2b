import type { Scenario } from './scenarios.ts';

export type StageState = 'idle' | 'running' | 'waiting' | 'done' | 'failed' | 'skipped';

export interface PostRecord {
  at: number;
  path: string;
  status: number | null;
  says: string;
}

export type CheckResult = 'passed' | 'failed';

/** What the check of a run has come to, as the bot knows it; 'to come': its approval is not asked yet. */
export type CheckState = 'to come' | 'awaited' | CheckResult;

/** One run of the pretended pipeline, beyond what Harness's API would tell. */
export interface PipelineRun {
  planExecutionId: string;
  scenario: Scenario;
  message: string;
  /** From a terminal: the visitor posts the webhook. */
  byCurl: boolean;
  build: StageState;
  ask: StageState;
  posts: PostRecord[];
  /** What the check has sent to the bot. */
  reports: PostRecord[];
  check: CheckState;
  /** When the gate will be reached, epoch ms; null before that is known and once it is reached. */
  gateAt: number | null;
  instanceId: string | null;
  deploying: boolean;
}
