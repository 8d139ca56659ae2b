import type { Card } from '../approval/card.ts';
import { submitButton } from './buttons.ts';
import { adaptiveCard, lineRuns, paragraph, run } from './elements.ts';
import type { Dialog } from './form-view.ts';
import type { JsonObject } from './json.ts';
import { jsonLength, LENGTH, SIZE } from './limits.ts';
import { shown } from './text.ts';

/** So many are chosen from; the others are found by typing. */
const CHOICES_MAX = 10;

/** A dialog to pick one of the requests that wait for whoever opened it; each opens in full in its place. */
export function chooseView(cards: readonly Card[]): Dialog {
  const title = 'Answer an approval';
  if (cards.length === 0)
    return { title, card: adaptiveCard([paragraph([run('Nothing waits for your approval.')])!]) };
  for (let count = Math.min(cards.length, CHOICES_MAX); ; count -= 1) {
    const card = adaptiveCard([...cards.slice(0, count).flatMap(choice), ...left(cards.length - count)]);
    if (jsonLength(card) <= SIZE.dialog || count <= 1) return { title, card };
  }
}

function left(count: number): JsonObject[] {
  if (count === 0) return [];
  const words = `and ${count} more: send the bot “pending” to see them all`;
  return [paragraph([run(words, { subtle: true, size: 'small' })], { spacing: 'medium' })!];
}

function choice(card: Card, index: number): JsonObject[] {
  const name = shown(card.title, LENGTH.title, 'Approval request');
  const items = [
    paragraph([run(name, { strong: true })])!,
    paragraph([run(shown(card.summary, LENGTH.summary))], { spacing: 'none' })!,
    paragraph(lineRuns(card.status, 200, { subtle: true }), { spacing: 'none' }),
  ].filter((item) => item !== null);
  const open = submitButton(
    'Review',
    { do: 'press', verb: 'review', card: card.cardId, version: card.contentVersion, page: true },
    { tooltip: `Review: ${name}` },
  );
  return [
    {
      type: 'Container',
      spacing: 'medium',
      ...(index > 0 && { separator: true }),
      items: [...items, { type: 'ActionSet', spacing: 'small', actions: [open] }],
    },
  ];
}
