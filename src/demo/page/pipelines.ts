import { setTimeout as pause } from 'node:timers/promises';
import type { HarnessDouble } from '../doubles/harness/harness-double.ts';
import type { Execution, Instance } from '../doubles/harness/types.ts';
import { HARNESS_USER, REQUESTER } from './cast.ts';
import { askForCheck, checkCurlLine, checkPath, postCheck } from './check-call.ts';
import type { FaultSwitches } from './fault-switches.ts';
import type { CheckResult, PipelineRun } from './pipeline-run.ts';
import { ORG, PROJECT, type Scenario } from './scenarios.ts';
import {
  type BotDoor,
  callbackIdOf,
  curlLine,
  type PostOutcome,
  postWebhook,
  webhookBody,
  webhookPath,
} from './webhook-call.ts';

const BUILD_MS = 700;
const DEPLOY_MS = 2200;
const CURL_GATE_MS = 1000;
const POST_ATTEMPTS = 4;
const POST_RETRY_MS = 2000;

/** Plays the pipelines: Build → Request approval → Approval gate → Deploy. */
export class Pipelines {
  readonly runs: PipelineRun[] = [];
  readonly #harness: HarnessDouble;
  readonly #switches: FaultSwitches;
  readonly #door: BotDoor;
  readonly #changed: () => void;
  readonly #numbers = new Map<string, number>();
  readonly #prepared = new Map<string, PipelineRun>();
  readonly #closing = new AbortController();
  /** How often somebody wanted a look since the present one began; 0: nobody looks. */
  #looks = 0;

