import { byId, h } from './dom.js';
import { looking } from './page.js';
import { look } from './people.js';

/** @typedef {{key: string, place: string, summary: string}} Latest */

const LASTS_MS = 7000;
/** The newest message each person has been told of. */
const told = /** @type {Map<string, string>} */ (new Map());
let timer = 0;

/**
 * Tells of a new message where the person is not looking, as Teams' notification would.
 * @param {import('./seen.js').Person} me
 * @param {Latest | null} latest
 */
export function drawToast(me, latest) {
  const toast = byId('teams-toast');
  if (toast.dataset.who !== me.handle) toast.hidden = true;
  toast.dataset.who = me.handle;
  const before = told.get(me.handle);
  told.set(me.handle, latest?.key ?? '');
  if (!latest || before === undefined || before === latest.key) return;
  if (latest.place === looking.teams.place) return;
  toast.replaceChildren(
    h('img', { class: 't-bot', src: '/assets/mark.svg', alt: '' }),
    h('span', {}, h('b', {}, 'Countersign'), h('span', {}, latest.summary)),
  );
  toast.onclick = () => {
    toast.hidden = true;
    look({ teams: latest.place });
  };
  toast.hidden = false;
  clearTimeout(timer);
  timer = window.setTimeout(() => {
    toast.hidden = true;
  }, LASTS_MS);
}
