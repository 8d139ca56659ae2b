import { expect } from 'vitest';
import { CHANNEL } from '../helpers/in-channel.ts';
import { ENTRA, email, wordsOf } from '../helpers/world.ts';
import type { AckedAct } from './admins.ts';
import { type AckedPress, buttonsOf, cardIdOf, teamsCardIdOf } from './approvers.ts';
import type { Ledger } from './ledger.ts';
import type { PipelineRun } from './pipelines.ts';
import type { Surroundings } from './surroundings.ts';

/** What must hold at the end of a story, however often instances died in it. */

/** Instances that share a database go by its clock. */
const CLOCKS_DIFFER_MS = 50;

type Read = Omit<Ledger, 'close'>;

/** No webhook that was answered 2xx is lost, every repeat met the same request, and each came to its outcome. */
export function webhooksAreKept(ledger: Read, runs: readonly PipelineRun[]): void {
  const requests = new Map(ledger.requests().map((row) => [row.id, row]));
  expect(requests.size).toBe(runs.length);
  for (const run of runs) {
    if (run.byNotification) {
      // What Harness tells is answered without an id: the run has its one request all the same.
      const ofRun = ledger.requests().filter(({ executionId }) => executionId === run.executionId);
      expect(ofRun, run.executionId).toHaveLength(1);
      run.accepted.splice(0, run.accepted.length, ofRun[0]!.id);
    }
    expect(new Set(run.accepted).size, run.executionId).toBe(1);
    const request = requests.get(run.accepted[0]!);
    expect(request, run.executionId).toMatchObject({ executionId: run.executionId });
    expect(request!.status, run.executionId).toMatch(/^(APPROVED|REJECTED|ABORTED)$/);
  }
}

/** What an admin was told is done stands in the audit; whatever was cancelled is closed, and nothing else was aborted. */
export function actsAreInEffect(ledger: Read, acked: readonly AckedAct[]): void {
  const lost = acked.filter(
    ({ requestId, what, at }) =>
      !ledger.audited(requestId, email('ada'), at - CLOCKS_DIFFER_MS, [what]).length,
  );
  expect(lost).toEqual([]);
  const cancelled = ledger
    .requests()
    .filter(({ id }) => ledger.audited(id, email('ada'), 0, ['cancel']).length > 0);
  const aborted = ledger.requests().filter(({ status }) => status === 'ABORTED');
  expect(aborted).toEqual(cancelled);
}

/** Whoever was told that a question was heard finds it once, or was refused for a reason on record; the same for answers. */
export function questionsAreKept(
  ledger: Read,
  acked: readonly AckedPress[],
  counts: (press: AckedPress) => boolean = () => true,
): void {
  const words = ledger.questions().map(({ text }) => text);
  expect(new Set(words).size).toBe(words.length);
  const cards = new Map(ledger.cards().map((card) => [card.id, card]));
  const lost = acked.filter((press) => {
    if ((press.what !== 'ask' && press.what !== 'answer') || !counts(press)) return false;
    if (press.what === 'ask' && words.includes(press.words!)) return false;
    const { request_id } = cards.get(press.cardId)!;
    const actions = press.what === 'ask' ? ['refused'] : ['question_answered', 'refused'];
    return ledger.audited(request_id, press.email, press.at - CLOCKS_DIFFER_MS, actions).length === 0;
  });
  expect(lost).toEqual([]);
}

/** One effect per decided request, ours, with the action that was decided; none is undelivered. */
export function harnessWasToldOnce(world: Pick<Surroundings, 'harness'>, ledger: Read): void {
  const told = world.harness.effects.map(({ planExecutionId, action }) => `${planExecutionId} ${action}`);
  const requests = ledger.requests().filter(({ status }) => status !== 'ABORTED');
  const decided = requests.map(({ executionId, action }) => `${executionId} ${action}`);
  expect(told.sort()).toEqual(decided.sort());
  const effects = new Map(world.harness.effects.map((effect) => [effect.planExecutionId, effect]));
  for (const request of requests) {
    expect(request).toMatchObject({ submission: 'delivered', harnessStatus: request.status });
    expect(effects.get(request.executionId)!.comments).toContain(request.id);
  }
}

