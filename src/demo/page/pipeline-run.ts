import type { Scenario } from './scenarios.ts';

export type StageState = 'idle' | 'running' | 'waiting' | 'done' | 'failed' | 'skipped';

export interface PostRecord {
  at: number;
  path: string;
  status: number | null;
  says: string;
}

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
  /** When the gate will be reached, epoch ms; null before that is known and once it is reached. */
  gateAt: number | null;
  instanceId: string | null;
  deploying: boolean;
}
