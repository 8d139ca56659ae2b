import { expect, test } from 'vitest';
import './conformance/client-refusals.ts';
import './conformance/client-troubles.ts';
import './conformance/client-promises.ts';
import './conformance/client-reads.ts';
import './conformance/bot-refusals.ts';
import './conformance/bot-troubles.ts';
import './conformance/bot-outcomes.ts';
import './conformance/bot-elsewhere.ts';
import './conformance/bot-promises.ts';
import './conformance/older-server.ts';
import { rowsWithoutTest } from './conformance/rows.ts';

test('every row of harness.md §1.5 and §5, and of the older server, has a test', () => {
  expect(rowsWithoutTest()).toEqual([]);
});
