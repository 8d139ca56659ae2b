import { expect } from 'vitest';
import { problemsOfCard } from '../../src/demo/doubles/teams/check-card.ts';
import type { JsonObject } from '../../src/teams/json.ts';
import { jsonLength, SIZE } from '../../src/teams/limits.ts';
import { looseWords, problemsOfParser, problemsOfSchema } from './check-card.ts';

/** The card, after the official schema, the official parser, the stand-in for Teams and the rules for words from outside have taken it. */
export function drawn(card: JsonObject, size: keyof typeof SIZE = 'card'): JsonObject {
  const sent = JSON.parse(JSON.stringify(card));
  expect(problemsOfSchema(sent)).toEqual([]);
  expect(problemsOfParser(sent)).toEqual([]);
  expect(problemsOfCard(sent, size === 'card' ? 'message' : 'dialog')).toEqual([]);
  expect(looseWords(sent)).toEqual([]);
  expect(jsonLength(sent)).toBeLessThanOrEqual(SIZE[size]);
  expect(JSON.stringify(card).isWellFormed()).toBe(true);
  return sent;
}
