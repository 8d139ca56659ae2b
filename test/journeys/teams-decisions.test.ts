import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { auditOf } from '../../src/store/audit.ts';
import {
  everythingInTeams,
  teamsAnswered,
  teamsApproveWith,
  teamsButtons,
  teamsCards,
  teamsDialog,
  teamsLook,
  teamsPress,
  teamsPressAnswered,
  teamsReject,
  teamsSay,
  teamsSubmit,
  teamsToast,
  teamsWords,
} from '../helpers/in-teams.ts';
import { RELEASE_INPUTS } from '../helpers/inputs.ts';
import { ACME, ENTRA, email, type StaffName, startWorld, type World } from '../helpers/world.ts';

const EVENTS = { none: 'rollback', any: 'deploy-to-production', all: 'database-migration' } as const;

let world: World;
beforeEach(async () => {
  world = await startWorld({ slack: false, teams: {} });
  await world.load(ACME);
});
afterEach(async () => {
  const shown = everythingInTeams(world);
  await world.close();
  expect(shown).not.toMatch(/\/approvals|Slack/);
});

const audit = async (id: string) =>
  (await auditOf(world.app.context.db, 'approval_request', id, 100)).map(
    (entry) => `${entry.action}${entry.detail.code ? `:${entry.detail.code}` : ''}`,
  );

describe('requirement none', () => {
  test('approves by itself; subscribers read that it did, nobody is asked', async () => {
    await world.ask(EVENTS.none, 'run1');
    await world.pass(3_000);
    expect(world.harness.effects).toMatchObject([{ action: 'APPROVE', resultingStatus: 'APPROVED' }]);
    expect(teamsWords(world, 'sam')).toContain('Approved: no approval is required · confirmed by Harness');
    expect(teamsCards(world, 'alice')).toEqual([]);
  });

  test('a required input without a default is a problem, not a guess', async () => {
    await world.ask(EVENTS.none, 'run1', { approverInputs: [{ name: 'ticket', required: true }] });
    await world.pass(3_000);
    expect(world.harness.effects).toEqual([]);
    expect(teamsWords(world, 'ada')).toContain('nobody fills in ticket');
    expect(teamsWords(world, 'dana')).toContain('On hold');
  });
});

