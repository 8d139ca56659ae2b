import { byId, h, redraw } from './dom.js';
import { looking } from './page.js';
import { actInTeams } from './teams-pane.js';

const LINES = ['help', 'pending', 'history', 'why deploy-to-production', 'list', 'create', 'gates', 'audit'];

/** Wires the line under the messages, and what can be opened from it. */
export function startTeamsComposer() {
  byId('teams-composer').addEventListener('submit', (event) => {
    event.preventDefault();
    void send();
  });
  byId('teams-extension').addEventListener('click', () => {
    void actInTeams('/act/teams-extension', { place: looking.teams.place });
  });
}

async function send() {
  const line = /** @type {HTMLInputElement} */ (byId('teams-line'));
  const text = line.value.trim();
  if (text === '') return;
  line.value = '';
  const result = await actInTeams('/act/teams-say', { place: looking.teams.place, text });
  if (result.warning) line.value = text;
}

/**
 * @param {import('./seen.js').Person} me
 * @param {{installed: boolean} | null} teams
 */
export function drawTeamsComposer(me, teams) {
  const isChat = looking.teams.place === 'chat';
  const removed = teams !== null && isChat && !teams.installed;
  byId('teams-composer').hidden = teams === null || removed;
  byId('teams-removed').hidden = !removed;
  redraw(byId('teams-removed'), [me.handle, removed], () =>
    removed
      ? [
          h('span', {}, `Countersign is not added for ${me.first}.`),
          h(
            'button',
            {
              type: 'button',
              onclick: () => void actInTeams('/act/teams-install', { installed: true }),
            },
            'Add',
          ),
        ]
      : [],
  );
  const line = /** @type {HTMLInputElement} */ (byId('teams-line'));
  const prefix = isChat ? '' : '@Countersign ';
  line.placeholder = isChat ? 'Type a message: help' : 'Start a post: @Countersign pending';
  const list = byId('teams-lines');
  if (list.dataset.prefix === prefix) return;
  list.dataset.prefix = prefix;
  list.replaceChildren(...LINES.map((value) => h('option', { value: `${prefix}${value}` })));
}
