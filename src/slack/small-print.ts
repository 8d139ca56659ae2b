import type { ContextBlock, ContextBlockElement } from '@slack/types';
import { type CardLine, type CardSpan, hostOf } from '../approval/card.ts';
import { COUNT, LENGTH } from './limits.ts';
import { DATE_FORMAT, dateSeconds, mentionId, utcText } from './rich-text.ts';
import { clean, clip, oneLine, plainText } from './text.ts';

/**
 * The lines in small grey print, each of at most `max` code points a span. Neighbouring lines without a person or
 * a time share one text; the others get a block each.
 */
export function smallPrint(lines: readonly CardLine[], max: number): ContextBlock[] {
  const blocks: ContextBlock[] = [];
  let plain: string[] = [];
  const flush = () => {
    if (plain.length > 0)
      blocks.push({ type: 'context', elements: [plainText(plain.join('\n'), LENGTH.contextText)] });
    plain = [];
  };
  for (const line of lines) {
    if (line.some((span) => span.kind === 'time' || mentionId(span))) {
      flush();
      blocks.push({ type: 'context', elements: contextElements(line, max) });
      continue;
    }
    const words = clip(oneLine(clean(lineWords(line))), max);
    if (words !== '') plain.push(words);
  }
  flush();
  return blocks;
}

/** The line as words alone, as they came; a moment in UTC. */
export function lineWords(line: CardLine): string {
  return line.map(spanWords).join('');
}

function spanWords(span: CardSpan): string {
  if (span.kind === 'time') return utcText(span.at);
  if (span.kind === 'channel') return span.externalId;
  if (span.kind === 'link') return hostOf(span.url);
  return span.kind === 'person' ? span.name : span.text;
}

/** mrkdwn here holds nothing but a user id or a number of ours; all words are plain_text. */
function contextElements(line: CardLine, max: number): ContextBlockElement[] {
  const elements: ContextBlockElement[] = [];
  for (const span of line) {
    const seconds = span.kind === 'time' ? dateSeconds(span.at) : null;
    const id = mentionId(span);
    if (span.kind === 'time' && seconds !== null) {
      const text = `<!date^${seconds}^${DATE_FORMAT}|${utcText(span.at)}>`;
      elements.push({ type: 'mrkdwn', text });
    } else if (id) elements.push({ type: 'mrkdwn', text: `<@${id}>` });
    else {
      const text = clip(oneLine(clean(spanWords(span))), max);
      if (text !== '') elements.push({ type: 'plain_text', text, emoji: false });
    }
  }
  return elements.slice(0, COUNT.contextElements);
}
