import type { StoredMessage } from '../doubles/slack/shown.ts';
import { clockTime } from './dates.ts';
import { drawBlocks } from './draw-blocks.ts';
import { html, type Markup } from './html.ts';
import { libraryBlocks } from './library-blocks.ts';
import type { Reader } from './reader.ts';

/** A message of the bot as one person sees it. */
export function drawMessage(message: StoredMessage, reader: Reader): Markup {
  const isPrivate = message.visibleTo !== undefined;
  const isReply = message.threadTs !== undefined;
  const body =
    message.blocks.length > 0
      ? drawBlocks(message.blocks, reader)
      : libraryBlocks([{ type: 'section', text: { type: 'mrkdwn', text: message.text } }], reader);
  const time = clockTime(message.postedAt, reader.timeZone);
  return html`<article class="message${isPrivate ? ' private' : ''}${isReply ? ' reply' : ''}" data-channel="${message.channel}" data-ts="${message.ts}" data-version="${message.edits.length}">
<div class="m-avatar" aria-hidden="true"><svg viewBox="0 0 24 24"><path d="M5 12.5l4.2 4.2L19 7" /></svg></div>
<div class="m-body">${isPrivate && html`<p class="m-private">Only visible to you</p>`}
<p class="m-from"><b>Countersign</b> <span class="m-app">App</span> <time>${time}</time></p>
${body}${message.editedMark && html`<span class="m-edited">(edited)</span>`}</div></article>`;
}
