import { checkRow } from './check-row.js';
import { byId, clock, h, redraw } from './dom.js';
import { act, looking, refresh } from './page.js';

/** @typedef {{key: string, name: string, state: string, says: string}} Stage */
/** @typedef {{at: number, way: string, method: string, path: string, status: number | string | null, says: string, times: number}} LogLine */
/** @typedef {{who: string, action: string, comment: string, inputs: string, at: number, via: string}} Activity */
/** @typedef {{id: string, name: string, number: number, event: string, message: string, state: string, word: string, stages: Stage[], gateAt: number | null, activities: Activity[], log: LogLine[], canDecide: boolean, checkCurl: string | null}} Run */
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
  const place = document.querySelector('[data-stage=gate] small');
  const left = Math.ceil((gateAt - Date.now()) / 1000);
  if (place && left > 1) place.textContent = `in ${left} s`;
}

const SKETCH = ['Build', 'Request approval', 'Approval gate', 'Deploy'].map((name) => ({
  key: name,
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
    run.checkCurl !== null && checkRow(run.id, run.checkCurl),
    run.canDecide &&
      h(
        'p',
        { class: 'in-ui' },
        h('span', {}, 'Decide in Harness instead, as Priya:'),
        quietButton('ui-APPROVE', 'Approve', '/act/decide-in-ui', { run: run.id, action: 'APPROVE' }),
        quietButton('ui-REJECT', 'Reject', '/act/decide-in-ui', { run: run.id, action: 'REJECT' }),
        quietButton('ui-abort', 'Abort run', '/act/abort', { run: run.id }),
      ),
  );
}

/**
 * A small button that does one thing on the server.
 * @param {string} key @param {string} words @param {string} path @param {object} body
 */
export function quietButton(key, words, path, body) {
  const onclick = () => void act(path, body);
  return h('button', { type: 'button', class: 'quiet', 'data-key': key, onclick }, words);
}

/** @param {Stage[]} stages */
function stageStrip(stages) {
  return h(
    'ol',
    { class: 'stages', 'data-count': stages.length },
    ...stages.map(({ key, name, state, says }) =>
      h(
        'li',
        { class: `stage is-${state}`, 'data-stage': key, 'data-state': state },
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

const WAYS = /** @type {Record<string, string>} */ ({
  pipeline: 'pipeline → bot',
  check: 'smoke tests → bot',
  notification: 'Harness → bot',
  in: 'bot → Harness',
});

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
        h('td', { class: 'way' }, WAYS[way] ?? way),
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
