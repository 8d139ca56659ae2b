import { expect } from 'vitest';
import { CHANNEL } from '../helpers/in-channel.ts';
import { wordsOf } from '../helpers/world.ts';
import { type AckedPress, buttonsOf, cardIdOf } from './approvers.ts';
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
    expect(new Set(run.accepted).size, run.executionId).toBe(1);
    const request = requests.get(run.accepted[0]!);
    expect(request, run.executionId).toMatchObject({ executionId: run.executionId });
    expect(request!.status, run.executionId).toMatch(/^(APPROVED|REJECTED)$/);
  }
}

/** One effect per decided request, ours, with the action that was decided; none is undelivered. */
export function harnessWasToldOnce(world: Pick<Surroundings, 'harness'>, ledger: Read): void {
  const told = world.harness.effects.map(({ planExecutionId, action }) => `${planExecutionId} ${action}`);
  const decided = ledger.requests().map(({ executionId, action }) => `${executionId} ${action}`);
  expect(told.sort()).toEqual(decided.sort());
  const effects = new Map(world.harness.effects.map((effect) => [effect.planExecutionId, effect]));
  for (const request of ledger.requests()) {
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
    if (press.what === 'open' || !counts(press)) return false;
    const { request_id } = cards.get(press.cardId)!;
    return ledger.audited(request_id, press.email, press.at - CLOCKS_DIFFER_MS).length === 0;
  });
  expect(lost).toEqual([]);
}

export function cardsShowTheEnd(world: Pick<Surroundings, 'slack'>, ledger: Read): void {
  const requests = new Map(ledger.requests().map((row) => [row.id, row]));
  for (const card of ledger.cards()) {
    expect(card).toMatchObject({ state: 'posted', channel: expect.any(String), message: expect.any(String) });
    const message = world.slack.message(card.channel!, card.message!)!;
    const word = requests.get(card.request_id)!.status === 'APPROVED' ? 'Approved' : 'Rejected';
    const shown = wordsOf(message.blocks).join(' ');
    expect(shown).toContain(word);
    expect(shown).toContain('confirmed by Harness');
    expect(buttonsOf(message).filter((id) => id !== 'view_pipeline')).toEqual([]);
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

export function votesAreUnique(ledger: Read): void {
  const votes = ledger.votes();
  const keys = votes.map((vote) => `${vote.request_id} ${vote.content_version} ${vote.person_id}`);
  expect(new Set(keys).size).toBe(keys.length);
  expect(votes.every((vote) => vote.holds_slot === 1)).toBe(true);
}