describe('requirement any', () => {
  test('a subscriber’s card has no buttons but the link', async () => {
    await world.ask(EVENTS.any, 'run1');
    expect(teamsButtons(world, 'sam')).toEqual(['View pipeline']);
    expect(teamsCards(world, 'sam')[0]!.summary).toMatch(/Deploy to production/);
  });

  test('the notification says what is wanted, and later what became of it', async () => {
    await world.ask(EVENTS.any, 'run1');
    expect(teamsCards(world, 'alice')[0]!.summary).toMatch(/Deploy to production.*Dana/);
    await teamsPress(world, 'alice', 'Approve');
    await world.pass(2_000);
    expect(teamsCards(world, 'bob')[0]!.summary).toMatch(/[Aa]pproved/);
  });

  test('inputs: the client and then the bot check each field; Harness gets every declared name', async () => {
    await world.ask(EVENTS.any, 'run1', { approverInputs: RELEASE_INPUTS });
    await teamsPress(world, 'alice', 'Approve');
    expect(teamsDialog(world, 'alice')).toContain('Deploy to production');
    const missing = await teamsSubmit(world, 'alice', { 'input-1': 'full' });
    expect(missing).toMatchObject({ sent: false, inputErrors: { 'input-0': expect.any(String) } });
    const entered = { 'input-0': 'CHG12', 'input-1': 'full', comment: 'looks fine' };
    const wrong = await teamsSubmit(world, 'alice', entered, { skipClientChecks: true });
    expect(wrong.warning).toBeUndefined();
    expect(teamsDialog(world, 'alice')).toContain('Does not have the form CHG[0-9]{6,}');
    // What was entered is still there.
    await teamsSubmit(world, 'alice', { 'input-0': 'CHG123456' });
    expect(world.teams.dialogOf(ENTRA.alice)).toBeUndefined();
    await world.settle();
    expect(world.harness.effects[0]).toMatchObject({
      action: 'APPROVE',
      approverInputs: [
        { name: 'change_ticket', value: 'CHG123456' },
        { name: 'rollout', value: 'full' },
        { name: 'approved_by', value: email('alice') },
      ],
    });
    expect(teamsWords(world, 'bob')).toContain('looks fine');
  });

  test('a required input left empty past the client is said at its field', async () => {
    await world.ask(EVENTS.any, 'run1', { approverInputs: RELEASE_INPUTS });
    await teamsPress(world, 'alice', 'Approve');
    await teamsSubmit(world, 'alice', { 'input-1': 'neither' }, { skipClientChecks: true });
    expect(teamsDialog(world, 'alice')).toMatch(/required/);
    expect(teamsDialog(world, 'alice')).toMatch(/canary, full|one of/i);
    await world.settle();
    expect(world.harness.effects).toEqual([]);
  });

  test('with a comment from the dialog, which everybody reads', async () => {
    await world.ask(EVENTS.any, 'run1');
    await teamsPress(world, 'bob', 'Approve with comment');
    await teamsSubmit(world, 'bob', { comment: 'Go, *carefully*' });
    await world.settle();
    expect(world.harness.effects[0]!.comments).toContain('Bob: Go, *carefully*');
    expect(teamsWords(world, 'alice')).toContain('Go, *carefully*');
  });

  test('one rejection rejects, with its reason in Harness and on every card', async () => {
    await world.ask(EVENTS.any, 'run1');
    await teamsReject(world, 'bob', 'Not on a Friday');
    await world.settle();
    expect(world.harness.effects).toMatchObject([{ action: 'REJECT', resultingStatus: 'REJECTED' }]);
    expect(world.harness.effects[0]!.comments?.split('\n')[1]).toBe('Bob: Not on a Friday');
    for (const name of ['alice', 'bob', 'sam', 'dana'] as const)
      expect(teamsWords(world, name)).toMatch(/Rejected by Bob.*Not on a Friday/);
  });

  test('a rejection without a reason stays in the dialog', async () => {
    await world.ask(EVENTS.any, 'run1');
    await teamsPress(world, 'bob', 'Reject');
    const held = await teamsSubmit(world, 'bob', {});
    expect(held).toMatchObject({ sent: false, inputErrors: { comment: expect.any(String) } });
    await teamsSubmit(world, 'bob', { comment: '  ' }, { skipClientChecks: true });
    expect(teamsDialog(world, 'bob')).toContain('Please say why.');
    world.teams.closeDialog(ENTRA.bob);
    await world.settle();
    expect(teamsWords(world, 'bob')).toContain('Waiting for your decision');
  });
});

describe('requirement all', () => {
  test('with the manager: all three must approve, the cards count', async () => {
    await world.ask(EVENTS.all, 'run1');
    expect(teamsWords(world, 'maria')).toContain('0 of 3 approved');
    await teamsPress(world, 'alice', 'Approve');
    expect(teamsWords(world, 'alice')).toContain('You approved');
    await teamsPress(world, 'maria', 'Approve');
    await world.settle();
    expect(world.harness.effects).toEqual([]);
    expect(teamsWords(world, 'bob')).toMatch(/2 of 3 approved.*waiting for Bob/);
    await teamsPress(world, 'bob', 'Approve');
    await world.settle();
    expect(world.harness.effects).toMatchObject([{ action: 'APPROVE' }]);
    expect(world.harness.effects[0]!.comments).toMatch(/Approved by Alice .*, Maria .*, Bob /);
  });

  test('an approver may take an approval back by rejecting while others are waited for', async () => {
    await world.ask(EVENTS.all, 'run1');
    await teamsPress(world, 'alice', 'Approve');
    await world.settle();
    expect(teamsButtons(world, 'alice')).toContain('Reject');
    await teamsReject(world, 'alice', 'I misread it');
    await world.settle();
    expect(world.harness.effects).toMatchObject([{ action: 'REJECT' }]);
  });

  test('R11: inputs are approved together; changing one asks the others again and says who', async () => {
    await world.ask(EVENTS.all, 'run1', { approverInputs: RELEASE_INPUTS });
    await teamsApproveWith(world, 'alice', { 'input-0': 'CHG123456', 'input-1': 'canary' });
    await world.settle();
    expect(teamsWords(world, 'bob')).toContain('change_ticket: CHG123456');
    await teamsApproveWith(world, 'bob', { 'input-1': 'full' });
    await world.settle();
    expect(teamsWords(world, 'alice')).toContain('Changed since you decided');
    await teamsApproveWith(world, 'maria', {});
    await world.settle();
    expect(world.harness.effects).toEqual([]);
    await teamsApproveWith(world, 'alice', {});
    await world.settle();
    expect(world.harness.effects[0]!.approverInputs).toEqual([
      { name: 'change_ticket', value: 'CHG123456' },
      { name: 'rollout', value: 'full' },
      { name: 'approved_by', value: 'bob@acme.io,maria@acme.io,alice@acme.io' },
    ]);
  });

  test('all-of with everybody at once is decided once; ten presses at once are one vote', async () => {
    const id = await world.ask(EVENTS.all, 'run1');
    const pressed = await Promise.all(
      Array.from({ length: 10 }, () => teamsPress(world, 'alice', 'Approve')),
    );
    expect(pressed.map(({ status, warning }) => [status, warning])).toEqual(
      pressed.map(() => [200, undefined]),
    );
    expect((await audit(id)).filter((action) => action === 'voted')).toHaveLength(1);
    expect((await audit(id)).filter((action) => action === 'refused:already_voted')).toHaveLength(9);
    await Promise.all((['bob', 'maria'] as const).map((name) => teamsPress(world, name, 'Approve')));
    await world.settle();
    expect(world.harness.effects).toHaveLength(1);
  });
});

