import { byId, h } from './dom.js';
import { looking } from './page.js';
import { follow } from './slack-pane.js';
import { drawCard, scheme } from './teams-card.js';
import { actInTeams } from './teams-pane.js';

/** @typedef {{id: string, title: string, card: object}} Dialog */

let shown = '';

/** Wires what closes the dialog. */
export function startTeamsDialog() {
  byId('teams-dialog').addEventListener('keydown', (event) => {
    if (event.key === 'Escape') void close();
  });
}

async function close() {
  await actInTeams('/act/teams-close', {});
}

/**
 * Shows the dialog in front of this person, or none.
 * @param {Dialog | null} dialog
 */
export function drawTeamsDialog(dialog) {
  const overlay = byId('teams-dialog');
  const next = dialog ? JSON.stringify([looking.who, scheme(), dialog]) : '';
  if (next === shown) return;
  const wasOpen = shown !== '';
  shown = next;
  overlay.hidden = !dialog;
  byId('teams-main').inert = Boolean(dialog);
  byId('teams-places').inert = Boolean(dialog);
  overlay.replaceChildren(...(dialog ? [dialogElement(dialog)] : []));
  if (dialog) focusFirst(overlay);
  else if (wasOpen) byId('teams-messages').focus({ preventScroll: true });
}

/** @param {Dialog} dialog */
function dialogElement({ title, card }) {
  const body = h('div', { class: 't-dialog-body' });
  const drawn = drawCard(card, {
    onLink: follow,
    onPress: async (pressed) => {
      body.classList.add('is-busy');
      await actInTeams('/act/teams-dialog', pressed);
      body.classList.remove('is-busy');
    },
  });
  body.append(drawn);
  return h(
    'div',
    { class: 't-dialog', role: 'dialog', 'aria-modal': 'true', 'aria-label': title },
    h(
      'header',
      {},
      h('img', { class: 't-bot', src: '/assets/mark.svg', alt: '' }),
      h('h3', {}, title),
      h(
        'button',
        { type: 'button', class: 'modal-x', 'aria-label': 'Close', onclick: () => void close() },
        '×',
      ),
    ),
    body,
  );
}

/** @param {HTMLElement} overlay */
function focusFirst(overlay) {
  const wanted =
    overlay.querySelector('.t-dialog-body input, .t-dialog-body textarea, .t-dialog-body select') ??
    overlay.querySelector('.t-dialog-body button') ??
    overlay.querySelector('button');
  if (wanted instanceof HTMLElement) wanted.focus({ preventScroll: true });
}
