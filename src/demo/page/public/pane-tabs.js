import { byId, h, redraw } from './dom.js';
import { refresh } from './page.js';
import { unread } from './seen.js';

const TABS = /** @type {const} */ ([
  ['slack', 'Slack'],
  ['teams', 'Teams'],
  ['harness', 'Harness'],
]);

/**
 * Where there is room for one pane only, it is chosen here.
 * @param {import('./seen.js').Person} me
 */
export function drawPaneTabs(me) {
  const { shows } = byId('panes').dataset;
  const rows = TABS.map(([pane, label]) => ({ pane, label, on: pane === shows, count: unreadIn(me, pane) }));
  redraw(byId('pane-tabs'), rows, () =>
    rows.map(({ pane, label, on, count }) =>
      h(
        'button',
        {
          type: 'button',
          'data-key': `pane-${pane}`,
          'aria-pressed': String(on),
          onclick: () => void show(pane),
        },
        label,
        count > 0 && h('span', { class: 'dot', 'aria-label': `${count} unread` }),
      ),
    ),
  );
}

/** @param {'slack' | 'teams' | 'harness'} pane */
async function show(pane) {
  byId('panes').dataset.shows = pane;
  await refresh();
  // What was drawn out of sight could not be scrolled.
  for (const id of ['messages', 'teams-messages']) byId(id).scrollTop = byId(id).scrollHeight;
}

/** @param {import('./seen.js').Person} me @param {'slack' | 'teams' | 'harness'} pane */
function unreadIn(me, pane) {
  if (pane === 'harness') return 0;
  return (me[pane]?.places ?? []).reduce((sum, place) => sum + unread(me, pane, place), 0);
}
