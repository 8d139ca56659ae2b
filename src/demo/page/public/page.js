import { startComposer } from './composer.js';
import { byId } from './dom.js';
import { drawHarness } from './harness-pane.js';
import { drawGuide, startLaunch } from './launch.js';
import { drawOverlay, startOverlay } from './overlay.js';
import { drawSlack, startSlack, warn } from './slack-pane.js';

/** What this page looks at; everything else comes from the server. */
export const looking = { userId: '', place: 'dm', run: '' };

let asked = 0;

/** Asks the server how things stand, and draws it. */
export async function refresh() {
  asked += 1;
  const mine = asked;
  const query = new URLSearchParams({ as: looking.userId, place: looking.place });
  const state = await fetch(`/state?${query}`).then((answer) => answer.json());
  if (mine !== asked) return;
  if (looking.userId === '') looking.userId = state.slack.people[0].id;
  drawSlack(state.slack);
  drawOverlay(state.slack.view);
  drawHarness(state);
  drawGuide(state);
}

/**
 * Does something on the server.
 * @param {string} path
 * @param {object} body
 */
export async function act(path, body) {
  const answer = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const result = await answer.json();
  if (result.warning) warn(result.warning);
  await refresh();
  return result;
}

startSlack();
startOverlay();
startComposer();
await startLaunch();
const live = new EventSource('/live');
live.addEventListener('message', () => void refresh());
live.addEventListener('error', () => byId('guide').classList.add('lost'));
live.addEventListener('open', () => byId('guide').classList.remove('lost'));