describe('who may press', () => {
  /** What the button of somebody's card carries, pressed by somebody else by hand. */
  async function forge(name: StaffName, whose: StaffName, verb: string) {
    const { conversation, id, card } = teamsCards(world, whose).at(-1)!;
    const carried = /"card":"(crd_[^"]+)","version":(\d+)/.exec(JSON.stringify(card))!;
    const data = { do: 'press', verb, card: carried[1]!, version: Number(carried[2]) };
    return world.teams.press(ENTRA[name], { conversation, activityId: id, forge: { data } });
  }

  test('R13: a stranger who forges a press of somebody’s card is told so and shown nothing of it; it is audited', async () => {
    const id = await world.ask(EVENTS.any, 'run1');
    const result = await forge('carol', 'alice', 'approve');
    expect(result.toast).toBe('You are not one of the approvers of this request, so nothing was changed.');
    expect(JSON.stringify(result.body)).not.toContain('Deploy');
    await world.settle();
    expect(world.harness.effects).toEqual([]);
    expect(await audit(id)).toContain('refused:not_an_approver');
  });

  test('R16: the requester is not asked where they may not approve', async () => {
    await world.ask(EVENTS.any, 'run1', {
      by: 'alice',
      body: { disallowRequester: true, triggeredByEmail: email('alice') },
    });
    expect(teamsCards(world, 'alice')).toEqual([]);
    expect(teamsWords(world, 'bob')).toContain('Not asked: Alice asked for this and may not approve it');
    expect((await forge('alice', 'bob', 'approve')).toast).toContain('not one of the approvers');
  });

  test('a late press changes nothing and says who was first', async () => {
    await world.ask(EVENTS.any, 'run1');
    await teamsPress(world, 'alice', 'Approve');
    // Bob's client shows the old card still.
    const late = await teamsPress(world, 'bob', 'Approve');
    expect(teamsWords(world, 'bob')).toMatch(
      /^This request is already approved by Alice; your click changed nothing\./,
    );
    expect(late.warning).toBeUndefined();
    expect(teamsButtons(world, 'bob')).toEqual(['View pipeline']);
    await world.settle();
    expect(world.harness.effects).toHaveLength(1);
    // The sentence was for that press; the card as it is comes without it.
    expect(teamsWords(world, 'bob')).not.toContain('changed nothing');
  });

  test('R15: two who disagree at once: one decision, one call, all cards alike', async () => {
    await world.ask(EVENTS.any, 'run1');
    await teamsPress(world, 'bob', 'Reject');
    await Promise.all([teamsPress(world, 'alice', 'Approve'), teamsSubmit(world, 'bob', { comment: 'No' })]);
    await world.settle();
    expect(world.harness.effects).toHaveLength(1);
    const word = world.harness.effects[0]!.action === 'APPROVE' ? 'Approved' : 'Rejected';
    for (const name of ['alice', 'bob', 'sam', 'dana'] as const)
      expect(teamsWords(world, name)).toContain(`${word} by`);
  });

  test('R14: an approver removed from the workflow cannot press the card any more', async () => {
    await world.ask(EVENTS.any, 'run1');
    await world.load(
      ACME.replace(
        'approvers: [alice@acme.io, bob@acme.io], subscribers',
        'approvers: [bob@acme.io], subscribers',
      ),
    );
    await teamsPress(world, 'alice', 'Approve');
    expect(teamsWords(world, 'alice')).toContain('not one of the approvers');
    await world.settle();
    expect(teamsWords(world, 'alice')).toContain('You are no longer an approver');
    expect(teamsButtons(world, 'alice')).toEqual(['View pipeline']);
    expect(world.harness.effects).toEqual([]);
  });
});

