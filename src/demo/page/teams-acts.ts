import type { JsonObject } from '../doubles/common/json.ts';
import type { ActResult, Inputs } from '../doubles/teams/acts.ts';
import type { TeamsDouble } from '../doubles/teams/handle.ts';
import { TEAMS_CHANNEL } from './cast.ts';
import { conversationOf, messagesIn } from './teams-shown.ts';

/** A button, by what it says and what it carries. */
interface Button {
  title: string;
  data: JsonObject | null;
}

export interface TeamsPress extends Button {
  userId: string;
  conversation: string;
  activityId: string;
  inputs: Inputs;
}

export interface DialogPress extends Button {
  userId: string;
  inputs: Inputs;
}

/** What the presser is told, what stands under the inputs by id, and where a link leads. */
export interface TeamsActed {
  warning?: string;
  toast?: string;
  inputErrors?: Readonly<Record<string, string>>;
  openedUrl?: string;
}

type Told = ActResult & TeamsActed;

function acted({ warning, toast, inputErrors, openedUrl }: Told): TeamsActed {
  return {
    ...(warning !== undefined && { warning }),
    ...(toast !== undefined && { toast }),
    ...(inputErrors !== undefined && { inputErrors }),
    ...(openedUrl !== undefined && { openedUrl }),
  };
}

const button = ({ title, data }: Button) => ({ title, ...(data !== null && { data }) });

/** Presses what the person saw, even if the message has changed since (as a slow client would). */
export async function pressInTeams(teams: TeamsDouble, press: TeamsPress): Promise<TeamsActed> {
  const { userId, conversation, activityId, inputs } = press;
  return acted(
    await teams.press(userId, { conversation, activityId, ...button(press), inputs, stale: true }),
  );
}

/** Fills in the dialog in front of the person and presses a button of it. */
export async function pressInDialog(teams: TeamsDouble, press: DialogPress): Promise<TeamsActed> {
  return acted(await teams.submitDialog(press.userId, press.inputs, button(press)));
}

/** What is on the screen asks for this person's own view where its card says so. */
export async function lookIn(teams: TeamsDouble, userId: string, place: string): Promise<TeamsActed> {
  for (const { conversation, id, card } of messagesIn(teams, userId, place))
    if (card) await teams.look(userId, conversation, id);
  return {};
}

/** The command of the message extension. */
const ANSWER = 'answerApproval';
const MENTION = /^@Countersign\b\s*/i;

/** Says something where the person is looking. In a channel the bot hears what names it; a slash is for the bot alone. */
export async function sayInTeams(
  teams: TeamsDouble,
  userId: string,
  place: string,
  line: string,
): Promise<TeamsActed> {
  if (place !== TEAMS_CHANNEL.id) return acted(await teams.type(userId, line.replace(MENTION, '')));
  const conversation = TEAMS_CHANNEL.id;
  if (line.startsWith('/'))
    return acted(await teams.type(userId, line.slice(1), { conversation, targeted: true }));
  const mention = MENTION.test(line);
  return acted(await teams.type(userId, line.replace(MENTION, ''), { conversation, mention }));
}

/** Opens “Answer an approval” from the compose box. */
export async function openExtension(teams: TeamsDouble, userId: string, place: string): Promise<TeamsActed> {
  const conversation = conversationOf(teams, userId, place);
  return acted(await teams.openExtension(userId, ANSWER, { conversation }));
}

/** Adds the app for this person, or removes it. */
export async function setInstalled(
  teams: TeamsDouble,
  userId: string,
  installed: boolean,
): Promise<TeamsActed> {
  await (installed ? teams.install(userId) : teams.uninstall(userId));
  return {};
}
