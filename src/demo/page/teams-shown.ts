import type { JsonObject } from '../doubles/common/json.ts';
import type { TeamsDouble } from '../doubles/teams/handle.ts';
import type { StoredDialog, StoredMessage } from '../doubles/teams/shown.ts';
import { inZoneOf } from './card-times.ts';
import { CAST, type Player, TEAMS_CHANNEL } from './cast.ts';
import { clockTime } from './dates.ts';
import type { PlaceShown } from './place-shown.ts';

/** A person's own chat with the bot. */
export const CHAT = 'chat';

export interface TeamsMessageShown {
  key: string;
  conversation: string;
  activityId: string;
  /** How often it was edited. */
  version: number;
  /** Null: the bot's. */
  author: { name: string; initials: string; hue: number } | null;
  isMine: boolean;
  isPrivate: boolean;
  isReply: boolean;
  mentionsBot: boolean;
  time: string;
  text: string;
  card: JsonObject | null;
}

export interface TeamsShown {
  installed: boolean;
  messages: TeamsMessageShown[];
  /** What came last from the bot, wherever this person can look: its notification. */
  latest: { key: string; place: string; summary: string } | null;
  dialog: { id: string; title: string; card: JsonObject } | null;
}

/** Teams as this person sees it, looking at this place; null without an account there. */
export function teamsShown(teams: TeamsDouble, person: Player, place: string): TeamsShown | null {
  if (person.teams === null) return null;
  const dialog = teams.dialogOf(person.teams);
  return {
    installed: teams.person(person.teams).installed,
    messages: messagesIn(teams, person.teams, place).map((message) => messageShown(teams, person, message)),
    latest: latestFor(teams, person.teams),
    dialog: dialog ? dialogShown(dialog, person) : null,
  };
}

/** Where this person can look in Teams. */
export function teamsPlaces(teams: TeamsDouble, userId: string): PlaceShown[] {
  const place = (id: string, label: string): PlaceShown => ({
    id,
    label,
    posts: messagesIn(teams, userId, id)
      .filter((message) => message.author !== userId)
      .map(({ postedAt, id: activityId }) => `${String(postedAt).padStart(15, '0')} ${activityId}`)
      .sort(),
  });
  return [place(CHAT, 'Countersign'), place(TEAMS_CHANNEL.id, TEAMS_CHANNEL.name)];
}

/** The conversation behind a place of the page. */
export function conversationOf(teams: TeamsDouble, userId: string, place: string): string {
  return place === TEAMS_CHANNEL.id ? TEAMS_CHANNEL.id : teams.chatOf(userId);
}

/** What is to be seen there; replies stand below what they answer. */
export function messagesIn(teams: TeamsDouble, userId: string, place: string): StoredMessage[] {
  const messages = teams.messagesOf(conversationOf(teams, userId, place), { as: userId });
  const began = new Map(messages.map(({ id, postedAt }) => [id, postedAt]));
  const placeOf = ({ threadOf, postedAt }: StoredMessage) => began.get(threadOf ?? '') ?? postedAt;
  return messages.toSorted((a, b) => placeOf(a) - placeOf(b) || a.postedAt - b.postedAt);
}

function latestFor(teams: TeamsDouble, userId: string): TeamsShown['latest'] {
  const [latest] = [CHAT, TEAMS_CHANNEL.id]
    .flatMap((place) => messagesIn(teams, userId, place).map((message) => ({ message, place })))
    .filter(({ message }) => message.author === teams.botId)
    .sort((a, b) => b.message.postedAt - a.message.postedAt);
  if (!latest) return null;
  const { id, conversation, summary, text } = latest.message;
  return { key: `${conversation} ${id}`, place: latest.place, summary: summary ?? text };
}

function messageShown(teams: TeamsDouble, person: Player, message: StoredMessage): TeamsMessageShown {
  const { id, conversation, author, edits, postedAt, text, threadOf, visibleTo } = message;
  const by = CAST.find((one) => one.teams === author);
  const card = teams.cardFor(person.teams!, conversation, id);
  return {
    key: `${conversation} ${id}`,
    conversation,
    activityId: id,
    version: edits.length,
    author: by ? authorShown(by) : null,
    isMine: author === person.teams,
    isPrivate: visibleTo !== undefined,
    isReply: threadOf !== undefined && threadOf !== id,
    mentionsBot: message.mentionsBot ?? false,
    time: clockTime(postedAt, person.timeZone),
    text: card ? '' : text,
    card: card ? (inZoneOf(card, person.timeZone) as JsonObject) : null,
  };
}

function authorShown({ name, hue }: Player) {
  const initials = name
    .split(' ')
    .map((word) => word[0])
    .join('');
  return { name, initials, hue };
}

function dialogShown({ id, title, card }: StoredDialog, person: Player): TeamsShown['dialog'] {
  return { id, title, card: withPeople(inZoneOf(card, person.timeZone)) as JsonObject };
}

/**
 * Lets fields that search for people offer everybody, as Teams' own client looks them up in the directory: the renderer
 * itself asks nobody.
 */
function withPeople(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withPeople);
  if (value === null || typeof value !== 'object') return value;
  const { 'choices.data': source, choices, ...rest } = value as JsonObject;
  const all = Object.fromEntries(Object.entries(rest).map(([name, one]) => [name, withPeople(one)]));
  if (source === undefined) return choices === undefined ? all : { ...all, choices };
  const given = (Array.isArray(choices) ? choices : []) as JsonObject[];
  const offered = new Set(given.map((choice) => choice.value));
  const people = CAST.flatMap(({ name, teams }) =>
    teams === null || offered.has(teams) ? [] : [{ title: name, value: teams }],
  );
  return { ...all, choices: [...given, ...people] };
}
