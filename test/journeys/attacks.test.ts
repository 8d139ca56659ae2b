import { afterEach, beforeEach, expect, test } from 'vitest';
import { requestById } from '../../src/store/approval-requests.ts';
import { peopleById, personByEmail } from '../../src/store/people.ts';
import { slotsOf } from '../../src/store/slots.ts';
import { submissionOf } from '../../src/store/submissions.ts';
import { reassignSlot } from '../../src/usecases/approvers/reassign-slot.ts';
import { releaseRequest } from '../../src/usecases/deciding/repair-request.ts';
import { chooseInstance } from '../../src/usecases/gates/choose-gate.ts';
import { ACME, email, STAFF, startWorld, type World } from '../helpers/world.ts';

let world: World;
// Each of these once led to a wrong, lost or stuck approval.
beforeEach(async () => {
  world = await startWorld();
  await world.load(ACME);
});
afterEach(() => world.close());
const EVENT = 'deploy-to-production';
const idOf = async (name: string) =>
  (await personByEmail(world.app.context.db, world.app.organizationId, `${name}@acme.io`))!.id;
const ada = async () => ({ personId: await idOf('ada'), via: 'cli' as const });
const read = async (id: string) => (await requestById(world.app.context.db, id))!;
const holders = async (id: string) => {
  const slots = await slotsOf(world.app.context.db, id);
  const people = await peopleById(
    world.app.context.db,
    slots.flatMap((s) => s.personId ?? []),
  );
  return slots.map((s) => (s.personId === null ? 'nobody' : people.get(s.personId)!.name));
};
async function wait(ms: number, step = 5_000) {
  for (let passed = 0; passed < ms; passed += step) await world.pass(step);
}

test('R4 R13: whom the gate disallows does not count although they decided before it was seen', async () => {
  world.run('run1');
  await world.post(EVENT, world.webhook('run1'));
  await wait(25_000);
  await world.press('alice', 'approve');
  await world.settle();
  world.reach('run1', { approvers: { disallowedUserEmails: ['alice@acme.io'] } });
  await wait(60_000);
  expect(world.harness.effects).toEqual([]);
});

test('R4 R16: requester approves before the gate, which disallows the executor', async () => {
  world.run('run1', 'alice');
  await world.post(EVENT, world.webhook('run1', { triggeredByEmail: email('alice') }));
  await wait(25_000);
  await world.press('alice', 'approve');
  await world.settle();
  world.reach('run1', { approvers: { disallowPipelineExecutor: true } });
  await wait(60_000);
  expect(world.harness.effects).toEqual([]);
});

test('R1: run of another pipeline, found out after the decision, is held and not sent', async () => {
  world.run('run1', null);
  world.harness.addFault({ match: { method: 'GET' }, times: Number.POSITIVE_INFINITY, status: 503 });
  const opened = await world.post(EVENT, world.webhook('run1', { pipelineIdentifier: 'harmless' }));
  await wait(25_000);
  await world.press('alice', 'approve');
  await world.settle();
  world.harness.clearFaults();
  world.reach('run1');
  await wait(60_000);
  expect([(await read(opened.body.id as string)).problem?.kind, world.harness.effects.length]).toEqual([
    'pipeline_not_listed',
    0,
  ]);
});

test('R1: requirement none does not open for an event without pipelines by way of the requester’s policy', async () => {
  await world.load(`
people: [{ email: dana@acme.io }]
events: [{ slug: ${EVENT}, name: Deploy to production }]
policies: [{ slug: fast, name: Fast, people: [dana@acme.io] }]
workflows: [{ policy: fast, event: ${EVENT}, requirement: none }]
`);
  await world.ask(EVENT, 'run1', { body: { triggeredByEmail: undefined } });
  await wait(10_000);
  expect(world.harness.effects).toEqual([]);
});

test('R14: an approver removed from the workflow does not come back with an amendment', async () => {
  const id = await world.ask(EVENT, 'run1', { approverInputs: [{ name: 'ticket', defaultValue: '' }] });
  await world.load(
    ACME.replace(
      'approvers: [alice@acme.io, bob@acme.io], subscribers',
      'approvers: [bob@acme.io], subscribers',
    ),
  );
  expect(await holders(id)).toEqual(['nobody', 'Bob']);
  await world.post(EVENT, world.webhook('run1', { message: 'other' }));
  await wait(10_000);
  expect(await holders(id)).not.toContain('Alice');
});

test('R7: a reassigned place survives an amendment', async () => {
  const id = await world.ask(EVENT, 'run1', { approverInputs: [{ name: 'ticket', defaultValue: '' }] });
  expect(
    await reassignSlot(world.app.context, id, await idOf('alice'), await idOf('carol'), await ada()),
  ).toBeNull();
  await world.settle();
  await world.post(EVENT, world.webhook('run1', { message: 'other' }));
  await wait(10_000);
  expect(await holders(id)).toEqual(['Carol', 'Bob']);
});

