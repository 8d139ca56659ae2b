import { setTimeout as pause } from 'node:timers/promises';
import type { ClickTarget, InteractionResult } from '../../src/demo/doubles/slack/acts.ts';
import type { StoredMessage } from '../../src/demo/doubles/slack/shown.ts';
import type { TeamsDouble } from '../../src/demo/doubles/teams/handle.ts';
import type { StoredMessage as TeamsMessage } from '../../src/demo/doubles/teams/shown.ts';
import { ENTRA, email, STAFF, type StaffName } from '../helpers/world.ts';
import type { Chance } from './chance.ts';
import type { Moments } from './moments.ts';
import type { Surroundings } from './surroundings.ts';

/** Somebody pressed, and the bot said that it heard. */
export interface AckedPress {
  email: string;
  cardId: string;
  at: number;
  /** `open`: it only opened a form, which decides nothing. */
  what: 'approve' | 'open' | 'submit' | 'ask' | 'answer';
  /** What was asked. */
  words?: string;
  /** What came back with the ack. */
  said: string;
}

export interface Approvers {
  readonly acked: readonly AckedPress[];
  readonly presses: number;
  readonly unanswered: number;
  stop(): Promise<void>;
}

/** How often a card is asked about before it is decided. */
const ASKS = 0.3;
/** Whoever asked waits so long for an answer before they decide. */
const WAITS_FOR_ANSWER_MS = 6_000;
const ASK = 'Ask a question';
/** A person looks again this long after a press that changed nothing they see. */
const LOOKS_AGAIN_MS = 1_500;

/** The ids of the buttons a message shows. */
export function buttonsOf(message: StoredMessage): string[] {
  return message.blocks
    .flatMap((block) => (Array.isArray(block.elements) ? block.elements : []))
    .flatMap((element) => (isButton(element) ? [element.action_id] : []));
}

function isButton(value: unknown): value is { action_id: string } {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'button';
}

export function cardIdOf(message: StoredMessage): string | null {
  const payload = message.metadata?.event_payload;
  if (typeof payload !== 'object' || payload === null || !('card_id' in payload)) return null;
  return String(payload.card_id);
}

/** The id of the card that a message in Teams shows. */
export function teamsCardIdOf({ card, visibleTo }: TeamsMessage): string | null {
  if (!card || visibleTo !== undefined) return null;
  return /crd_[\w-]+/.exec(JSON.stringify(card))?.[0] ?? null;
}

/**
 * Alice, Bob, Maria and Carol at their Slack clients, or Bob at his Teams client. Each presses what their cards offer, as a
 * person would: sees that nothing happened, presses again; presses twice in a hurry; says why when rejecting; asks first,
 * now and then. Dana, who started the run, answers.
 */