describe('what was shown is what is approved (R9, R10)', () => {
  async function amend(event: string, message: string) {
    world.clock.advance(61_000);
    expect((await world.post(event, world.webhook('run1', { message }))).status).toBe(202);
    await world.settle();
  }

  test('R9: a press of the old card is refused, says what changed, and the answer is the new card', async () => {
    await world.ask(EVENTS.any, 'run1', { body: { message: 'Release 1' } });
    const { conversation, id } = teamsCards(world, 'alice')[0]!;
    const old = { conversation, activityId: id, title: 'Approve' };
    const activity = world.teams.pressActivity(ENTRA.alice, old);
    await amend(EVENTS.any, 'Release 2');
    expect(teamsWords(world, 'alice')).toContain('Release 2');
    const { responseBody } = await world.teams.sendRaw({ activity });
    expect(responseBody).toContain('changed since you saw it (the message)');
    expect(responseBody).toContain('Release 2');
    await world.settle();
    expect(world.harness.effects).toEqual([]);
    expect(teamsCards(world, 'alice')).toHaveLength(1);
  });

  test('R9: a dialog opened on the old version is refused at its submit', async () => {
    await world.ask(EVENTS.any, 'run1', { approverInputs: RELEASE_INPUTS });
    await teamsPress(world, 'alice', 'Approve');
    await amend(EVENTS.any, 'new');
    const answer = await teamsSubmit(world, 'alice', { 'input-0': 'CHG123456' });
    expect([answer.toast, teamsDialog(world, 'alice')].join()).toContain('changed since you saw it');
    await world.settle();
    expect(world.harness.effects).toEqual([]);
    await teamsApproveWith(world, 'alice', { 'input-0': 'CHG123456' });
    await world.settle();
    expect(world.harness.effects).toHaveLength(1);
  });

  test('R10: votes on the earlier version do not count', async () => {
    await world.ask(EVENTS.all, 'run1', { body: { message: 'v1' } });
    await teamsPress(world, 'alice', 'Approve');
    await amend(EVENTS.all, 'v2');
    expect(teamsWords(world, 'alice')).toContain('Changed since you decided');
    for (const name of ['bob', 'maria'] as const) await teamsPress(world, name, 'Approve');
    await world.settle();
    expect(world.harness.effects).toEqual([]);
    await teamsPress(world, 'alice', 'Approve');
    await world.settle();
    expect(world.harness.effects).toHaveLength(1);
  });

  test('R10: amended too fast it is held, and the cards and the admin say so', async () => {
    await world.ask(EVENTS.any, 'run1', { body: { message: 'v1' } });
    for (const message of ['v2', 'v3']) {
      await world.post(EVENTS.any, world.webhook('run1', { message }));
      await world.settle();
    }
    await world.pass(2_000);
    expect(teamsWords(world, 'alice')).toContain('On hold');
    expect(teamsButtons(world, 'alice')).not.toContain('Approve');
    expect(teamsWords(world, 'ada')).toContain('keeps changing');
  });
});

describe('when the time is up (R22)', () => {
  test('our own deadline closes the request here; a press that comes late says so', async () => {
    await world.ask(EVENTS.any, 'run1', { body: { expiresIn: '30m' } });
    expect(teamsWords(world, 'alice')).toContain('Decide before');
    const { conversation, id } = teamsCards(world, 'alice')[0]!;
    await world.pass(30 * 60_000 + 1_000);
    expect(teamsWords(world, 'alice')).toMatch(/Expired.*The pipeline still waits in Harness until/);
    expect(teamsButtons(world, 'alice')).toEqual(['View pipeline']);
    const stale = { conversation, activityId: id, title: 'Approve', stale: true };
    await world.teams.press(ENTRA.alice, stale);
    expect(teamsWords(world, 'alice')).toMatch(/^.*expired.*Expired/is);
    expect(world.harness.effects).toEqual([]);
  });

  test('where the workflow says so, the deadline rejects', async () => {
    await world.load(
      ACME.replaceAll('subscribers: [sam@acme.io] }', 'subscribers: [sam@acme.io], on_expiry: reject }'),
    );
    await world.ask(EVENTS.any, 'run1', { body: { expiresIn: '30m' } });
    await world.pass(30 * 60_000 + 1_000);
    expect(world.harness.effects).toMatchObject([{ action: 'REJECT' }]);
    expect(teamsWords(world, 'alice')).toContain('the time to decide ran out');
  });
});

