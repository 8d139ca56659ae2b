import { byId, h } from './dom.js';
import { act, looking } from './page.js';

const LINES = [
  '/approvals help',
  '/approvals pending',
  '/approvals history',
  '/approvals why deploy-to-production',
  '/approvals list',
  '/approvals create',
  '/approvals gates',
  '/approvals audit',
];

/** Wires the line under the messages: what is typed there is a slash command. */
export function startComposer() {
  const line = /** @type {HTMLInputElement} */ (byId('composer-line'));
  byId('composer-lines').append(...LINES.map((value) => h('option', { value })));
  byId('composer').addEventListener('submit', (event) => {
    event.preventDefault();
    void send(line);
  });
}

/** @param {HTMLInputElement} line */
async function send(line) {
  const text = line.value.trim();
  if (text === '') return;
  line.value = '';
  const result = await act('/act/command', {
    userId: looking.slack.userId,
    place: looking.slack.place,
    text,
  });
  if (result.warning) line.value = text;
}
