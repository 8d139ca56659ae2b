import type { HarnessDouble } from '../doubles/harness/harness-double.ts';
import type { SentNotification } from '../doubles/harness/notification.ts';
import type { AnsweredAs, RecordedRequest } from '../doubles/harness/server.ts';
import type { ActivityRecord, Execution, Instance } from '../doubles/harness/types.ts';
import { CHECK } from './cast.ts';
import type { PipelineRun, PostRecord, StageState } from './pipeline-run.ts';
import type { Pipelines } from './pipelines.ts';
import { NOTIFICATIONS_PATH } from './webhook-call.ts';

export interface LogLine {
  at: number;
  /** Who called whom: 'in' is the bot calling Harness. */
  way: 'pipeline' | 'check' | 'notification' | 'in';
  method: string;
  path: string;
  status: AnsweredAs | null;
  says: string;
  times: number;
}

export interface RunShown {
  id: string;
  name: string;
  number: number;
  event: string;
  message: string;
  byCurl: boolean;
  state: 'running' | 'waiting' | 'done' | 'failed';
  word: string;
  stages: StageShown[];
  gateAt: number | null;
  activities: { who: string; action: string; comment: string; inputs: string; at: number; via: string }[];
  log: LogLine[];
  canDecide: boolean;
  /** The call that reports the check, while it is awaited. */
  checkCurl: string | null;
}

interface StageShown {
  key: 'build' | 'ask' | 'check' | 'gate' | 'last';
  name: string;
  state: StageState;
  says: string;
}

const RUN_WORDS: Readonly<Record<Execution['status'], [RunShown['state'], string]>> = {
  Running: ['running', 'Running'],
  ApprovalWaiting: ['waiting', 'Waiting for approval'],
  Success: ['done', 'Success'],
  Failed: ['failed', 'Failed'],
  ApprovalRejected: ['failed', 'Rejected'],
  Expired: ['failed', 'Expired'],
  Aborted: ['failed', 'Aborted'],
};

/** A run as the page shows it. */
export function runShown(run: PipelineRun, pipelines: Pipelines, harness: HarnessDouble): RunShown {
  const execution = pipelines.executionOf(run);
  const instance = pipelines.instanceOf(run.planExecutionId);
  const [state, word] = RUN_WORDS[execution.status];
  return {
    id: run.planExecutionId,
    name: execution.pipelineName,
    number: execution.runSequence,
    event: run.scenario.event,
    message: run.message,
    byCurl: run.byCurl,
    state,
    word,
    stages: stagesOf(run, execution, instance, pipelines.awaitsCheck(run)),
    gateAt: run.gateAt,
    activities: harness.effects
      .filter((effect) => effect.planExecutionId === run.planExecutionId)
      .map(activityShown),
    log: logOf(run, harness),
    canDecide: instance?.status === 'WAITING',
    checkCurl: pipelines.awaitsCheck(run) ? pipelines.checkCurlFor(run) : null,
  };
}

function stagesOf(
  run: PipelineRun,
  execution: Execution,
  instance: Instance | undefined,
  awaitsCheck: boolean,
): StageShown[] {
  const built = run.build === 'done' ? 'built and tested' : 'building';
  const check: StageShown = { key: 'check', name: CHECK.name, ...checkStage(run, execution, awaitsCheck) };
  return [
    { key: 'build', name: 'Build', state: run.build, says: built },
    { key: 'ask', name: 'Request approval', state: run.ask, says: askSays(run) },
    ...(run.scenario.hasCheck ? [check] : []),
    { key: 'gate', name: 'Approval gate', ...gateStage(run, instance) },
    { key: 'last', name: run.scenario.lastStage, ...lastStage(execution, instance) },
  ];
}

function checkStage(
  { check, reports }: PipelineRun,
  execution: Execution,
  isAwaited: boolean,
): { state: StageState; says: string } {
  if (check === 'passed') return { state: 'done', says: check };
  if (check === 'failed') return { state: 'failed', says: check };
  // What was taken has ended the waiting: a report that is still here was refused.
  const refused = reports.at(-1);
  if (isAwaited)
    return { state: 'waiting', says: refused ? `HTTP ${refused.status ?? 'no answer'}` : 'awaited' };
  if (execution.endTs !== null) return { state: 'skipped', says: 'no result' };
  return { state: 'idle', says: 'in CI' };
}

function askSays(run: PipelineRun): string {
  const last = run.posts.at(-1);
  if (run.byCurl) return 'posted by curl';
  if (!last) return 'HTTP step';
  return `HTTP ${last.status ?? 'no answer'}${run.posts.length > 1 ? `, try ${run.posts.length}` : ''}`;
}

