import { h } from './dom.js';
import { quietButton } from './harness-pane.js';
import { copied } from './launch.js';

let showsCurl = false;

/**
 * Where a visitor lets the run's check report, by button or by the very call.
 * @param {string} run @param {string} curl
 */
export function checkRow(run, curl) {
  return h(
    'div',
    { class: 'in-ui' },
    h('span', {}, 'Let the tests report:'),
    quietButton('check-passed', 'Smoke tests pass', '/act/check', { run, result: 'passed' }),
    quietButton('check-failed', 'Smoke tests fail', '/act/check', { run, result: 'failed' }),
    curlOf(curl),
  );
}

/** @param {string} curl */
function curlOf(curl) {
  const copy = h('button', { type: 'button', class: 'quiet' }, 'Copy');
  copy.addEventListener('click', () => void copied(copy, curl));
  return h(
    'details',
    {
      class: 'curl',
      open: showsCurl,
      ontoggle: (/** @type {Event} */ event) => {
        showsCurl = /** @type {HTMLDetailsElement} */ (event.target).open;
      },
    },
    h('summary', {}, 'or by curl'),
    h('div', { class: 'curl-box' }, h('pre', {}, curl), copy),
  );
}
