import type { RequestView } from '../../approval/request-card.ts';
import { requestById, type StoredRequest } from '../../store/approval-requests.ts';
import { cardsOf, type StoredCard } from '../../store/cards.ts';
import type { Reader } from '../../store/database.ts';
import { identitiesOf } from '../../store/identities.ts';
import { peopleById } from '../../store/people.ts';
import { questionsOf } from '../../store/questions.ts';
import { slotsOf } from '../../store/slots.ts';
import { submissionOf } from '../../store/submissions.ts';
import { votesOf } from '../../store/votes.ts';
import { type Unreached, unreachedApprovers, unreachedEverywhere } from '../approvers/reached-approvers.ts';

export type StoredRequestView = RequestView & {
  request: StoredRequest;
  /** Person id → account id on the reader's platform. */
  accounts: ReadonlyMap<number, string>;
  /** Everybody's, on every platform. */
  cards: readonly StoredCard[];
  /** Approvers' cards that reached nobody, also of those who are asked on another platform. */
  undelivered: readonly Unreached[];
};

/** Everything a card of this request shows, as of now; null when there is no such request. `known`: as just read. */
export async function readRequestView(
  db: Reader,
  requestId: string,
  reader: { platform: 'slack' | 'teams'; personId: number | null },
  known?: StoredRequest,
): Promise<StoredRequestView | null> {
  const request = known ?? (await requestById(db, requestId));
  if (!request) return null;
  const slots = await slotsOf(db, requestId);
  const votes = await votesOf(db, requestId);
  const submission = await submissionOf(db, requestId);
  const questions = await questionsOf(db, requestId);
  const cards = await cardsOf(db, requestId);
  const personIds = new Set<number>([
    ...slots.flatMap((slot) => slot.personId ?? []),
    ...votes.map((vote) => vote.personId),
    ...questions.flatMap(({ askerId, answer }) => (answer ? [askerId, answer.personId] : [askerId])),
    ...[request.content.requester.personId, reader.personId].filter((id) => id !== null),
    ...cards.flatMap((card) => card.personId ?? []),
  ]);
  const people = await peopleById(db, personIds);
  const accounts = await identitiesOf(db, personIds, reader.platform);
  const undelivered = unreachedApprovers(cards, (id) => people.get(id)?.name);
  return {
    request,
    slots,
    votes,
    people,
    submission,
    questions,
    cards,
    notAsked: request.notAsked,
    unreachable: unreachedEverywhere(undelivered),
    undelivered,
    lateChangeAt: request.lateChangeAt,
    accounts: new Map([...accounts].map(([personId, row]) => [personId, row.external_id])),
  };
}
