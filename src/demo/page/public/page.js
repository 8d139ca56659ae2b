import { startComposer } from './composer.js';
import { byId } from './dom.js';
import { drawHarness } from './harness-pane.js';
import { drawGuide, startLaunch } from './launch.js';
import { drawOverlay, startOverlay } from './overlay.js';
import { drawPaneTabs } from './pane-tabs.js';
import { drawPeople } from './people.js';
import { drawSlack, startSlack, warn } from './slack-pane.js';
import { startTeamsComposer } from './teams-composer.js';
import { drawTeamsDialog, startTeamsDialog } from './teams-dialog.js';
import { drawTeams, startTeams, warnInTeams } from './teams-pane.js';

/** What this page looks at; everything else comes from the server. User ids are empty where there is no account. */
export const looking = {
  who: '',
  run: '',
  slack: { userId: '', place: 'dm' },
  teams: { userId: '', place: 'chat' },
};

let asked = 0;

/** Asks the server how things stand, and draws it. */
export async function refresh() {
  asked += 1;
  const mine = asked;
  const query = new URLSearchParams({
    as: looking.who,
    slack: looking.slack.place,
    teams: looking.teams.place,
  });
  const state = await fetch(`/state?${query}`).then((answer) => answer.json());
  if (mine !== asked) return;
  const { people } = state;
  const me = people.find((/** @type {{handle: string}} */ one) => one.handle === looking.who) ?? people[0];
  looking.who = me.handle;
  looking.slack.userId = me.slack?.userId ?? '';
  looking.teams.userId = me.teams?.userId ?? '';
  drawSlack(me, state.slack);
  drawOverlay(state.slack?.view ?? null);
  drawTeams(me, state.teams);
  drawTeamsDialog(state.teams?.dialog ?? null);
  drawPeople(people);
  drawPaneTabs(me);
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
  if (result.warning) (path.startsWith('/act/teams-') ? warnInTeams : warn)(result.warning);
  await refresh();
  return result;
}

startSlack();
startOverlay();
startComposer();
await startTeams();
startTeamsDialog();
startTeamsComposer();
await startLaunch();
const live = new EventSource('/live');
live.addEventListener('message', () => void refresh());
live.addEventListener('error', () => byId('guide').classList.add('lost'));
live.addEventListener('open', () => byId('guide').classList.remove('lost'));
