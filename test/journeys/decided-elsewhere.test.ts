import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { votesOf } from '../../src/store/votes.ts';
import { teamsButtons, teamsWords } from '../helpers/in-teams.ts';
import { notify, requestsOf } from '../helpers/notifications.ts';
import { say } from '../helpers/typed.ts';
import { ACME, startWorld, type World, wordsOf } from '../helpers/world.ts';

let world: World;
afterEach(() => world.close());

const ANY = 'deploy-to-production';
const ALL = 'database-migration';
/** A gate that people may also decide in Harness itself. */
const OPEN_TO_ALL = { approvers: { userGroups: ['account._account_all_users'] } };

const gate = () => world.harness.instances[0]!.id;
const decide = (action: 'APPROVE' | 'REJECT', instanceId = gate(), comments?: string) =>
  world.harness.decideInUi(instanceId, { user: 'h-carol', action, ...(comments && { comments }) });

async function auditOf(requestId: string) {
  const { db } = world.app.context;
  const rows = await db
    .selectFrom('audit_events')
    .selectAll()
    .where('subject_id', '=', requestId)
    .where('action', '=', 'decided_outside')
    .execute();
  return rows.map(({ detail }) => JSON.parse(detail) as Record<string, unknown>);
}

describe('approved in Harness’s own UI while a card is open in Slack and one in Teams', () => {
  beforeEach(async () => {
    world = await startWorld({
      teams: { people: ['bob'] },
      slack: { people: ['alice', 'dana', 'maria', 'ada'] },
    });
    await world.load(ACME);
  });

  test('both cards close and tell the truth, at once on a notification', async () => {
    const id = await world.ask(ANY, 'run1', OPEN_TO_ALL);
    expect(world.words('alice')).toContain('Waiting for your decision');
    expect(teamsWords(world, 'bob')).toContain('Waiting for your decision');
    decide('APPROVE');
    await notify(world, 'run1', 'PipelineSuccess');
    await world.settle();
    expect(world.words('alice')).toContain('Approved in Harness by carol');
    expect(teamsWords(world, 'bob')).toContain('Approved in Harness by carol');
    expect(JSON.stringify(world.card('alice')!.blocks)).not.toContain('"action_id":"reject"');
    expect(teamsButtons(world, 'bob')).toEqual(['View pipeline']);
    expect(world.harness.requests.some(({ method }) => method === 'POST')).toBe(false);
    expect(await auditOf(id)).toEqual([
      { status: 'APPROVED', by: 'carol', how: 'it was approved in Harness itself by carol' },
    ]);
  });

  test('and within a minute and a quarter without one', async () => {
    await world.ask(ANY, 'run1', OPEN_TO_ALL);
    decide('REJECT');
    await world.pass(75_000);
    expect(world.words('alice')).toContain('Rejected in Harness by carol');
    expect(teamsWords(world, 'bob')).toContain('Rejected in Harness by carol');
  });
});

