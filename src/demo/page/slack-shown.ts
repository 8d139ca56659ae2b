import type { SlackDouble, StoredMessage } from '../doubles/slack/types.ts';
import { CAST, CHANNEL, type Player } from './cast.ts';
import { clockTime } from './dates.ts';
import { drawMessage } from './draw-message.ts';
import { drawHome, drawView } from './draw-view.ts';
import type { Reader } from './reader.ts';

/** The place that shows the app's Home tab. */
export const HOME = 'home';

export interface PlaceShown {
  id: string;
  label: string;
  /** The timestamps of what was posted here: the page counts the unread ones. */
  posts: string[];
}

export interface PersonShown {
  id: string;
  name: string;
  first: string;
  initials: string;
  part: string;
  hue: number;
  clock: string;
  places: PlaceShown[];
}

export interface SlackShown {
  people: PersonShown[];
  messages: { key: string; html: string; byVersion: number }[];
  view: { id: string; html: string } | null;
}

/** Slack as this person sees it, looking at this place. */
export function slackShown(slack: SlackDouble, userId: string, place: string): SlackShown {
  const person = CAST.find((one) => one.id === userId) ?? CAST[0]!;
  const reader = readerFor(person);
  const view = slack.openViewOf(person.id);
  return {
    people: CAST.map((one) => personShown(slack, one)),
    messages: place === HOME ? homeShown(slack, reader) : messagesShown(slack, reader, place),
    view: view ? { id: view.id, html: drawView(view, reader).text } : null,
  };
}

/** The Home tab is drawn as the one thing in its place. */
function homeShown(slack: SlackDouble, reader: Reader): SlackShown['messages'] {
  const home = slack.homeOf(reader.userId);
  return home ? [{ key: home.id, html: drawHome(home, reader).text, byVersion: 0 }] : [];
}

function messagesShown(slack: SlackDouble, reader: Reader, place: string): SlackShown['messages'] {
  return messagesIn(slack, reader.userId, place).map((message) => ({
    key: `${message.channel}-${message.ts}`,
    html: drawMessage(message, reader).text,
    byVersion: message.edits.length,
  }));
}

function readerFor(person: Player): Reader {
  return {
    userId: person.id,
    timeZone: person.timeZone,
    now: Date.now(),
    names: new Map(CAST.map(({ id, name }) => [id, name])),
    channels: new Map([[CHANNEL.id, CHANNEL.name]]),
  };
}

function messagesIn(slack: SlackDouble, userId: string, place: string): StoredMessage[] {
  const messages =
    place === CHANNEL.id
      ? slack.messagesOf(CHANNEL.id, { as: userId })
      : slack.messagesOf(userId).filter((message) => message.channel !== CHANNEL.id);
  // Replies stand below what they answer, as in an open thread.
  const placeOf = ({ threadTs, ts }: StoredMessage) => `${threadTs ?? ts} ${ts}`;
  return messages.toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
}

function personShown(slack: SlackDouble, person: Player): PersonShown {
  const { id, name, part, hue, timeZone } = person;
  const words = name.split(' ');
  const place = (placeId: string, label: string): PlaceShown => ({
    id: placeId,
    label,
    posts: messagesIn(slack, id, placeId)
      .map((message) => message.ts)
      .sort(),
  });
  return {
    id,
    name,
    first: words[0]!,
    initials: words.map((word) => word[0]).join(''),
    part,
    hue,
    clock: clockTime(Date.now(), timeZone),
    places: [
      place('dm', 'Messages'),
      { id: HOME, label: 'Home', posts: [] },
      place(CHANNEL.id, `# ${CHANNEL.name}`),
    ],
  };
}