describe('what Harness does not take', () => {
  const harnessSays = (message: string) =>
    world.harness.addFault({
      match: { method: 'POST' },
      status: 400,
      body: { message: `Invalid request: ${message}`, code: null, errors: [], error_metadata: null },
    });

  test('R20: refused inputs are corrected in a dialog; the same submission goes again', async () => {
    await world.ask(EVENTS.any, 'run1', { approverInputs: [{ name: 'ticket', defaultValue: '' }] });
    harnessSays(
      'Unable to add Harness Approval Activity : Approval inputs validation failed: {ticket=x does not match the regex pattern CHG.*}',
    );
    await teamsApproveWith(world, 'alice', { 'input-0': 'x' });
    await world.settle();
    expect(teamsWords(world, 'alice')).toContain('Harness refused the inputs');
    await teamsPress(world, 'alice', 'Correct inputs');
    expect(teamsDialog(world, 'alice')).toMatch(/does not match the regex pattern/);
    await teamsSubmit(world, 'alice', { 'input-0': 'CHG1' });
    await world.pass(2_000);
    expect(world.harness.effects[0]!.approverInputs).toEqual([{ name: 'ticket', value: 'CHG1' }]);
    expect(teamsWords(world, 'bob')).toContain('confirmed by Harness');
  });

  test('not authorized: an admin retries from the card; nobody else has the button', async () => {
    await world.ask(EVENTS.any, 'run1');
    harnessSays('The service account configured in the request is not authorized to approve/reject');
    await teamsPress(world, 'alice', 'Approve');
    await world.settle();
    expect(teamsWords(world, 'alice')).toContain('Approved here, not delivered to Harness');
    expect(teamsButtons(world, 'alice')).toEqual(['View pipeline']);
    await teamsPress(world, 'ada', 'Retry delivery');
    await world.pass(2_000);
    expect(world.harness.effects).toHaveLength(1);
    for (const name of ['alice', 'ada'] as const)
      expect(teamsWords(world, name)).toContain('confirmed by Harness');
  });
});

describe('a client that knows no Action.Execute', () => {
  const old = (name: StaffName, title: string) => {
    const { conversation, id } = teamsCards(world, name).at(-1)!;
    return world.teams.press(ENTRA[name], { conversation, activityId: id, title, oldClient: true });
  };

  test('decides as well; it is told in a message, and the card follows', async () => {
    await world.ask(EVENTS.any, 'run1');
    await old('alice', 'Approve');
    await expect.poll(() => teamsAnswered(world, 'alice')).toContain('The card shows what became of it');
    await world.settle();
    expect(world.harness.effects).toHaveLength(1);
    expect(teamsWords(world, 'alice')).toContain('confirmed by Harness');
    expect(teamsButtons(world, 'alice')).toEqual(['View pipeline']);
  });

  test('is told in a message why not', async () => {
    await world.ask(EVENTS.any, 'run1');
    await teamsPress(world, 'bob', 'Approve');
    await old('alice', 'Approve');
    await expect.poll(() => teamsAnswered(world, 'alice')).toContain('already approved by Bob');
  });

  test('decides with inputs by a form in a message', async () => {
    await world.ask(EVENTS.any, 'run1', { approverInputs: RELEASE_INPUTS });
    const { conversation, id, card } = teamsCards(world, 'alice').at(-1)!;
    const [, crd, version] = /"card":"(crd_[^"]+)","version":(\d+)/.exec(JSON.stringify(card))!;
    const data = { do: 'press', verb: 'approve', card: crd!, version: Number(version) };
    await world.teams.press(ENTRA.alice, {
      ...{ conversation, activityId: id },
      forge: { type: 'Action.Submit', data },
    });
    await expect.poll(() => teamsAnswered(world, 'alice')).toContain('Has the form CHG[0-9]{6,}');
    const form = world.teams.messagesOf(ENTRA.alice).at(-1)!;
    await world.teams.press(ENTRA.alice, {
      ...{ conversation, activityId: form.id, title: 'Approve' },
      inputs: { 'input-0': 'CHG123456' },
    });
    await expect.poll(() => teamsAnswered(world, 'alice')).toContain('The card shows what became of it');
    await world.settle();
    expect(world.harness.effects[0]!.approverInputs).toContainEqual({
      name: 'change_ticket',
      value: 'CHG123456',
    });
  });
});

