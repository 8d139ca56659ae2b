import { isObject, type JsonObject, stringOf } from '../../src/demo/doubles/common/json.ts';
import type { World } from '../helpers/world.ts';

/**
 * What was sent so far, as far as it gives anybody a right to anything: which account named which card, who cancelled
 * by a command, and whose account Slack itself spoke of.
 */
export class PressedBy {
  readonly #named = new Set<string>();
  readonly #cancelling = new Set<string>();
  readonly #spokenOf = new Set<string>();

  note(body: unknown): void {
    if (!isObject(body)) return;
    const user = idOf(body.user) ?? stringOf(body.user_id);
    const text = JSON.stringify(body);
    const tenants = [
      isObject(body.user) ? stringOf(body.user.team_id) : undefined,
      idOf(body.team),
      stringOf(body.team_id),
    ];
    for (const tenant of tenants) {
      if (tenant === undefined || user === undefined) continue;
      for (const [cardId] of text.matchAll(/crd_[\w-]+/g)) this.#named.add(`${tenant} ${user} ${cardId}`);
      if (text.includes('cancel')) this.#cancelling.add(`${tenant} ${user}`);
    }
    const about = isObject(body.event) ? idOf(body.event.user) : undefined;
    if (about !== undefined) this.#spokenOf.add(about);
  }

  /** Votes, questions, answers and outcomes that nobody with a right to them asked for, one line each. */
  async unauthorized(world: World): Promise<string[]> {
    const { db } = world.app.context;
    const [identities, cards, slots, votes, questions, requests] = await Promise.all([
      db.selectFrom('identities').selectAll().execute(),
      db.selectFrom('cards').select(['id', 'request_id']).execute(),
      db.selectFrom('slots').select(['request_id', 'person_id']).execute(),
      db.selectFrom('votes').selectAll().execute(),
      db.selectFrom('questions').selectAll().execute(),
      db.selectFrom('approval_requests').selectAll().execute(),
    ]);
    const accountsOf = (person: number | null) => identities.filter(({ person_id }) => person_id === person);
    const named = (person: number | null, request: string) =>
      accountsOf(person).some(({ tenant, external_id }) =>
        cards.some(
          ({ id, request_id }) => request_id === request && this.#named.has(`${tenant} ${external_id} ${id}`),
        ),
      );
    const holds = (person: number, request: string) =>
      slots.some(({ person_id, request_id }) => person_id === person && request_id === request);
    const cancelled = (person: number | null) =>
      accountsOf(person).some(({ tenant, external_id }) => this.#cancelling.has(`${tenant} ${external_id}`));
    return [
      ...votes
        .filter((vote) => !holds(vote.person_id, vote.request_id) || !named(vote.person_id, vote.request_id))
        .map((vote) => `a vote: ${JSON.stringify(vote)}`),
      ...questions
        .filter(
          (one) =>
            !named(one.asker_id, one.request_id) ||
            (one.answer !== null && !named(one.answered_by, one.request_id)),
        )
        .map((one) => `a question: ${JSON.stringify(one)}`),
      ...requests
        .filter(
          ({ id, status, requester_id }) =>
            status !== 'WAITING' && !votes.some((vote) => vote.request_id === id) && !cancelled(requester_id),
        )
        .map(({ id, status }) => `an outcome: ${id} ${status}`),
    ];
  }

  /** True for a difference of an account's standing of which Slack told. */
  isTold(difference: string, accounts: ReadonlyMap<string, string>): boolean {
    const place = /^(identities \d+): standing /.exec(difference)?.[1];
    return place !== undefined && this.#spokenOf.has(accounts.get(place) ?? '');
  }
}

function idOf(value: unknown): string | undefined {
  return isObject(value) ? stringOf(value.id) : stringOf(value);
}

/** True when an admin's account is named anywhere: then nearly everything is legal. */
export function namesAdmin(body: JsonObject): boolean {
  return /"U0(?:ADA|IVY)"/.test(JSON.stringify(body));
}
