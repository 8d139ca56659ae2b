import { describe, expect, test } from 'vitest';
import { bindInstance } from '../../src/approval/binding.ts';
import type { HarnessInstance } from '../../src/approval/submission.ts';
import { instance, NOW } from './samples.ts';

const GIVEN = { boundId: null, openedAt: NOW, heldByOthers: new Set<string>() };

function bind(
  instances: readonly HarnessInstance[],
  change: { boundId?: string; heldByOthers?: readonly string[]; wasAmbiguous?: boolean } = {},
): string {
  const found = bindInstance(instances, {
    boundId: change.boundId ?? null,
    openedAt: NOW,
    heldByOthers: new Set(change.heldByOthers),
    wasAmbiguous: change.wasAmbiguous ?? false,
  });
  if (found.kind === 'bound') return found.instance.id;
  if (found.kind === 'ambiguous') return found.candidates.map((one) => one.id).join(' or ');
  return 'none';
}

describe('R4: before it is bound', () => {
  test('the one gate that waits', () => {
    expect(bind([instance('a')])).toBe('a');
  });

  test('two that wait are never guessed', () => {
    expect(bind([instance('a'), instance('b')])).toBe('a or b');
  });

  test('one that waits goes before those that ended', () => {
    expect(bind([instance('old', { status: 'APPROVED' }), instance('new')])).toBe('new');
  });

  test('one that ended counts when nothing waits; two such are not guessed either', () => {
    expect(bind([instance('a', { status: 'REJECTED' })])).toBe('a');
    expect(bind([instance('a', { status: 'REJECTED' }), instance('b', { status: 'APPROVED' })])).toBe(
      'a or b',
    );
  });

  test('not what another request holds', () => {
    expect(bind([instance('a')], { heldByOthers: ['a'] })).toBe('none');
    expect(bind([instance('a'), instance('b')], { heldByOthers: ['a'] })).toBe('b');
  });

  test('not another kind of approval', () => {
    expect(bind([instance('a', { type: 'JiraApproval' })])).toBe('none');
  });

  test('not what was there before the webhook, within what clocks are good for', () => {
    expect(bind([instance('a', { createdAt: NOW - 5_001 })])).toBe('none');
    expect(bind([instance('a', { createdAt: NOW - 5_000 })])).toBe('a');
  });

  test('nothing', () => expect(bind([])).toBe('none'));
});

describe('R18: once several could be meant', () => {
  const was = { wasAmbiguous: true };

  test('the one that is left is no more certain than before', () => {
    expect(bind([instance('a', { status: 'APPROVED' }), instance('b')], was)).toBe('b');
    expect(bindInstance([instance('b')], { ...GIVEN, wasAmbiguous: true }).kind).toBe('ambiguous');
  });

  test('one that ended is not taken, even if it is the last', () => {
    expect(bind([instance('a', { status: 'APPROVED' })], was)).toBe('none');
  });

  test('the one that an admin chose is', () => {
    expect(bind([instance('a'), instance('b')], { ...was, boundId: 'b' })).toBe('b');
  });
});

describe('R18: once it is bound', () => {
  test('it stays that one, whatever else waits', () => {
    expect(bind([instance('a', { status: 'EXPIRED' }), instance('b')], { boundId: 'a' })).toBe('a');
  });

  test('and no other takes its place when it is gone', () => {
    expect(bind([instance('b')], { boundId: 'a' })).toBe('none');
  });
});