test('R7: an admin’s reassignment mends a request nobody could be asked about', async () => {
  const id = await world.ask(EVENT, 'run1', {
    approvers: { disallowedUserEmails: ['alice@acme.io', 'bob@acme.io'] },
  });
  expect((await read(id)).problem?.kind).toBe('no_approver');
  expect(await reassignSlot(world.app.context, id, null, await idOf('carol'), await ada())).toBeNull();
  await world.settle();
  expect([(await read(id)).problem, await holders(id)]).toEqual([null, ['Carol']]);
});

test('R4 R11: an amendment while Harness is away keeps the gate’s inputs', async () => {
  await world.ask(EVENT, 'run1', { approverInputs: [{ name: 'ticket', defaultValue: '' }] });
  await wait(65_000);
  world.harness.addFault({ match: { method: 'GET' }, times: Number.POSITIVE_INFINITY, status: 503 });
  await world.post(EVENT, world.webhook('run1', { message: 'other' }));
  await wait(30_000);
  world.harness.clearFaults();
  await wait(60_000);
  await world.press('alice', 'approve');
  await wait(30_000);
  expect(world.words('alice')).toContain('ticket');
  expect(world.harness.effects).toEqual([]);
});

test('R13: a void approval’s e-mail is not sent after inputs are corrected', async () => {
  await world.load(
    ACME.replace('manager_approves: true, subscribers', 'fallback_approvers: [carol@acme.io], subscribers'),
  );
  await world.ask('database-migration', 'run1', {
    approverInputs: [{ name: 'ticket', defaultValue: 'x' }, { name: 'approved_by' }],
  });
  await world.approveWith('alice', {});
  await world.settle();
  await world.load('people: [{ email: alice@acme.io, deactivated: true }]');
  await world.settle();
  await world.approveWith('carol', {});
  await world.settle();
  world.harness.addFault({
    match: { method: 'POST' },
    status: 400,
    body: {
      message:
        'Invalid request: Unable to add Harness Approval Activity : Approval inputs validation failed: {ticket=x does not match the regex pattern CHG.*}',
      code: null,
      errors: [],
      error_metadata: null,
    },
  });
  await world.approveWith('bob', {});
  await world.settle();
  await world.press('bob', 'supply_inputs');
  await world.slack.submitView(STAFF.bob, (await world.form('bob')).id, { ticket: 'CHG1' });
  await world.settle();
  expect(world.harness.effects[0]?.approverInputs).toEqual([
    { name: 'ticket', value: 'CHG1' },
    { name: 'approved_by', value: 'carol@acme.io,bob@acme.io' },
  ]);
});

test('R21: a gate that was over when first seen closes the request', async () => {
  world.run('run1');
  const { body } = await world.post(EVENT, world.webhook('run1'));
  const gate = world.reach('run1', { approvers: { userGroups: ['account._account_all_users'] } });
  world.harness.decideInUi(gate, { user: 'h-sam', action: 'REJECT', comments: 'no' } as never);
  await wait(120_000);
  expect((await read(body.id as string)).status).toBe('REJECTED');
});

test('R21: Harness’s word is the headline also while our submission is dead', async () => {
  world.run('run1');
  await world.post(EVENT, world.webhook('run1'));
  const gate = world.reach('run1', { approvers: { userGroups: ['account._account_all_users'] } });
  await world.pass(1_000);
  world.harness.addFault({
    match: { method: 'POST' },
    status: 400,
    body: {
      message:
        'Invalid request: The service account configured in the request is not authorized to approve/reject',
      code: null,
      errors: [],
      error_metadata: null,
    },
  });
  await world.press('alice', 'approve');
  await world.settle();
  expect(world.words('alice')).toContain('not delivered');
  world.harness.decideInUi(gate, { user: 'h-sam', action: 'REJECT', comments: 'no' } as never);
  await wait(600_000, 30_000);
  expect(world.words('alice')).toContain('Rejected in Harness');
});

test('A10: an admin’s retry after six attempts tries again', async () => {
  const id = await world.ask(EVENT, 'run1');
  world.harness.addFault({ match: { method: 'POST' }, times: Number.POSITIVE_INFINITY, status: 500 });
  await world.press('alice', 'approve');
  await wait(600_000, 30_000);
  expect((await submissionOf(world.app.context.db, id))?.state).toBe('dead');
  world.harness.clearFaults();
  await world.press('ada', 'retry_submission');
  await wait(60_000);
  expect(world.harness.effects).toHaveLength(1);
});

test('A10b: an admin’s retry after 24 hours tries again', async () => {
  const id = await world.ask(EVENT, 'run1', { timeoutMs: 5 * 86_400_000 });
  world.harness.addFault({ match: { method: 'GET' }, times: Number.POSITIVE_INFINITY, status: 503 });
  await world.press('alice', 'approve');
  await world.settle();
  await wait(26 * 3_600_000, 3_600_000);
  expect((await submissionOf(world.app.context.db, id))?.state).toBe('dead');
  world.harness.clearFaults();
  await world.press('ada', 'retry_submission');
  await wait(60_000);
  expect(world.harness.effects).toHaveLength(1);
});