function gateStage(run: PipelineRun, instance: Instance | undefined): { state: StageState; says: string } {
  if (!instance) {
    if (run.ask === 'failed') return { state: 'skipped', says: 'not reached' };
    return { state: 'idle', says: run.gateAt === null ? 'not reached' : 'not reached yet' };
  }
  if (instance.status === 'WAITING') return { state: 'waiting', says: 'waiting' };
  const says = instance.status.toLowerCase();
  return { state: instance.status === 'APPROVED' ? 'done' : 'failed', says };
}

function lastStage(
  execution: Execution,
  instance: Instance | undefined,
): { state: StageState; says: string } {
  if (execution.status === 'Success') return { state: 'done', says: 'live' };
  if (execution.endTs !== null) return { state: 'skipped', says: 'did not run' };
  if (instance?.status === 'APPROVED') return { state: 'running', says: 'running' };
  return { state: 'idle', says: 'to come' };
}

const VIA: Readonly<Record<ActivityRecord['via'], string>> = {
  v1: 'through the approval API',
  activity: 'through the instance API',
  ui: 'on the page in Harness',
  'auto-reject': 'by auto-reject',
  'auto-approval': 'by itself, as scheduled',
};

function activityShown(effect: ActivityRecord): RunShown['activities'][number] {
  return {
    who: effect.user.name,
    action: effect.action === 'APPROVE' ? 'Approved' : 'Rejected',
    comment: effect.comments ?? '',
    inputs: effect.approverInputs
      .filter(({ value }) => value)
      .map(({ name, value }) => `${name} = ${value}`)
      .join('\n'),
    at: effect.approvedAt,
    via: VIA[effect.via],
  };
}

function logOf(run: PipelineRun, harness: HarnessDouble): LogLine[] {
  const mine = [run.planExecutionId, run.instanceId].filter((id) => id !== null);
  const calls = harness.requests
    .filter((request) => mine.some((id) => request.path.includes(id)))
    .map((request): LogLine => {
      const { at, method, status } = request;
      return {
        at,
        way: 'in',
        method,
        path: shortPath(request.path),
        status,
        says: saysOf(request),
        times: 1,
      };
    });
  const told = [
    ...run.posts.map((post) => posted('pipeline', post)),
    ...run.reports.map((report) => posted('check', { ...report, path: shortPath(report.path) })),
    ...harness.notifications
      .filter((one) => one.planExecutionId === run.planExecutionId)
      .map((one) => posted('notification', notified(one))),
  ];
  return folded([...told, ...calls].sort((a, b) => a.at - b.at));
}

function posted(way: LogLine['way'], { at, path, status, says }: PostRecord): LogLine {
  return { at, way, method: 'POST', path, status, says, times: 1 };
}

function notified({ at, eventType, outcome }: SentNotification): PostRecord {
  return { at, path: NOTIFICATIONS_PATH, status: outcome?.status ?? null, says: eventType };
}

function saysOf(request: RecordedRequest): string {
  if (request.method !== 'POST') return '';
  if (request.committed === 0) return request.status === null ? '' : 'no vote recorded';
  return request.status === 200 ? 'vote recorded' : 'vote recorded, answer lost';
}

/** "…/approvals/execution/aB3…" says enough. */
function shortPath(path: string): string {
  const parts = path.split('/').map((part) => (part.length > 16 ? `${part.slice(0, 6)}…` : part));
  const from = parts.findIndex((part) => part === 'approvals' || part === 'pipelines');
  return from < 0 ? parts.join('/') : `…/${parts.slice(from).join('/')}`;
}

/** The same call with the same answer, again and again, is one line; reads may alternate. */
function folded(lines: readonly LogLine[]): LogLine[] {
  const out: LogLine[] = [];
  for (const line of lines) {
    const same = out.slice(sinceLastAct(out)).find((earlier) => isSame(earlier, line));
    if (same) {
      same.times += 1;
      same.at = line.at;
    } else out.push({ ...line });
  }
  return out;
}

function isSame(one: LogLine, other: LogLine): boolean {
  return (['way', 'method', 'path', 'status', 'says'] as const).every((key) => one[key] === other[key]);
}

/** Where the latest lines begin that are reads, or the last line itself. */
function sinceLastAct(lines: readonly LogLine[]): number {
  const last = lines.findLastIndex((line) => line.method !== 'GET');
  return Math.min(last + 1, Math.max(0, lines.length - 1));
}
