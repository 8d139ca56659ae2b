import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { type Block, Message, type MessageProps } from 'slack-blocks-to-jsx';
import { isObject, type JsonObject } from '../doubles/common/json.ts';
import { slackDate } from './dates.ts';
import { Markup } from './html.ts';
import type { Reader } from './reader.ts';

/** Blocks as slack-blocks-to-jsx draws them, with names and times as this reader's client shows them. */
export function libraryBlocks(blocks: readonly JsonObject[], reader: Reader): Markup {
  const named = (names: ReadonlyMap<string, string>) => [...names].map(([id, name]) => ({ id, name }));
  const hooks: NonNullable<MessageProps['hooks']> = {
    date: ({ timestamp, format }) =>
      createElement('time', { className: 'date' }, slackDate(Number(timestamp), format, reader)),
    emoji: (emoji, parse) =>
      createElement(
        'span',
        {
          className: `emoji emoji-${emoji.name}`,
          role: 'img',
          'aria-label': emoji.name.replaceAll('_', ' '),
        },
        createElement('span', null, parse(emoji)),
      ),
    user: ({ id, name }) =>
      createElement(
        'span',
        { className: id === reader.userId ? 'mention mention-me' : 'mention' },
        `@${reader.names.get(id) ?? name}`,
      ),
  };
  const props: MessageProps = {
    blocks: blocks.map(asWritten) as unknown as Block[],
    name: '',
    logo: '',
    withoutWrapper: true,
    data: { users: named(reader.names), channels: named(reader.channels) },
    hooks,
  };
  const markup = renderToStaticMarkup(createElement(Message, props));
  return new Markup(markup.replaceAll(' id="slack_blocks_to_jsx" data-theme="light"', ''));
}

/** The library takes `verbatim` for "draw the source"; Slack means by it only "make no links by yourself". */
function asWritten(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asWritten);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([key]) => key !== 'verbatim');
  return Object.fromEntries(entries.map(([key, inner]) => [key, asWritten(inner)]));
}