test('R2: the same key for another policy is 409', async () => {
  await world.ask(EVENT, 'run1');
  await wait(61_000);
  expect(
    (await world.post(EVENT, world.webhook('run1', { approvalPolicy: 'no-such-policy' }))).status,
  ).toBeGreaterThanOrEqual(400);
});

test('R2: a repeated webhook does not open a second request while the first is decided and not yet told', async () => {
  world.run('run1');
  const first = await world.post('rollback', world.webhook('run1'));
  await wait(25_000);
  expect((await read(first.body.id as string)).status).toBe('APPROVED');
  world.reach('run1');
  const again = await world.post('rollback', world.webhook('run1'));
  expect(again.body.id).toBe(first.body.id);
});

test('R18: an admin cannot bind a gate that Harness does not show', async () => {
  world.run('run1');
  const { body } = await world.post(EVENT, world.webhook('run1', { callbackId: undefined }));
  const id = body.id as string;
  world.reach('run1', { callbackId: 'one' });
  world.reach('run1', { callbackId: 'other' });
  await wait(30_000);
  const before = await read(id);
  const refusal = await chooseInstance(world.app.context, id, 'bogus', await ada());
  expect([before.problem?.kind, refusal === null, (await read(id)).harness.instanceId]).not.toContain(
    'bogus',
  );
});

test('R6: the webhook’s word for the requester does not choose the policy once Harness said otherwise', async () => {
  await world.load(`
people: [{ email: sam@acme.io }, { email: carol@acme.io }]
events: [{ slug: ${EVENT}, name: Deploy to production }]
policies: [{ slug: lax, name: Lax, people: [sam@acme.io] }]
workflows: [{ policy: lax, event: ${EVENT}, requirement: any, approvers: [carol@acme.io] }]
`);
  const id = await world.ask(EVENT, 'run1', { body: { triggeredByEmail: email('sam') } });
  expect((await read(id)).problem?.kind).toBe('requester_differs');
  expect(await releaseRequest(world.app.context, id, await ada())).toBeNull();
  await wait(10_000);
  expect([(await read(id)).content.approvalPolicy.name, await holders(id)]).toEqual([
    'Standard',
    ['Alice', 'Bob'],
  ]);
});

test('R5: while Harness is silent the webhook’s word does not choose the policy', async () => {
  await world.load(`
people: [{ email: sam@acme.io }, { email: carol@acme.io }]
events: [{ slug: ${EVENT}, name: Deploy to production }]
policies: [{ slug: lax, name: Lax, people: [sam@acme.io] }]
workflows: [{ policy: lax, event: ${EVENT}, requirement: any, approvers: [carol@acme.io] }]
`);
  const { body } = await world.post(EVENT, world.webhook('run1', { triggeredByEmail: email('sam') }));
  await wait(25_000);
  expect(await holders(body.id as string)).toEqual(['Alice', 'Bob']);
});

test('R4: a gate that appears after the cards still shuts out whom it disallows', async () => {
  world.run('run1');
  const { body } = await world.post(EVENT, world.webhook('run1'));
  await wait(25_000);
  world.reach('run1', { approvers: { disallowedUserEmails: ['alice@acme.io'] } });
  await wait(60_000);
  expect((await read(body.id as string)).harness.confirmed).toBe(true);
  expect(world.words('alice')).toContain('You are no longer an approver');
  const card = world.card('alice')!;
  const forged = { channel: card.channel, ts: card.ts, actionId: 'approve', forge: true };
  await world.slack.click(STAFF.alice, forged);
  await world.settle();
  expect(world.harness.effects).toEqual([]);
});

test('R14: a look at the directory that finds an approver deactivated vacates the place', async () => {
  const id = await world.ask('database-migration', 'run1');
  world.slack.updateUser(STAFF.alice, { deleted: true });
  await wait(11 * 60_000, 60_000);
  await world.post('database-migration', world.webhook('run1', { message: 'other' }));
  await wait(10_000);
  expect(await holders(id)).not.toContain('Alice');
});

test('R14: a fallback approver removed from the workflow loses the place they stand in', async () => {
  const yaml = (fallback: string) =>
    ACME.replace(
      'approvers: [alice@acme.io, bob@acme.io], subscribers',
      `approvers: [alice@acme.io], fallback_approvers: [${fallback}], subscribers`,
    );
  await world.load(yaml('carol@acme.io'));
  const id = await world.ask(EVENT, 'run1', { approvers: { disallowedUserEmails: ['alice@acme.io'] } });
  expect(await holders(id)).toEqual(['Carol']);
  await world.load(yaml('sam@acme.io'));
  expect(await holders(id)).not.toContain('Carol');
});

test('R13 R7: a place given to somebody who is a guest in chat does not silently stay with them', async () => {
  const id = await world.ask('database-migration', 'run1');
  world.slack.updateUser(STAFF.carol, { isRestricted: true });
  const refusal = await reassignSlot(
    world.app.context,
    id,
    await idOf('alice'),
    await idOf('carol'),
    await ada(),
  );
  await wait(10_000);
  expect([refusal, (await holders(id)).includes('Carol'), (await read(id)).problem?.kind]).not.toEqual([
    null,
    true,
    undefined,
  ]);
});
