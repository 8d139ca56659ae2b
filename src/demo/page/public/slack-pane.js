import { byId, h, redraw } from './dom.js';
import { confirmed } from './overlay.js';
import { act, looking, refresh } from './page.js';

/** @typedef {{id: string, label: string, posts: string[]}} Place */
/** @typedef {{id: string, name: string, first: string, initials: string, part: string, hue: number, clock: string, places: Place[]}} Person */
/** @typedef {{key: string, html: string}} Message */

/** Per person and place: the last post seen. */
const seen = /** @type {Map<string, string>} */ (new Map());
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
    userId: looking.userId,
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
    userId: looking.userId,
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
function follow(url) {
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

/** @param {{people: Person[], messages: Message[]}} slack */
export function drawSlack({ people, messages }) {
  const me = people.find((one) => one.id === looking.userId) ?? people[0];
  if (!me) return;
  markSeen(me);
  drawPeople(people);
  drawPlaces(me);
  drawMessages(me, messages);
}

/** @param {Person} me */
function markSeen(me) {
  const last = me.places.find((one) => one.id === looking.place)?.posts.at(-1);
  if (last) seen.set(`${me.id} ${looking.place}`, last);
}

/** @param {Person} person @param {Place} place */
function unread(person, place) {
  const last = seen.get(`${person.id} ${place.id}`) ?? '';
  return place.posts.filter((ts) => ts > last).length;
}

/** @param {Person[]} people */
function drawPeople(people) {
  const rows = people.map((one) => ({
    ...one,
    count: unread(one, one.places[0]),
    on: one.id === looking.userId,
  }));
  redraw(
    byId('people'),
    rows.map(({ id, count, on }) => [id, count, on]),
    () =>
      rows.map(({ id, first, initials, part, hue, count, on }) =>
        h(
          'button',
          {
            type: 'button',
            class: 'person',
            'data-key': id,
            'data-person': first.toLowerCase(),
            'aria-pressed': String(on),
            'aria-label': `${first}, ${part}${count > 0 ? `, ${count} unread` : ''}`,
            onclick: () => look({ userId: id, place: looking.place === 'home' ? 'home' : 'dm' }),
          },
          h('span', { class: 'avatar', style: `--hue:${hue}` }, initials),
          h('span', { class: 'person-words' }, h('b', {}, first), h('small', {}, part)),
          count > 0 && h('span', { class: 'badge' }, count),
        ),
      ),
  );
}

/** @param {{userId?: string, place?: string}} to */
function look(to) {
  Object.assign(looking, to);
  void (looking.place === 'home' ? act('/act/open-home', { userId: looking.userId }) : refresh());
}

/** @param {Person} me */
function drawPlaces(me) {
  const rows = me.places.map((place) => ({
    place,
    count: unread(me, place),
    on: place.id === looking.place,
  }));
  redraw(byId('places'), [me.id, me.clock, rows.map(({ count, on }) => [count, on])], () => [
    ...rows.map(({ place, count, on }) =>
      h(
        'button',
        {
          type: 'button',
          class: 'place',
          'data-key': place.id,
          'aria-pressed': String(on),
          onclick: () => look({ place: place.id }),
        },
        place.label,
        count > 0 && h('span', { class: 'dot', 'aria-label': `${count} unread` }),
      ),
    ),
    h('span', { class: 'who' }, `${me.name} · ${me.clock}`),
  ]);
}

/** @param {Person} me @param {Message[]} messages */
function drawMessages(me, messages) {
  const place = byId('messages');
  const here = `${me.id} ${looking.place}`;
  const moved = place.dataset.here !== here;
  place.dataset.here = here;
  if (moved) place.replaceChildren();
  place.querySelector('.empty')?.remove();
  const before = place.childElementCount;
  for (const [index, message] of messages.entries()) drawMessage(place, index, message, moved);
  while (place.childElementCount > messages.length) place.lastElementChild?.remove();
  if (messages.length === 0) place.append(emptyNote(me));
  const isHome = looking.place === 'home';
  byId('composer').hidden = isHome;
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
  const what =
    {
      dm: `Whatever Countersign has to ask or tell ${me.first} appears here.`,
      home: `What waits for ${me.first} appears here.`,
    }[looking.place] ?? 'What the whole team should see appears here.';
  return h('div', { class: 'empty' }, h('p', {}, 'Nothing yet'), h('p', {}, what));
}
