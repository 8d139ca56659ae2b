import { byId, clock, h, redraw } from './dom.js';
import { act, looking, refresh } from './page.js';

/** @typedef {{name: string, state: string, says: string}} Stage */
/** @typedef {{at: number, way: string, method: string, path: string, status: number | string | null, says: string, times: number}} LogLine */
/** @typedef {{who: string, action: string, comment: string, inputs: string, at: number, via: string}} Activity */
/** @typedef {{id: string, name: string, number: number, event: string, message: string, state: string, word: string, stages: Stage[], gateAt: number | null, activities: Activity[], log: LogLine[], canDecide: boolean}} Run */
/** @typedef {{name: string, title: string, says: string, on: boolean}} Switch */

let countdown = 0;

/** @param {{runs: Run[], switches: Switch[]}} state */
export function drawHarness({ runs, switches }) {
  const run = runs.find((one) => one.id === looking.run) ?? runs[0];
  drawTabs(runs, run);
  const { activities = [], log = [], ...rest } = run ?? {};
  redraw(byId('run'), rest, () => [run ? runCard(run) : sketch()]);
  redraw(byId('activities'), [run?.id, activities], () =>
    activities.length > 0 ? activities.map(activityCard) : [h('p', { class: 'none' }, 'No vote yet.')],
  );
  redraw(byId('log'), [run?.id, log], () => logLines(log));
  redraw(byId('switches'), switches, () => switches.map(switchRow));
  clearInterval(countdown);
  if (run?.gateAt) countdown = window.setInterval(() => tick(run.gateAt ?? 0), 200);
  if (run?.gateAt) tick(run.gateAt);
}

/** @param {Run[]} runs @param {Run | undefined} current */
function drawTabs(runs, current) {
  const rows =
    runs.length > 1 ? runs.map(({ id, name, number, state }) => ({ id, name, number, state })) : [];
  redraw(byId('run-tabs'), [rows, current?.id], () =>
    rows.map(({ id, name, number, state }) =>
      h(
        'button',
        {
          type: 'button',
          class: `run-tab is-${state}`,
          'data-key': id,
          'aria-pressed': String(id === current?.id),
          onclick: () => {
            looking.run = id;
            void refresh();
          },
        },
        h('i', { 'aria-hidden': 'true' }),
        `${name} #${number}`,
      ),
    ),
  );
}

/** @param {number} gateAt */
function tick(gateAt) {
  const place = document.querySelector('[data-stage="2"] small');
  const left = Math.ceil((gateAt - Date.now()) / 1000);
  if (place && left > 1) place.textContent = `in ${left} s`;
}

const SKETCH = ['Build', 'Request approval', 'Approval gate', 'Deploy'].map((name) => ({
  name,
  state: 'idle',
  says: '',
}));

function sketch() {
  return h(
    'article',
    { class: 'run-card is-sketch' },
    h(
      'header',
      {},
      h('div', {}, h('h3', {}, 'No run yet'), h('p', {}, 'Four stages; the third waits for people.')),
    ),
    stageStrip(SKETCH),
  );
}

/** @param {Run} run */
function runCard(run) {
  return h(
    'article',
    { class: `run-card is-${run.state}`, 'data-run-state': run.state },
    h(
      'header',
      {},
      h('div', {}, h('h3', {}, run.name, h('span', {}, ` #${run.number}`)), h('p', {}, run.message)),
      h('span', { class: 'state' }, run.word),
    ),
    stageStrip(run.stages),
    run.canDecide &&
      h(
        'p',
        { class: 'in-ui' },
        h('span', {}, 'Decide in Harness instead, as Priya:'),
        uiButton(run, 'APPROVE', 'Approve'),
        uiButton(run, 'REJECT', 'Reject'),
      ),
  );
}

/** @param {Run} run @param {string} action @param {string} words */
function uiButton(run, action, words) {
  return h(
    'button',
    {
      type: 'button',
      class: 'quiet',
      'data-key': `ui-${action}`,
      onclick: () => void act('/act/decide-in-ui', { run: run.id, action }),
    },
    words,
  );
}

/** @param {Stage[]} stages */
function stageStrip(stages) {
  return h(
    'ol',
    { class: 'stages' },
    ...stages.map(({ name, state, says }, index) =>
      h(
        'li',
        { class: `stage is-${state}`, 'data-stage': index, 'data-state': state },
        h('i', { 'aria-hidden': 'true' }),
        h('b', {}, name),
        h('small', {}, says),
      ),
    ),
  );
}

/** @param {Activity} activity */
function activityCard({ who, action, comment, inputs, at, via }) {
  return h(
    'div',
    { class: `activity is-${action.toLowerCase()}` },
    h('p', {}, h('b', {}, action), ` by ${who}, ${via} `, h('time', {}, clock(at))),
    comment !== '' && h('blockquote', {}, comment),
    inputs !== '' && h('pre', {}, inputs),
  );
}

/** @param {Switch} given */
function switchRow({ name, title, says, on }) {
  const input = h('input', {
    type: 'checkbox',
    role: 'switch',
    id: `switch-${name}`,
    'data-key': `switch-${name}`,
    onchange: (/** @type {Event} */ event) =>
      void act('/act/switch', { name, on: /** @type {HTMLInputElement} */ (event.target).checked }),
  });
  /** @type {HTMLInputElement} */ (input).checked = on;
  return h(
    'label',
    { class: 'switch' },
    input,
    h('i', { 'aria-hidden': 'true' }),
    h('b', {}, title),
    h('small', {}, says),
  );
}

/** @param {LogLine[]} lines */
function logLines(lines) {
  if (lines.length === 0) return [h('p', { class: 'none' }, 'Nothing was called yet.')];
  const rows = lines
    .slice(-10)
    .reverse()
    .map(({ at, way, method, path, status, says, times }) =>
      h(
        'tr',
        { class: `status-${family(status)}` },
        h('td', {}, clock(at)),
        h('td', { class: 'way' }, way === 'out' ? 'pipeline → bot' : 'bot → Harness'),
        h('td', {}, h('code', {}, h('b', {}, method), ` ${path}`), says !== '' && h('small', {}, says)),
        h('td', {}, h('b', { class: 'status' }, status ?? '…'), times > 1 && h('small', {}, `× ${times}`)),
      ),
    );
  return [h('table', {}, h('tbody', {}, ...rows))];
}

/** @param {number | string | null} status */
function family(status) {
  if (status === null) return 'open';
  return typeof status === 'number' && status < 300 ? 'good' : 'bad';
}
