import { expect, test } from 'vitest';
import type { Log } from '../../src/usecases/ports.ts';
import { tellStory } from '../../src/usecases/story-line.ts';

test('what people entered, and whom Harness names, is not told, a reason of our own is', () => {
  const told: unknown[] = [];
  const hear = (facts: object) => void told.push(facts);
  const log = { debug: hear, info: hear, warn: hear, error: hear } as unknown as Log;
  const entry = { at: 0, actor: { personId: 3, via: 'api' }, subjectId: '7' } as const;
  for (const [action, detail] of [
    ['cancel', { reason: 'because of Zoë' }],
    ['paused', { why: 'because of Zoë' }],
    ['submission_conflict', { detail: 'Decided otherwise in Harness by Zoë.' }],
    ['gate_not_opened', { reason: 'no_workflow' }],
  ] as const)
    tellStory(log, { ...entry, action, subjectType: 'x', detail });
  const facts = { subject: '7', person: 3, via: 'api' };
  expect(told).toEqual([facts, facts, facts, { ...facts, reason: 'no_workflow' }]);
});
