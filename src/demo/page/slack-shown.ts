import type { SlackDouble } from '../doubles/slack/handle.ts';
import type { StoredMessage } from '../doubles/slack/shown.ts';
import { CAST, CHANNEL, type Player } from './cast.ts';
import { drawMessage } from './draw-message.ts';
import { drawHome, drawView } from './draw-view.ts';
import type { PlaceShown } from './place-shown.ts';
import type { Reader } from './reader.ts';

/** The place that shows the app's Home tab. */
export const HOME = 'home';

export interface SlackShown {
  messages: { key: string; html: string; byVersion: number }[];
  view: { id: string; html: string } | null;
}

/** Slack as this person sees it, looking at this place; null without an account there. */
export function slackShown(slack: SlackDouble, person: Player, place: string): SlackShown | null {
  if (person.slack === null) return null;
  const reader = readerFor(person.slack, person);
  const view = slack.openViewOf(person.slack);
  return {
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

function readerFor(userId: string, person: Player): Reader {
  return {
    userId,
    timeZone: person.timeZone,
    now: Date.now(),
    names: new Map(CAST.flatMap(({ slack, name }) => (slack === null ? [] : [[slack, name]]))),
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

/** Where this person can look in Slack. */
export function slackPlaces(slack: SlackDouble, userId: string): PlaceShown[] {
  const place = (id: string, label: string): PlaceShown => ({
    id,
    label,
    posts: messagesIn(slack, userId, id)
      .map((message) => message.ts)
      .sort(),
  });
  return [
    place('dm', 'Messages'),
    { id: HOME, label: 'Home', posts: [] },
    place(CHANNEL.id, `# ${CHANNEL.name}`),
  ];
}