/** Whoever was told "heard" has voted, or was refused for a reason that is on record. */
export function pressesAreInEffect(
  ledger: Read,
  acked: readonly AckedPress[],
  counts: (press: AckedPress) => boolean = () => true,
): void {
  const cards = new Map(ledger.cards().map((card) => [card.id, card]));
  const lost = acked.filter((press) => {
    // A press that opens a form decides nothing yet; its submit does.
    if (!['approve', 'submit'].includes(press.what) || !counts(press)) return false;
    const { request_id } = cards.get(press.cardId)!;
    return ledger.audited(request_id, press.email, press.at - CLOCKS_DIFFER_MS).length === 0;
  });
  expect(lost).toEqual([]);
}

function endOf({ status }: { status: string }): RegExp {
  // Whoever cancels aborts the run, and Harness's word leads once it is known.
  if (status === 'ABORTED') return /Cancelled|Run aborted/;
  return status === 'APPROVED' ? /Approved.*confirmed by Harness/ : /Rejected.*confirmed by Harness/;
}

export function cardsShowTheEnd(world: Pick<Surroundings, 'slack'>, ledger: Read): void {
  const requests = new Map(ledger.requests().map((row) => [row.id, row]));
  for (const card of ledger.cards()) {
    // Whose place went before they were asked hears nothing.
    if (card.part === 'former' && card.channel === null) continue;
    expect(card).toMatchObject({ state: 'posted', channel: expect.any(String), message: expect.any(String) });
    if (card.platform === 'teams') continue;
    const message = world.slack.message(card.channel!, card.message!)!;
    expect(wordsOf(message.blocks).join(' ')).toMatch(endOf(requests.get(card.request_id)!));
    expect(buttonsOf(message).filter((id) => id !== 'view_pipeline')).toEqual([]);
  }
}

/** A post that was never answered may leave a second message in Teams; whoever looks at it reads the truth, too. */
export async function cardsInTeamsShowTheEnd(
  { teams }: Pick<Surroundings, 'teams'>,
  ledger: Read,
): Promise<void> {
  if (!teams) return;
  const requests = new Map(ledger.requests().map((row) => [row.id, row]));
  const messages = teams.messagesOf(ENTRA.bob);
  for (const card of ledger.cards().filter(({ platform }) => platform === 'teams')) {
    const end = endOf(requests.get(card.request_id)!);
    for (const { conversation, id } of messages.filter((message) => teamsCardIdOf(message) === card.id)) {
      await teams.look(ENTRA.bob, conversation, id, { again: true });
      const shown = JSON.stringify(teams.cardFor(ENTRA.bob, conversation, id));
      expect(shown).toMatch(end);
      expect(shown).not.toContain('"title":"Approve"');
    }
  }
}

/** Messages that show a card which another message shows already. */
export function duplicateCards(world: Pick<Surroundings, 'slack'>, ledger: Read): string[] {
  const refs = new Set(ledger.cards().map((card) => `${card.channel} ${card.message} ${card.id}`));
  return [...world.slack.users().map((user) => user.id), CHANNEL]
    .flatMap((place) => world.slack.messagesOf(place))
    .filter((message) => cardIdOf(message) !== null && message.visibleTo === undefined)
    .map((message) => `${message.channel} ${message.ts} ${cardIdOf(message)}`)
    .filter((ref) => !refs.has(ref));
}

/** The bot may look into the channel: each line stands below its card once, in order, and none was given up. */
export function threadsTellAllOnce(world: Pick<Surroundings, 'slack'>, ledger: Read): void {
  const replies = Map.groupBy(ledger.replies(), ({ card_id }) => card_id);
  for (const card of ledger.cards().filter(({ target_id }) => target_id === CHANNEL)) {
    const owed = replies.get(card.id) ?? [];
    expect(owed.length, card.request_id).toBeGreaterThan(0);
    expect(owed.filter(({ state }) => state !== 'posted')).toEqual([]);
    const below = world.slack.threadOf(CHANNEL, card.message!).map(({ ts }) => ts);
    expect(below, card.request_id).toEqual(owed.map(({ message }) => message));
  }
}

/** One vote each and version; those that stand are of people who hold a place, and not of whoever's was given away. */
export function votesAreUnique(ledger: Read): void {
  const votes = ledger.votes();
  const keys = votes.map((vote) => `${vote.request_id} ${vote.content_version} ${vote.person_id}`);
  expect(new Set(keys).size).toBe(keys.length);
  expect(votes.filter((vote) => vote.stands === 1 && vote.holds_slot !== 1)).toEqual([]);
}
