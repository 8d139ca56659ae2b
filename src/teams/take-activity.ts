import type { ChatGreetings } from '../usecases/notices/chat-greetings.ts';
import { isAdmitted } from './admission.ts';
import type { Answers } from './answers.ts';
import { type Background, within } from './background.ts';
import type { InboundActivities } from './botbuilder/inbound.ts';
import type { OutgoingMessage } from './connector.ts';
import { isInvoke, readEvent, type TeamsEvent } from './events.ts';
import { type HandlerParts, replyTo, type TeamsPress } from './handle-event.ts';
import { invokeBody } from './invoke-response.ts';
import type { JsonObject } from './json.ts';
import { noteConversation } from './notes.ts';
import { noticeView } from './notice-view.ts';
import { notice, SENTENCE, type TeamsReply } from './reply.ts';
import { readActivity } from './wire.ts';

export interface TakingParts extends HandlerParts {
  /** Whose tenant this is, and which services it may name. */
  home: { organizationId: number; tenantId: string; serviceHosts: readonly string[] };
  inbound: InboundActivities;
  greetings: ChatGreetings;
  answers: Answers;
  background: Background;
  /** How long an invoke waits for its handler, ms: Teams gives up after some 15 s, people sooner. */
  deadlineMs: number;
}

/** An HTTP status, and a body where there is one. */
export interface Taken {
  status: number;
  body: JsonObject | null;
}

/**
 * Takes one posted activity: reads it, checks tenant and service, has its token proved once more, and hands it on. A
 * refusal is a status without a word. An invoke is answered with 200, whatever became of it; everything else goes on
 * after the answer.
 */
export async function takeActivity(parts: TakingParts, authorization: string, body: unknown): Promise<Taken> {
  const activity = readActivity(body);
  if (!activity) return refused(400);
  if (!isAdmitted(activity, parts.home)) return refused(403);
  const proof = await parts.inbound.verify(authorization, activity);
  if (proof !== 'proved') return refused(proof === 'refused' ? 401 : 503);
  const read = readEvent(activity, parts.home);
  if (!read) return refused(403);
  const event = await noteConversation(parts, parts.home, read);
  if (!isInvoke(activity)) {
    parts.background.run('what came from Teams could not be handled', () => goOn(parts, event));
    return { status: 200, body: null };
  }
  // An invoke that nothing here asks for.
  if (!isPress(event)) return refused(404);
  const handling = replyTo(parts, event);
  const reply = await within(parts.deadlineMs, handling);
  parts.background.run('what an invoke leads to failed', async () => tellPage(parts, event, await handling));
  return {
    status: 200,
    body: invokeBody(event.kind, reply === 'late' ? notice(SENTENCE.working) : reply),
  };
}

function isPress(event: TeamsEvent): event is TeamsPress {
  return !['command', 'installed', 'removed', 'other'].includes(event.kind);
}

function refused(status: number): Taken {
  return { status, body: null };
}

async function goOn(parts: TakingParts, event: TeamsEvent): Promise<void> {
  const { actor, where } = event;
  if (event.kind === 'command') return parts.teamsCommands.typed(event.actor, where, event.typed);
  if (event.kind === 'submit') {
    const reply = await replyTo(parts, event);
    await parts.answers.say(event.actor, where, messageOf(reply));
    return tellPage(parts, event, reply);
  }
  if (actor === null || where.scope !== 'personal') return;
  if (event.kind === 'installed' && event.greet) {
    const page = await parts.greetings.installed(actor.account);
    await parts.answers.say(actor, where, parts.teamsCommands.pageMessage(page));
  }
  if (event.kind === 'removed') await parts.greetings.removed(actor.account);
}

async function tellPage(parts: TakingParts, { actor, where }: TeamsEvent, reply: TeamsReply): Promise<void> {
  if (reply.kind === 'closed' && reply.page && actor)
    await parts.answers.say(actor, where, parts.teamsCommands.pageMessage(reply.page));
}

/** What an old client is told in place of a changed card or a dialog. */
function messageOf(reply: TeamsReply): OutgoingMessage {
  switch (reply.kind) {
    case 'card':
      return { summary: 'Countersign', card: reply.card };
    case 'dialog':
      return { summary: reply.dialog.title, card: reply.dialog.card };
    default:
      return { summary: reply.sentence, card: noticeView(reply.sentence) };
  }
}