describe('from the compose box', () => {
  const open = (name: StaffName, command: string) => world.teams.openExtension(ENTRA[name], command);

  test('what waits for somebody is chosen, read in full and decided there', async () => {
    await world.ask(EVENTS.any, 'run1', { body: { message: 'Release 4.2.1' } });
    await world.ask(EVENTS.all, 'run2');
    expect((await open('carol', 'answerApproval')).toast).toBe('Nothing waits for your decision.');
    await open('bob', 'answerApproval');
    expect(teamsDialog(world, 'bob')).toMatch(/Database migration.*Deploy to production/);
    const review = world.teams.dialogOf(ENTRA.bob)!;
    const deploys =
      /"data":(\{[^{}]*\}),"tooltip":"Review: Deploy|"tooltip":"Review: Deploy[^}]*?"data":(\{[^{}]*\})/.exec(
        JSON.stringify(review.card),
      )!;
    await teamsSubmit(world, 'bob', {}, { data: JSON.parse((deploys[1] ?? deploys[2])!) });
    expect(teamsDialog(world, 'bob')).toContain('Release 4.2.1');
    await teamsSubmit(world, 'bob', {}, { title: 'Approve' });
    expect((await teamsSubmit(world, 'bob', { comment: 'from here' })).warning).toBeUndefined();
    await world.settle();
    expect(world.harness.effects).toMatchObject([{ action: 'APPROVE', planExecutionId: 'run1' }]);
    expect(teamsWords(world, 'sam')).toContain('Database migration Waiting for a decision');
    await open('bob', 'answerApproval');
    expect(teamsDialog(world, 'bob')).not.toContain('Deploy to production');
  });

  test('R13: what is chosen is authorized when it is opened, and when it is sent', async () => {
    await world.ask(EVENTS.any, 'run1');
    await open('bob', 'answerApproval');
    await teamsSubmit(world, 'bob', {}, { title: 'Review' });
    await teamsSubmit(world, 'bob', {}, { title: 'Reject' });
    await teamsPress(world, 'alice', 'Approve');
    await world.settle();
    const late = await teamsSubmit(world, 'bob', { comment: 'No' });
    expect([late.toast, teamsDialog(world, 'bob')].join()).toContain('already approved by Alice');
    await world.settle();
    expect(world.harness.effects).toMatchObject([{ action: 'APPROVE' }]);
  });

  test('a new workflow is an admin’s to make', async () => {
    expect((await open('alice', 'newWorkflow')).toast).toMatch(/^Only an admin may use “create”\./);
    expect((await open('ada', 'newWorkflow')).dialog?.title).toBe('New workflow');
  });
});

test('a decision from `pending`: the button on the page opens the dialog, the card follows', async () => {
  await world.ask(EVENTS.any, 'run1');
  expect(await teamsSay(world, 'bob', 'pending')).toContain('Deploy to production');
  await teamsPressAnswered(world, 'bob', 'Review');
  expect(teamsDialog(world, 'bob')).toContain('Deploy to production');
  await teamsSubmit(world, 'bob', {}, { title: 'Reject' });
  await teamsSubmit(world, 'bob', { comment: 'Too soon' });
  await world.settle();
  expect(world.harness.effects).toMatchObject([{ action: 'REJECT' }]);
  expect(teamsWords(world, 'alice')).toContain('Too soon');
  expect(await teamsSay(world, 'bob', 'pending')).toContain('Nothing waits');
});

test('a card looked at shows the present before the outbox has told it', async () => {
  await world.ask(EVENTS.any, 'run1');
  await teamsPress(world, 'alice', 'Approve');
  expect(teamsWords(world, 'bob')).toContain('Waiting for your decision');
  expect(await teamsLook(world, 'bob')).toMatch(/Approved/);
  expect(teamsToast(world, 'bob')).toBe('');
});
