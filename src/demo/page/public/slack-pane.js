import { byId, h, redraw } from './dom.js';
import { confirmed } from './overlay.js';
import { act, looking, refresh } from './page.js';
import { look } from './people.js';
import { markSeen, unread } from './seen.js';

/** @typedef {import('./seen.js').Person} Person */
/** @typedef {{key: string, html: string}} Message */

let warningTimer = 0;

/** One listener for everything that can be pressed in a message. */
export function startSlack() {
  const messages = byId('messages');
  messages.tabIndex = 0;
  messages.addEventListener('click', (event) => {
    const button = target(event)?.closest('button[data-position]');
    if (button instanceof HTMLButtonElement) void press(button, undefined);
  });
  messages.addEventListener('change', (event) => {
    const menu = target(event);
    if (menu instanceof HTMLSelectElement && menu.dataset.position) void press(menu, menu.value);
  });
}

/** @param {Event} event */
function target(event) {
  return event.target instanceof HTMLElement ? event.target : null;
}

/**
 * @param {HTMLButtonElement | HTMLSelectElement} element
 * @param {string | undefined} value
 */
async function press(element, value) {
  if (!(await confirmed(element))) return;
  const message = element.closest('.message, .home');
  if (!(message instanceof HTMLElement)) return;
  if (message.dataset.view) return pressInView(element, message.dataset.view, value);
  const { channel, ts, version } = message.dataset;
  element.disabled = true;
  const result = await act('/act/press', {
    userId: looking.slack.userId,
    channel,
    ts,
    version: Number(version),
    position: Number(element.dataset.position),
    ...(value !== undefined && { value }),
  });
  element.disabled = false;
  if (result.openedUrl) follow(result.openedUrl);
}

/**
 * @param {HTMLButtonElement | HTMLSelectElement} element
 * @param {string} viewId
 * @param {string | undefined} value
 */
async function pressInView(element, viewId, value) {
  const result = await act('/act/press-in-view', {
    userId: looking.slack.userId,
    viewId,
    position: Number(element.dataset.position),
    ...(value !== undefined && { value }),
  });
  if (result.openedUrl) follow(result.openedUrl);
}

/**
 * A link to a run leads to the right half of this page.
 * @param {string} url
 */
export function follow(url) {
  const run = /\/executions\/([^/]+)/.exec(url)?.[1];
  if (!run) {
    window.open(url, '_blank', 'noopener');
    return;
  }
  looking.run = run;
  void refresh();
  const card = byId('run');
  card.scrollIntoView({ behavior: 'smooth', block: 'center' });
  card.classList.add('flash');
  setTimeout(() => card.classList.remove('flash'), 1200);
}

/**
 * What Slack's own client says when something went wrong.
 * @param {string} words
 */
export function warn(words) {
  const place = byId('slack-warning');
  place.textContent = words;
  place.hidden = false;
  clearTimeout(warningTimer);
  warningTimer = window.setTimeout(() => {
    place.hidden = true;
  }, 6000);
}

/** @param {Person} me @param {{messages: Message[]} | null} slack */
export function drawSlack(me, slack) {
  markSeen(me, 'slack', byId('slack-window'));
  byId('slack-who').textContent = `as ${me.name} sees it`;
  byId('places').hidden = !slack;
  if (slack) drawPlaces(me);
  drawMessages(me, slack?.messages ?? []);
}

/** @param {Person} me */
function drawPlaces(me) {
  const rows = (me.slack?.places ?? []).map((place) => ({
    place,
    count: unread(me, 'slack', place),
    on: place.id === looking.slack.place,
  }));
  redraw(byId('places'), [me.handle, me.clock, rows.map(({ count, on }) => [count, on])], () => [
    ...rows.map(({ place, count, on }) =>
      h(
        'button',
        {
          type: 'button',
          class: 'place',
          'data-key': place.id,
          'aria-pressed': String(on),
          onclick: () => look({ slack: place.id }),
        },
        place.label,
        count > 0 && h('span', { class: 'dot', 'aria-label': `${count} unread` }),
      ),
    ),
    h('span', { class: 'who' }, me.clock),
  ]);
}

/** @param {Person} me @param {Message[]} messages */
function drawMessages(me, messages) {
  const place = byId('messages');
  const here = `${me.handle} ${looking.slack.place}`;
  const moved = place.dataset.here !== here;
  place.dataset.here = here;
  if (moved) place.replaceChildren();
  place.querySelector('.empty')?.remove();
  const before = place.childElementCount;
  for (const [index, message] of messages.entries()) drawMessage(place, index, message, moved);
  while (place.childElementCount > messages.length) place.lastElementChild?.remove();
  if (messages.length === 0) place.append(emptyNote(me));
  const isHome = looking.slack.place === 'home';
  byId('composer').hidden = isHome || me.slack === null;
  if (isHome && moved) place.scrollTop = 0;
  else if (moved || place.childElementCount > before) place.scrollTop = place.scrollHeight;
}

/**
 * Draws a message in its place; what has not changed is left alone.
 * @param {HTMLElement} place @param {number} index @param {Message} message @param {boolean} quietly
 */
function drawMessage(place, index, message, quietly) {
  const present = /** @type {(HTMLElement & {source?: string}) | undefined} */ (place.children[index]);
  if (present?.source === message.html) return;
  const template = document.createElement('template');
  template.innerHTML = message.html;
  const drawn = /** @type {HTMLElement & {source?: string}} */ (template.content.firstElementChild);
  drawn.source = message.html;
  if (!quietly) drawn.classList.add(present ? 'edited' : 'arrived');
  if (present) present.replaceWith(drawn);
  else place.append(drawn);
}

/** @param {Person} me */
function emptyNote(me) {
  if (me.slack === null)
    return h(
      'div',
      { class: 'empty' },
      h('p', {}, `${me.first} is not in this Slack`),
      h('p', {}, 'Countersign asks in Teams.'),
    );
  const what =
    {
      dm: `Whatever Countersign has to ask or tell ${me.first} appears here.`,
      home: `What waits for ${me.first} appears here.`,
    }[looking.slack.place] ?? 'What the whole team should see appears here.';
  return h('div', { class: 'empty' }, h('p', {}, 'Nothing yet'), h('p', {}, what));
}