  constructor(given: {
    harness: HarnessDouble;
    switches: FaultSwitches;
    door: BotDoor;
    changed: () => void;
  }) {
    this.#harness = given.harness;
    this.#switches = given.switches;
    this.#door = given.door;
    this.#changed = given.changed;
    this.#harness.onChange((change) => {
      if (change.kind === 'request') this.#noticeCurl(change.id);
      if (change.kind === 'instance') this.#goOnIfApproved(change.id);
      void this.lookForChecks();
    });
  }

  /** Somebody presses Run: the run is on its way when this returns. */
  start(scenario: Scenario, message: string): PipelineRun {
    const run = this.#newRun(scenario, message, false);
    this.runs.unshift(run);
    this.#play(run).catch(ignoreAbort);
    return run;
  }

  /** The curl line of a run that waits for its webhook; the same one until it has been used. */
  curlFor(scenario: Scenario): string {
    const run = this.#prepared.get(scenario.event) ?? this.#newRun(scenario, scenario.message, true);
    this.#prepared.set(scenario.event, run);
    return curlLine(this.#door, scenario, this.#bodyOf(run));
  }

  /** Somebody decides in Harness's own UI. */
  decideInUi(planExecutionId: string, action: 'APPROVE' | 'REJECT'): void {
    const instance = this.instanceOf(planExecutionId);
    if (!instance) throw new Error('this run waits for nobody');
    const inputs = { change_ticket: 'CHG0042137', rollout: 'full', approved_by: HARNESS_USER.email };
    const declared = instance.declaredInputs.map(({ name }) => ({
      name,
      value: inputs[name as keyof typeof inputs] ?? '',
    }));
    this.#harness.decideInUi(instance.id, {
      user: HARNESS_USER.uuid,
      action,
      comments: 'Decided on the run’s page in Harness',
      ...(action === 'APPROVE' && { approverInputs: declared }),
    });
  }

  /** Somebody aborts the run in Harness's own UI. */
  abort(planExecutionId: string): void {
    if (this.instanceOf(planExecutionId)?.status !== 'WAITING')
      throw new Error('this run does not wait any more');
    this.#harness.abort(planExecutionId);
  }

  /** Whether the bot waits for the result of the run's check. */
  awaitsCheck(run: PipelineRun): boolean {
    return run.check === 'awaited' && this.executionOf(run).endTs === null;
  }

  /** The tests are through: they call the bot. */
  async reportCheck(planExecutionId: string, result: CheckResult): Promise<void> {
    const run = this.runs.find((one) => one.planExecutionId === planExecutionId);
    if (!run || !this.awaitsCheck(run)) throw new Error('this run waits for no check');
    const execution = this.executionOf(run);
    const outcome = await postCheck(this.#door, execution, result);
    const says = outcome.status === 200 ? `check ${result}` : outcome.body.slice(0, 200);
    run.reports.push({ at: Date.now(), path: checkPath(execution), status: outcome.status, says });
    if (outcome.status === 200) run.check = result;
    this.#changed();
  }

  /** The same report for a terminal. */
  checkCurlFor(run: PipelineRun): string {
    return checkCurlLine(this.#door, this.executionOf(run), 'passed');
  }

  /** Something happened: perhaps a check is awaited now, or was reported from a terminal. */
  async lookForChecks(): Promise<void> {
    this.#looks += 1;
    if (this.#looks > 1) return;
    while (this.#looks > 0) {
      this.#looks = 1;
      for (const run of this.runs.filter((one) => this.#hasOpenCheck(one))) await this.#lookForCheck(run);
      this.#looks -= 1;
    }
  }

  #hasOpenCheck({ scenario, ask, check, planExecutionId }: PipelineRun): boolean {
    if (!scenario.hasCheck || ask !== 'done' || (check !== 'to come' && check !== 'awaited')) return false;
    return this.#harness.executions.some(
      (one) => one.planExecutionId === planExecutionId && one.endTs === null,
    );
  }

  async #lookForCheck(run: PipelineRun): Promise<void> {
    const found = await askForCheck(this.#door, this.executionOf(run));
    if (found === null || found === run.check || !this.#hasOpenCheck(run)) return;
    run.check = found;
    this.#changed();
  }

  instanceOf(planExecutionId: string): Instance | undefined {
    return this.#harness.instances.find((instance) => instance.planExecutionId === planExecutionId);
  }

  executionOf(run: PipelineRun): Execution {
    return this.#harness.executions.find((one) => one.planExecutionId === run.planExecutionId)!;
  }

  close(): void {
    this.#closing.abort();
  }

  #nextNumber(scenario: Scenario): number {
    const number = (this.#numbers.get(scenario.event) ?? scenario.runsBefore) + 1;
    this.#numbers.set(scenario.event, number);
    return number;
  }

  #newRun(scenario: Scenario, message: string, byCurl: boolean): PipelineRun {
    const { planExecutionId } = this.#harness.startExecution({
      orgIdentifier: ORG,
      projectIdentifier: PROJECT,
      pipelineIdentifier: scenario.pipeline,
      pipelineName: scenario.pipelineName,
      runSequence: this.#nextNumber(scenario),
      triggeredBy: { uuid: 'harnessuserdana000001A', identifier: REQUESTER.email, email: REQUESTER.email },
    });
    return {
      planExecutionId,
      scenario,
      message,
      byCurl,
      build: byCurl ? 'done' : 'running',
      ask: 'idle',
      posts: [],
      reports: [],
      check: 'to come',
      gateAt: null,
      instanceId: null,
      deploying: false,
    };
  }

  async #play(run: PipelineRun): Promise<void> {
    this.#changed();
    await this.#pause(BUILD_MS);
    run.build = 'done';
    run.ask = 'running';
    this.#changed();
    const taken = await this.#askWithRetries(run);
    run.ask = taken ? 'done' : 'failed';
    if (!taken) {
      this.#harness.finishExecution(run.planExecutionId, 'Failed');
      this.#changed();
      return;
    }
    await this.#reachGate(run, this.#switches.takeGateDelayMs());
  }

  async #askWithRetries(run: PipelineRun): Promise<boolean> {
    for (let attempt = 1; attempt <= POST_ATTEMPTS; attempt += 1) {
      const outcome = await postWebhook(this.#door, run.scenario, this.#bodyOf(run));
      run.posts.push({
        at: Date.now(),
        path: webhookPath(run.scenario),
        status: outcome.status,
        says: saidBy(outcome),
      });
      this.#changed();
      if (outcome.status === 202 || outcome.status === 200) return true;
      if (attempt < POST_ATTEMPTS) await this.#pause(POST_RETRY_MS);
    }
    return false;
  }

  async #reachGate(run: PipelineRun, delayMs: number): Promise<void> {
    run.gateAt = Date.now() + delayMs;
    this.#changed();
    await this.#pause(delayMs);
    run.gateAt = null;
    const instance = this.#harness.reachApproval(run.planExecutionId, {
      approvalMessage: 'Approve or reject in Slack',
      callbackId: callbackIdOf(run.planExecutionId),
      approverInputs: run.scenario.inputs,
      approvers: { userGroups: ['account.release_managers'], serviceAccounts: ['account.countersign'] },
      stageIdentifier: 'Prod_Gate',
      stepIdentifier: 'Wait_for_approval',
    });
    run.instanceId = instance.id;
    this.#changed();
  }

  /** The bot asks Harness about a prepared run: its webhook has come, from a terminal. */
  #noticeCurl(request: string): void {
    for (const [event, run] of this.#prepared) {
      if (!request.includes(run.planExecutionId)) continue;
      this.#prepared.delete(event);
      run.ask = 'done';
      run.posts.push({
        at: Date.now(),
        path: webhookPath(run.scenario),
        status: 202,
        says: 'by curl',
      });
      this.runs.unshift(run);
      this.#reachGate(run, CURL_GATE_MS).catch(ignoreAbort);
    }
  }

  #goOnIfApproved(instanceId: string): void {
    const run = this.runs.find((candidate) => candidate.instanceId === instanceId);
    if (!run || run.deploying || this.instanceOf(run.planExecutionId)?.status !== 'APPROVED') return;
    run.deploying = true;
    this.#pause(DEPLOY_MS)
      .then(() => {
        this.#harness.finishExecution(run.planExecutionId, 'Success');
        this.#changed();
      })
      .catch(ignoreAbort);
  }

  #bodyOf(run: PipelineRun): object {
    return webhookBody(this.executionOf(run), run.scenario, run.message);
  }

  #pause(ms: number): Promise<void> {
    return pause(ms, undefined, { signal: this.#closing.signal });
  }
}

function saidBy(outcome: PostOutcome): string {
  if (outcome.status === 202) return 'request opened';
  return outcome.body.slice(0, 200);
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error) || error.name !== 'AbortError') throw error;
}
