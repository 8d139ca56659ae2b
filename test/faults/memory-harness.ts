import type { DecisionAction, Execution } from '../../src/approval/request.ts';
import type { HarnessInstance } from '../../src/approval/submission.ts';
import type {
  ApprovalApi,
  HarnessAnswer,
  HarnessTrouble,
  Outcome,
  SubmitAnswer,
} from '../../src/usecases/harness-ports.ts';

/** `down`: nothing gets there. `deaf`: it is done, and the answer is lost. `busy`: turned away. */
export type HarnessWeather = 'calm' | 'down' | 'deaf' | 'busy';

/** Harness in memory: one gate that waits in each run that dana started, on a clock of its own. */
export class MemoryHarness implements ApprovalApi {
  weather: HarnessWeather = 'calm';
  /** Votes of ours that it counted, in order. */
  readonly effects: { run: string; action: DecisionAction; comments: string }[] = [];
  /** Posts that got there, counted or not. */
  posts = 0;
  readonly #gates = new Map<string, HarnessInstance>();
  #held: { until: Promise<void>; reached: () => void } | null = null;
  readonly #now: () => number;
  readonly #ours: () => number;

  /** `now` is Harness's own clock; `ours` the bot's, which may be wrong. */
  constructor(now: () => number, ours: () => number = now) {
    this.#now = now;
    this.#ours = ours;
  }

  gate(run: string): HarnessInstance {
    const known = this.#gates.get(run);
    if (known) return known;
    const gate: HarnessInstance = {
      ...{ id: `instance-${run}`, type: 'HarnessApproval', status: 'WAITING', deadline: null },
      ...{ createdAt: this.#now(), approvalMessage: '', minimumCount: 1 },
      ...{ disallowPipelineExecutor: false, disallowedUserEmails: [], userGroups: [] },
      ...{ serviceAccounts: [], autoRejectEnabled: false, activities: [], inputs: [] },
    };
    this.#gates.set(run, gate);
    return gate;
  }

  /** The next vote is taken only then; resolves once it has come. */
  holdNextSubmit(until: Promise<void>): Promise<void> {
    return new Promise((reached) => {
      this.#held = { until, reached };
    });
  }

  /** Forgets every run: they are over. */
  forget(): void {
    this.#gates.clear();
    this.effects.length = 0;
  }

  /** Somebody decides it in Harness; false = it is over already. */
  decideElsewhere(run: string, action: DecisionAction | 'ABORT'): boolean {
    const gate = this.gate(run);
    if (gate.status !== 'WAITING') return false;
    if (action === 'ABORT') this.#gates.set(run, { ...gate, status: 'ABORTED' });
    else this.#record(gate, run, action, { name: 'carol', email: 'carol@acme.io' }, 'in Harness');
    return true;
  }

  #record(
    gate: HarnessInstance,
    run: string,
    action: DecisionAction,
    user: { name: string; email: string },
    comments: string,
  ): HarnessInstance {
    const next: HarnessInstance = {
      ...gate,
      status: action === 'APPROVE' ? 'APPROVED' : 'REJECTED',
      activities: [...gate.activities, { user, action, comments, at: this.#now() }],
    };
    this.#gates.set(run, next);
    return next;
  }

  #trouble(): HarnessTrouble | null {
    if (this.weather === 'down') return { kind: 'unavailable', detail: 'Harness is down.' };
    if (this.weather === 'busy') return { kind: 'throttled', retryAfterMs: 7_000 };
    return null;
  }

  #answer<T>(value: () => T): HarnessAnswer<T> {
    return this.#trouble() ?? { kind: 'ok', skewMs: this.#now() - this.#ours(), value: value() };
  }

  async listInstances({ planExecutionId }: Execution) {
    return this.#answer(() => [this.gate(planExecutionId)]);
  }

  async readExecution() {
    return this.#answer(() => ({
      ...{ pipelineIdentifier: 'deploy_payments', pipelineName: 'Deploy', status: 'Running' },
      ...{ final: false, runSequence: 1 },
      triggeredBy: { name: 'dana', email: 'dana@acme.io', triggerType: 'MANUAL' },
    }));
  }

  async submit({ planExecutionId }: Execution, { action, comments }: Outcome): Promise<SubmitAnswer> {
    const held = this.#held;
    this.#held = null;
    held?.reached();
    await held?.until;
    const trouble = this.#trouble();
    if (trouble) return trouble;
    this.posts += 1;
    const gate = this.gate(planExecutionId);
    if (gate.status !== 'WAITING') return { kind: 'not_waiting' };
    const us = { name: 'Approval bot', email: 'approvalbot@service.harness.io' };
    const instance = this.#record(gate, planExecutionId, action, us, comments);
    this.effects.push({ run: planExecutionId, action, comments });
    return this.weather === 'deaf'
      ? { kind: 'reconcile', detail: 'The answer was lost.' }
      : { kind: 'accepted', instance };
  }

  async checkAuthorization() {
    return this.#answer(() => ({ authorized: true, reason: '' }));
  }

  async checkHealth() {
    return this.#answer(() => null);
  }
}