describe('who and how', () => {
  beforeEach(async () => {
    world = await startWorld();
    await world.load(ACME);
  });

  test('votes that were given here are void, with the reason', async () => {
    const id = await world.ask(ALL, 'run1', OPEN_TO_ALL);
    await world.press('alice', 'approve');
    await world.settle();
    decide('REJECT');
    await notify(world, 'run1', 'PipelineEnd');
    await world.settle();
    expect(await votesOf(world.app.context.db, id)).toMatchObject([
      { voidBecause: 'it was rejected in Harness itself by carol' },
    ]);
    expect(world.words('alice')).toContain('Rejected in Harness by carol');
    expect(await say(world, 'ada', `request ${id}`)).toContain('rejected in Harness itself by carol');
  });

  test('the run was aborted; the gate expired; the run ended another way', async () => {
    await world.ask(ANY, 'run1');
    world.harness.abort('run1');
    await notify(world, 'run1', 'PipelineEnd');
    await world.settle();
    expect(world.words('alice')).toContain('Run aborted in Harness');

    const expired = await world.ask(ANY, 'run2', { timeoutMs: 60_000 });
    world.clock.advance(61_000);
    await notify(world, 'run2', 'StageFailed');
    await world.settle();
    expect(world.words('alice')).toContain('Expired in Harness');
    expect(await auditOf(expired)).toMatchObject([{ how: 'the gate expired in Harness' }]);

    world.run('run3');
    await world.post(ANY, world.webhook('run3', { approverInputs: [] }));
    await world.pass(25_000);
    world.harness.finishExecution('run3', 'Success');
    await notify(world, 'run3', 'PipelineSuccess');
    await world.settle();
    expect(world.words('alice')).toContain('Run ended in Harness without a decision here (Success)');

    world.run('run4');
    await world.post(ANY, world.webhook('run4', { approverInputs: [] }));
    await world.pass(25_000);
    world.harness.finishExecution('run4', 'Failed');
    await notify(world, 'run4', 'PipelineFailed');
    await world.settle();
    expect(world.words('alice')).toContain('Run failed in Harness');
  });

  test('R19: rejected because a newer run was approved is its own state, also where nothing was decided here', async () => {
    await world.ask(ANY, 'old', { ...OPEN_TO_ALL, isAutoRejectEnabled: true });
    decide('REJECT', gate(), 'Rejected due to approval of https://app.harness.io/new');
    await notify(world, 'old', 'PipelineEnd');
    await world.settle();
    expect(world.words('alice')).toContain('Rejected by Harness: a newer run of this pipeline was approved');
    const [request] = await requestsOf(world, 'old');
    expect(request!.harness.decidedHow).toBe('superseded');

    await world.ask(ANY, 'other', OPEN_TO_ALL);
    const posing = world.harness.instances.at(-1)!.id;
    decide('REJECT', posing, 'Rejected due to approval of https://app.harness.io/new');
    await notify(world, 'other', 'PipelineEnd');
    await world.settle();
    expect((await requestsOf(world, 'other'))[0]!.harness.decidedHow).toBeNull();
  });

  test('approved by the step’s own timer: Harness, and nobody', async () => {
    await world.ask(ANY, 'run1', OPEN_TO_ALL);
    world.harness.decideInUi(gate(), {
      user: { uuid: 'system', name: 'Harness', email: 'Harness' },
      action: 'APPROVE',
    });
    await notify(world, 'run1', 'PipelineEnd');
    await world.settle();
    expect(world.words('alice')).toContain(
      'Approved automatically in Harness: the time set in its step came',
    );
  });

  test('while our own approval is on its way: whoever tells Harness says what came of it', async () => {
    await world.ask(ANY, 'run1', OPEN_TO_ALL);
    decide('REJECT');
    await world.press('alice', 'approve');
    await notify(world, 'run1', 'PipelineEnd');
    await world.settle();
    expect(world.words('bob')).toContain('Rejected in Harness by carol');
    expect(world.words('bob')).toContain('Differs from the decision here');
    expect(world.harness.effects).toHaveLength(1);
  });
});

describe('what an approver has to know before', () => {
  beforeEach(async () => {
    world = await startWorld();
    await world.load(ACME);
  });

  async function ask(step: Partial<Parameters<World['harness']['reachApproval']>[1]>) {
    world.run('run1');
    await world.post(ANY, world.webhook('run1'));
    world.harness.reachApproval('run1', {
      approvalMessage: 'Approve in chat',
      callbackId: 'run1-gate',
      approvers: { userGroups: [], serviceAccounts: ['account.approvalbot'] },
      ...step,
    });
    await world.pass(1_000);
  }

  const WARNING = 'Approving rejects older runs of this pipeline that still wait.';

  test('an approval rejects older runs: on the card, before the click, and on every form', async () => {
    await ask({ isAutoRejectEnabled: true });
    expect(world.words('alice')).toContain(WARNING);
    const blocks = JSON.stringify(world.card('alice')!.blocks);
    expect(blocks).toMatch(new RegExp(`"confirm":\\{[^}]*\\}[^}]*${WARNING}`));
    await world.press('alice', 'approve_with_comment');
    expect(wordsOf((await world.form('alice')).blocks).join(' ')).toContain(WARNING);
  });

  test('the run also waits for a Jira approval, which is left alone', async () => {
    world.run('run1');
    world.harness.reachApproval('run1', { approvalMessage: 'Jira', type: 'JiraApproval' });
    await world.post(ANY, world.webhook('run1'));
    world.harness.reachApproval('run1', { approvalMessage: 'Snow', type: 'ServiceNowApproval' });
    world.reach('run1');
    await world.pass(1_000);
    await world.pass(6_000);
    const line =
      'This run also waits for a Jira approval and a ServiceNow approval, which Countersign leaves alone.';
    expect(world.words('alice')).toContain(line);
    const [request] = await requestsOf(world, 'run1');
    expect(await say(world, 'ada', `request ${request!.id}`)).toContain(line);
    await world.press('alice', 'approve');
    await world.settle();
    expect(world.harness.instances.map(({ type, status }) => [type, status])).toEqual([
      ['JiraApproval', 'WAITING'],
      ['ServiceNowApproval', 'WAITING'],
      ['HarnessApproval', 'APPROVED'],
    ]);
  });
});
