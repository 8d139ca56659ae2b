import { describe, expect, test } from 'vitest';
import { lineText } from '../../src/approval/card.ts';
import {
  gateLabel,
  gateTimes,
  gateTimesLine,
  gateWords,
  otherApprovals,
} from '../../src/approval/gate-words.ts';
import { ada, alice, NOW } from './samples.ts';
import { buttonsOf, card, notesOf, type ViewChange, warningsOf } from './views.ts';

const one = {
  id: 'inst1',
  message: 'Deploy east\nto three clusters',
  waitingSince: NOW,
  deadline: NOW + 60_000,
};
const TWO = [one, { ...one, id: 'inst2' }];
const AMBIGUOUS = { problem: { kind: 'ambiguous_instance', detail: 'Two gates.' } } as const;

describe('one gate among several', () => {
  test('is called by its number and the first line of its message, or else by its id', () => {
    expect(gateLabel(one, 2)).toBe('2. Deploy east');
    expect(gateLabel({ ...one, message: ' ' }, 1)).toBe('1. gate inst1');
    expect(gateLabel({ ...one, message: 'x'.repeat(200) }, 1)).toHaveLength(70);
  });

  test('waits since and until, as far as that is known', () => {
    expect(gateTimes(one)).toBe('waiting since 2026-11-22 15:00 UTC, until 2026-11-22 15:01 UTC');
    expect(gateTimes({ ...one, waitingSince: null, deadline: null })).toBe('');
    expect(lineText(gateTimesLine({ ...one, waitingSince: null }))).toMatch(/^Until 2026/);
  });

  test('is named on a card where it is not the only one', () => {
    expect(gateWords({ gate: { message: 'Go?', place: 2, of: 3 } })).toBe('Go? (gate 2 of 3 in this run)');
    expect(gateWords({ gate: { message: '', place: 2, of: 3 } })).toBe('gate 2 of 3 in this run');
    expect(gateWords({ gate: { message: 'Go?', place: 1, of: 1 } })).toBeNull();
    expect(gateWords({ gate: null })).toBeNull();
  });
});

test('approvals of other kinds are named once each', () => {
  expect(otherApprovals({ alsoWaitsFor: [] })).toBeNull();
  expect(otherApprovals({ alsoWaitsFor: ['CustomApproval', 'SomethingNew', 'SomethingElse'] })).toBe(
    'This run also waits for a custom approval and an approval of another kind, which Countersign leaves alone.',
  );
});

describe('the card', () => {
  const forAdmin = (change: ViewChange) => buttonsOf(card(change, ada.id, { part: 'admin' }));

  test('offers admins the choice where it waits for one, and nobody else', () => {
    const change = { ...AMBIGUOUS, harness: { candidates: TWO, instanceId: null } };
    expect(forAdmin(change)).toBe('choose_instance');
    expect(buttonsOf(card(change, alice.id))).not.toContain('choose');
    expect(buttonsOf(card(change, null))).not.toContain('choose');
    expect(forAdmin({ ...AMBIGUOUS, harness: { candidates: [] } })).toBe('');
    expect(forAdmin({ harness: { candidates: TWO } })).toBe('');
  });

  test('says who chose, and what else waits', () => {
    const harness = { chosen: { by: 'Ada', seen: true }, alsoWaitsFor: ['JiraApproval'] };
    const notes = notesOf(card({ harness }, null));
    expect(notes).toContain('Ada chose which gate of the run this is.');
    expect(notes).toContain('a Jira approval, which Countersign leaves alone');
  });

  test('warns of what an approval rejects while it can still be given', () => {
    const harness = { autoReject: true };
    const shown = card({ harness }, alice.id);
    expect(warningsOf(shown)).toContain('Approving rejects older runs of this pipeline');
    const approve = shown.actions.find(({ kind }) => kind === 'approve');
    expect(approve).toMatchObject({ confirm: expect.stringContaining('Approving rejects older runs') });
    expect(warningsOf(card({ status: 'APPROVED', harness: { ...harness, status: 'APPROVED' } }, null))).toBe(
      '',
    );
  });
});
