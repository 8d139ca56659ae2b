import { byId, h } from './dom.js';
import { act, looking, refresh } from './page.js';

/** @type {{event: string, title: string, rule: string, message: string}[]} */
let scenarios = [];
let chosen = '';
/** A run from a terminal is shown as soon as it is there. */
let latestCurl = '';

/** Draws the scenarios once and wires the form. */
export async function startLaunch() {
  scenarios = await fetch('/scenarios').then((answer) => answer.json());
  for (const { event, title, rule } of scenarios) {
    const input = h('input', {
      type: 'radio',
      name: 'event',
      value: event,
      id: `event-${event}`,
      onchange: () => choose(event),
    });
    byId('scenarios').append(
      h('label', { for: `event-${event}` }, input, h('b', {}, title), h('span', {}, rule)),
    );
  }
  choose(scenarios[0]?.event ?? '');
  byId('launch-form').addEventListener('submit', (event) => {
    event.preventDefault();
    void run();
  });
  byId('curl').addEventListener('toggle', () => void showCurl());
  byId('curl-copy').addEventListener(
    'click',
    () => void copied(byId('curl-copy'), byId('curl-line').textContent),
  );
}

/** @param {string} event */
function choose(event) {
  chosen = event;
  const input = byId(`event-${event}`);
  if (input instanceof HTMLInputElement) input.checked = true;
  /** @type {HTMLInputElement} */ (byId('message')).value =
    scenarios.find((one) => one.event === event)?.message ?? '';
  void showCurl();
}

async function run() {
  const button = /** @type {HTMLButtonElement} */ (byId('run-button'));
  button.disabled = true;
  const { value } = /** @type {HTMLInputElement} */ (byId('message'));
  const started = await act('/act/run', { event: chosen, message: value });
  looking.run = started.run ?? looking.run;
  button.disabled = false;
  await refresh();
}

async function showCurl() {
  if (!(/** @type {HTMLDetailsElement} */ (byId('curl')).open)) return;
  const { line } = await fetch(`/curl?event=${chosen}`).then((answer) => answer.json());
  byId('curl-line').textContent = line;
}

/**
 * Copies the text, and says so on the button.
 * @param {HTMLElement} button @param {string | null} text
 */
export async function copied(button, text) {
  await navigator.clipboard.writeText(text ?? '').catch(() => {});
  button.textContent = 'Copied';
  setTimeout(() => {
    button.textContent = 'Copy';
  }, 1500);
}

const WHO = /** @type {Record<string, string>} */ ({
  'deploy-to-production': 'Alice or Bob',
  'database-migration': 'Alice, Bob and Maria',
  'app-release': 'Alice',
});

/**
 * The one line that says what to do next.
 * @param {{runs: (GuidedRun & {id: string, byCurl: boolean})[]}} state
 */
export function drawGuide({ runs }) {
  if (runs[0]?.byCurl && runs[0].id !== latestCurl) {
    latestCurl = runs[0].id;
    looking.run = latestCurl;
    void refresh().then(showCurl);
  }
  const run = runs.find((one) => one.id === looking.run) ?? runs[0];
  byId('guide').replaceChildren(...guideFor(run));
}

/** @typedef {{event: string, state: string, word: string, stages: {key: string, state: string}[], checkCurl: string | null, log: {way: string, method: string, status: unknown}[]}} GuidedRun */

/** @param {GuidedRun} run */
function voteFailed({ log }) {
  const votes = log.filter(({ way, method }) => way === 'in' && method === 'POST');
  return votes.length > 0 && votes.at(-1)?.status !== 200;
}

/** @param {GuidedRun | undefined} run */
function guideFor(run) {
  if (!run) return ['Press ', h('b', {}, 'Run pipeline'), ': before it deploys, it asks people.'];
  const asks = WHO[run.event];
  const stateOf = (/** @type {string} */ key) => run.stages.find((stage) => stage.key === key)?.state;
  if (stateOf('ask') === 'failed')
    return ['The webhook was not taken. ', h('b', {}, 'The calls'), ' say why.'];
  if (run.state === 'waiting' && voteFailed(run))
    return [
      'Decided, but Harness did not take it. ',
      h('b', {}, 'Countersign keeps trying'),
      ', and the cards say so.',
    ];
  if (run.state === 'waiting' && run.checkCurl !== null)
    return ['Alice comes after the check. Press ', h('b', {}, 'Smoke tests pass'), '.'];
  if (run.state === 'waiting')
    return asks
      ? ['The pipeline waits. Answer the card as ', h('b', {}, asks), '.']
      : ['Nobody needs to approve this one: Countersign answers Harness by itself.'];
  if (run.state === 'running' && stateOf('gate') !== 'done')
    return ['The pipeline asks for approval. The cards are on their way.'];
  if (run.state === 'running') return ['Approved, and Harness knows. The pipeline goes on.'];
  if (run.state === 'done')
    return [
      'Done. Look at the others’ cards, run another, or ',
      h('b', {}, 'make something fail'),
      ' first.',
    ];
  return [h('b', {}, run.word), ': the pipeline stopped. Look at the others’ cards, or run another.'];
}
