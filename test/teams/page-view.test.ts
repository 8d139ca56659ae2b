import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { text } from '../../src/approval/card.ts';
import type { PageAction } from '../../src/approval/page.ts';
import { readActionData } from '../../src/teams/action-data.ts';
import { pageView } from '../../src/teams/page-view.ts';
import { rounds } from '../faults/rounds.ts';
import { actionsIn, type Json, nodesIn, wordsOf } from './check-card.ts';
import { drawn } from './drawn.ts';
import { anyPage, opensForm, workflowsPage } from './samples.ts';

const items = (count: number, actions: readonly PageAction[] = []) =>
  Array.from({ length: count }, (_one, index) => ({ line: [text(`item ${index}`)], details: [], actions }));
const page = (count: number, actions?: readonly PageAction[]) =>
  workflowsPage({ sections: [{ title: null, items: items(count, actions), empty: null, actions: [] }] });

describe('a page', () => {
  it('reads in order: title, intro, sections with their items and buttons, small print', () => {
    expect(wordsOf(drawn(pageView(workflowsPage(), opensForm)))).toMatchSnapshot();
  });

  it('runs a command at once, opens a dialog for one that asks, and asks before what cannot be taken back', () => {
    const view = drawn(pageView(workflowsPage(), opensForm));
    const buttons = nodesIn(view)
      .filter((one) => one.type === 'ActionSet')
      .flatMap((set) => set.actions as Json[]);
    expect(buttons.map(({ title, type }) => [title, type])).toEqual([
      ['Show', 'Action.Execute'],
      ['Edit', 'Action.Submit'],
      ['Delete', 'Action.ShowCard'],
      ['New workflow', 'Action.Submit'],
    ]);
    const confirmed = (buttons[2]!.card as Json).actions as Json[];
    expect(confirmed[0]).toMatchObject({
      type: 'Action.Execute',
      data: { do: 'command', command: 'delete 14' },
      fallback: { type: 'Action.Submit', data: { do: 'command', command: 'delete 14' } },
    });
  });

  it('decides nothing by one click: a request’s buttons open a dialog, and say that they stand on a page', () => {
    const press = (kind: 'approve' | 'review'): PageAction => ({
      kind: 'card',
      press: kind,
      label: kind,
      cardId: 'crd_1',
      contentVersion: 2,
    });
    const view = drawn(pageView(page(1, [press('approve'), press('review')]), opensForm));
    expect(actionsIn(view).map(({ type, data }) => [type, data])).toEqual([
      [
        'Action.Submit',
        {
          msteams: { type: 'task/fetch' },
          do: 'press',
          verb: 'approve_with_comment',
          card: 'crd_1',
          version: 2,
          page: true,
        },
      ],
      [
        'Action.Submit',
        {
          msteams: { type: 'task/fetch' },
          do: 'press',
          verb: 'review',
          card: 'crd_1',
          version: 2,
          page: true,
        },
      ],
    ]);
  });

  it('submits the dialog it stands in, since nothing else works there', () => {
    const view = drawn(pageView(workflowsPage(), opensForm, 'dialog'), 'dialog');
    const acting = actionsIn(view).filter(({ type }) => type !== 'Action.ShowCard');
    for (const { type, data } of acting) {
      expect(type).toBe('Action.Submit');
      expect(data).not.toHaveProperty('msteams');
    }
  });

  it('has rows of six buttons at most, three of them in sight', () => {
    const actions = Array.from({ length: 8 }, (_one, index) => ({
      kind: 'command' as const,
      label: `Do ${index}`,
      command: `show ${index}`,
    }));
    const sets = nodesIn(drawn(pageView(page(1, actions), opensForm))).filter(
      (one) => one.type === 'ActionSet',
    );
    expect(sets.map((set) => (set.actions as Json[]).map(({ mode }) => mode ?? 'primary'))).toEqual([
      ['primary', 'primary', 'primary', 'secondary', 'secondary', 'secondary'],
      ['primary', 'primary'],
    ]);
  });

  it('leaves out what would not be understood, and turning, which there is no Home for', () => {
    const actions: PageAction[] = [
      { kind: 'turn', label: 'Older', section: 'history', page: 2 },
      { kind: 'link', label: 'Script', url: 'javascript:alert(1)' },
      { kind: 'command', label: 'Tricky', command: 'show\u202e14' },
      { kind: 'card', label: 'Nothing', press: 'review', cardId: '', contentVersion: 1 },
    ];
    expect(actionsIn(drawn(pageView(page(1, actions), opensForm)))).toEqual([]);
  });

  it('says what is not there, and how many more there are', () => {
    const empty = workflowsPage({
      sections: [{ title: 'Waiting', items: [], empty: 'Nothing waits.', actions: [] }],
    });
    expect(wordsOf(drawn(pageView(empty, opensForm)))).toContain('Nothing waits.');
    const long = wordsOf(
      drawn(pageView(page(99, workflowsPage().sections[0]!.items[0]!.actions), opensForm)),
    );
    const shown = long.filter((line) => line.startsWith('item ')).length;
    expect(shown).toBeGreaterThan(5);
    expect(long).toContain(`and ${99 - shown} more`);
  });

  it('any page is valid, within its budget, and what its buttons carry is understood', {
    timeout: 120_000,
  }, () => {
    fc.assert(
      fc.property(anyPage, fc.constantFrom('message' as const, 'dialog' as const), (any, surface) => {
        const view = drawn(pageView(any, opensForm, surface));
        for (const { data } of actionsIn(view).filter((one) => one.data !== undefined))
          expect(readActionData(data)).not.toBeNull();
      }),
      { numRuns: rounds('STRINGS', 50, 2_000) },
    );
  });
});