export function createApprovers(world: Surroundings, chance: Chance, moments: Moments): Approvers {
  const { slack } = world;
  const acked: AckedPress[] = [];
  let presses = 0;
  let unanswered = 0;
  let questions = 0;
  let stopped = false;

  async function act(
    name: StaffName,
    cardId: string,
    what: AckedPress['what'],
    doing: () => Promise<InteractionResult>,
    words?: string,
  ): Promise<boolean> {
    const at = Date.now();
    const answer = doing();
    presses += 1;
    moments.tell('click sent');
    const result = await answer.catch(() => null);
    moments.tell('click answered');
    if (result?.ackStatus !== 200) {
      unanswered += 1;
      return false;
    }
    if (!('errors' in result))
      acked.push({
        ...{ email: email(name), cardId, at, what, said: JSON.stringify(result.ackBody ?? '') },
        ...(words !== undefined && { words }),
      });
    return true;
  }

  async function fillForm(name: StaffName): Promise<void> {
    const until = Date.now() + 600;
    while (!slack.openViewOf(STAFF[name])) {
      if (Date.now() > until) return;
      await pause(10);
    }
    // It may be the form of an earlier press that came late: what is submitted is what it says.
    const view = slack.openViewOf(STAFF[name])!;
    if (!view.submit) return void (await slack.closeView(STAFF[name], view.id).catch(() => {}));
    const { cardId } = JSON.parse(view.privateMetadata) as { cardId: string };
    const title = String(view.title?.text ?? '');
    const values: Record<string, string> = valuesFor(name, title, view.blocks);
    const what = title === ASK ? 'ask' : title === 'Answer' ? 'answer' : 'submit';
    const submit = () => slack.submitView(STAFF[name], view.id, values);
    for (let tries = 0; tries < 4; tries += 1) {
      if (await act(name, cardId, what, submit, values.question)) break;
      await pause(80 + chance.upTo(80));
    }
    // Whatever is still open by now is closed by hand; the card says how things stand.
    if (slack.openViewOf(STAFF[name])) await slack.closeView(STAFF[name], view.id).catch(() => {});
  }

  function valuesFor(
    name: StaffName,
    title: string,
    blocks: StoredMessage['blocks'],
  ): Record<string, string> {
    if (title === 'Reject') return { comment: `${name} says no` };
    if (title === ASK) return { question: newQuestion(name) };
    if (title !== 'Answer') return {};
    const fields = blocks.flatMap(({ block_id }) =>
      String(block_id).startsWith('answer-') ? [block_id] : [],
    );
    return Object.fromEntries(fields.map((field) => [String(field), `${name} answers`]));
  }

  function newQuestion(name: StaffName): string {
    questions += 1;
    return `${name} asks, number ${questions}`;
  }

  async function openForm(name: StaffName, message: StoredMessage, actionId: string): Promise<void> {
    const target = { channel: message.channel, ts: message.ts, actionId };
    if (await act(name, cardIdOf(message)!, 'open', () => slack.click(STAFF[name], target)))
      await fillForm(name);
  }

  async function press(name: StaffName, message: StoredMessage, what: 'approve' | 'reject'): Promise<void> {
    const target: ClickTarget = { channel: message.channel, ts: message.ts, actionId: what };
    const cardId = cardIdOf(message)!;
    const opensForm = what === 'reject' || JSON.stringify(message.blocks).includes('You will be asked for');
    const click = () =>
      act(name, cardId, opensForm ? 'open' : 'approve', () => slack.click(STAFF[name], target));
    const hurried = chance.happens(0.15) ? click() : null;
    await click();
    await hurried;
    if (opensForm) await fillForm(name);
  }

  async function live(name: StaffName): Promise<void> {
    const pressedAt = new Map<string, { at: number; edits: number }>();
    const mind = new Map<string, 'approve' | 'reject'>();
    const heldUntil = new Map<string, number>();
    while (!stopped) {
      await pause(15 + chance.upTo(50));
      const message = slack.messagesOf(STAFF[name]).find((one) => {
        const cardId = cardIdOf(one);
        if (cardId === null || one.visibleTo !== undefined || !buttonsOf(one).includes('reject'))
          return false;
        if (Date.now() < (heldUntil.get(cardId) ?? 0)) return false;
        // Whoever approved under "all" keeps only the button to change their mind.
        if (!buttonsOf(one).includes('approve') && mind.get(cardId) !== 'reject') return false;
        const last = pressedAt.get(cardId);
        return !last || last.edits !== one.edits.length || Date.now() - last.at > LOOKS_AGAIN_MS;
      });
      if (!message) continue;
      const cardId = cardIdOf(message)!;
      const decided = mind.get(cardId) ?? (chance.happens(0.75) ? 'approve' : 'reject');
      const asks = !mind.has(cardId) && buttonsOf(message).includes('ask_question') && chance.happens(ASKS);
      mind.set(cardId, decided);
      if (asks) {
        await openForm(name, message, 'ask_question');
        heldUntil.set(cardId, Date.now() + WAITS_FOR_ANSWER_MS);
        continue;
      }
      await press(name, message, decided);
      pressedAt.set(cardId, { at: Date.now(), edits: message.edits.length });
    }
  }

  async function answerQuestions(): Promise<void> {
    const pressedAt = new Map<string, number>();
    while (!stopped) {
      await pause(15 + chance.upTo(50));
      const message = slack
        .messagesOf(STAFF.dana)
        .find(
          (one) =>
            buttonsOf(one).includes('answer_question') &&
            Date.now() - (pressedAt.get(one.ts) ?? 0) > LOOKS_AGAIN_MS,
        );
      if (!message) continue;
      await openForm('dana', message, 'answer_question');
      pressedAt.set(message.ts, Date.now());
    }
  }

  async function pressInTeams(
    teams: TeamsDouble,
    message: TeamsMessage,
    what: 'Approve' | 'Reject' | typeof ASK,
  ) {
    const { conversation, id: activityId } = message;
    const cardId = teamsCardIdOf(message)!;
    const at = Date.now();
    presses += 1;
    moments.tell('click sent');
    const result = await teams.press(ENTRA.bob, { conversation, activityId, title: what }).catch(() => null);
    moments.tell('click answered');
    if (result?.status !== 200) unanswered += 1;
    else if (!result.dialog)
      acked.push({
        email: email('bob'),
        cardId,
        at,
        what: 'approve',
        said: JSON.stringify(result.body ?? ''),
      });
    const inputs: Record<string, string> =
      what === ASK ? { question: newQuestion('bob') } : what === 'Reject' ? { comment: 'bob says no' } : {};
    for (let tries = 0; tries < 4 && teams.dialogOf(ENTRA.bob); tries += 1) {
      const submittedAt = Date.now();
      presses += 1;
      const submitted = await teams.submitDialog(ENTRA.bob, inputs).catch(() => null);
      if (submitted?.status === 200)
        acked.push({
          ...{ email: email('bob'), cardId, at: submittedAt, what: what === ASK ? 'ask' : 'submit' },
          ...(inputs.question !== undefined && { words: inputs.question }),
          said: JSON.stringify(submitted.body ?? ''),
        });
      else await pause(80 + chance.upTo(80));
    }
    if (teams.dialogOf(ENTRA.bob)) teams.closeDialog(ENTRA.bob);
  }

  async function liveInTeams(teams: TeamsDouble): Promise<void> {
    const pressedAt = new Map<string, { at: number; shown: string }>();
    const mind = new Map<string, 'Approve' | 'Reject'>();
    while (!stopped) {
      await pause(15 + chance.upTo(50));
      const shownOf = ({ conversation, id }: TeamsMessage) =>
        JSON.stringify(teams.cardFor(ENTRA.bob, conversation, id) ?? {});
      const message = teams.messagesOf(ENTRA.bob).find((one) => {
        const cardId = teamsCardIdOf(one);
        const shown = shownOf(one);
        if (cardId === null || !shown.includes('"title":"Reject"')) return false;
        if (!shown.includes('"title":"Approve"') && mind.get(cardId) !== 'Reject') return false;
        const last = pressedAt.get(one.id);
        return !last || last.shown !== shown || Date.now() - last.at > LOOKS_AGAIN_MS;
      });
      if (!message) continue;
      const cardId = teamsCardIdOf(message)!;
      const decided = mind.get(cardId) ?? (chance.happens(0.75) ? 'Approve' : 'Reject');
      if (!mind.has(cardId) && shownOf(message).includes(ASK) && chance.happens(ASKS))
        await pressInTeams(teams, message, ASK);
      mind.set(cardId, decided);
      await pressInTeams(teams, message, decided);
      pressedAt.set(message.id, { at: Date.now(), shown: shownOf(message) });
    }
  }

  const lives = (['alice', 'bob', 'maria', 'carol'] as const).map((name) =>
    name === 'bob' && world.teams ? liveInTeams(world.teams) : live(name),
  );
  lives.push(answerQuestions());
  return {
    acked,
    get presses() {
      return presses;
    },
    get unanswered() {
      return unanswered;
    },
    async stop() {
      stopped = true;
      await Promise.all(lives);
    },
  };
}
