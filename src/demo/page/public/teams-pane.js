import { byId, h, redraw } from './dom.js';
import { act, looking, refresh } from './page.js';
import { look } from './people.js';
import { markSeen, unread } from './seen.js';
import { follow } from './slack-pane.js';
import { drawCard, scheme, startCards } from './teams-card.js';
import { drawTeamsComposer } from './teams-composer.js';
import { drawToast } from './teams-toast.js';

/** @typedef {import('./seen.js').Person} Person */
/** @typedef {{name: string, initials: string, hue: number}} Author */
/** @typedef {{key: string, conversation: string, activityId: string, version: number, author: Author | null, isMine: boolean, isPrivate: boolean, isReply: boolean, mentionsBot: boolean, time: string, text: string, card: object | null}} Message */
/** @typedef {{installed: boolean, messages: Message[], latest: import('./teams-toast.js').Latest | null}} Teams */

let warningTimer = 0;
let lookedAt = '';

/** Fetches what the renderer needs; the window is drawn again when the machine turns dark. */
export async function startTeams() {
  byId('teams-messages').tabIndex = 0;
  await startCards(() => void refresh());
}

/**
 * What Teams' own client says when something went wrong.
 * @param {string} words
 */
export function warnInTeams(words) {
  say(words, true);
}

/** @param {string} words @param {boolean} isWrong */
function say(words, isWrong) {
  const place = byId('teams-warning');
  place.textContent = words;
  place.dataset.who = looking.who;
  place.classList.toggle('is-wrong', isWrong);
  place.hidden = false;
  clearTimeout(warningTimer);
  warningTimer = window.setTimeout(() => {
    place.hidden = true;
  }, 6000);
}

/**
 * Does what was pressed, and shows what it led to.
 * @param {string} path
 * @param {object} body
 */
export async function actInTeams(path, body) {
  const result = await act(path, { userId: looking.teams.userId, ...body });
  const wrong = Object.values(result.inputErrors ?? {});
  if (wrong.length > 0) warnInTeams(wrong.join(' '));
  if (result.toast) say(result.toast, false);
  if (result.openedUrl) follow(result.openedUrl);
  return result;
}

/** @param {Person} me @param {Teams | null} teams */
export function drawTeams(me, teams) {
  markSeen(me, 'teams', byId('teams-window'));
  byId('teams-who').textContent = `as ${me.name} sees it`;
  byId('teams-window').classList.toggle('is-absent', teams === null);
  const said = byId('teams-warning');
  if (said.dataset.who !== me.handle) said.hidden = true;
  drawPlaces(me);
  drawHead(me, teams);
  drawTeamsComposer(me, teams);
  drawMessages(me, teams?.messages ?? []);
  drawToast(me, teams?.latest ?? null);
  if (teams) askForViews(teams.messages);
}

/**
 * What comes onto the screen asks for this person's view of it, once for each version.
 * @param {Message[]} messages
 */
function askForViews(messages) {
  const { userId, place } = looking.teams;
  const now = [userId, place, ...messages.map(({ key, version }) => `${key} ${version}`)].join('\n');
  if (now === lookedAt || !byId('teams-window').offsetParent) return;
  lookedAt = now;
  if (messages.some(({ card }) => card)) void act('/act/teams-look', { userId, place });
}

/** @param {Person} me */
function drawPlaces(me) {
  const rows = (me.teams?.places ?? []).map((place) => ({
    place,
    count: unread(me, 'teams', place),
    on: place.id === looking.teams.place,
  }));
  redraw(byId('teams-places'), [me.handle, rows.map(({ count, on }) => [count, on])], () =>
    rows.map(({ place, count, on }) => {
      const isChat = place.id === 'chat';
      return h(
        'div',
        { class: 't-group' },
        h('h3', {}, isChat ? 'Chat' : 'Fernhill'),
        h(
          'button',
          {
            type: 'button',
            class: `t-place${count > 0 ? ' is-new' : ''}`,
            'data-key': `teams-${place.id}`,
            'aria-pressed': String(on),
            onclick: () => look({ teams: place.id }),
          },
          isChat ? botAvatar() : h('span', { class: 't-hash', 'aria-hidden': 'true' }, '≡'),
          h('span', { class: 't-place-name' }, place.label),
          count > 0 && h('span', { class: 't-dot', 'aria-label': `${count} unread` }),
        ),
      );
    }),
  );
}

function botAvatar() {
  return h('img', { class: 't-bot', src: '/assets/mark.svg', alt: '' });
}

/** @param {Person} me @param {Teams | null} teams */
function drawHead(me, teams) {
  const isChat = looking.teams.place === 'chat';
  redraw(byId('teams-head'), [me.handle, isChat, teams?.installed ?? null], () =>
    teams
      ? [
          isChat ? botAvatar() : h('span', { class: 't-hash', 'aria-hidden': 'true' }, '≡'),
          h('h3', {}, isChat ? 'Countersign' : 'Deploys'),
          h('span', { class: 't-tab' }, isChat ? 'Chat' : 'Posts'),
          h('span', { class: 'who', id: 'teams-clock' }),
          isChat && appMenu(me, teams.installed),
        ]
      : [],
  );
  const clock = document.getElementById('teams-clock');
  if (clock) clock.textContent = me.clock;
}

/** @param {Person} me @param {boolean} installed */
function appMenu(me, installed) {
  return h(
    'details',
    { class: 't-menu' },
    h('summary', { 'aria-label': `App for ${me.first}`, 'data-key': 'teams-menu' }, '···'),
    h(
      'div',
      {},
      h('p', {}, installed ? `Added for ${me.first}` : `Not added for ${me.first}`),
      h(
        'button',
        {
          type: 'button',
          onclick: () => void actInTeams('/act/teams-install', { installed: !installed }),
        },
        installed ? 'Remove' : 'Add',
      ),
    ),
  );
}

/** @param {Person} me @param {Message[]} messages */
function drawMessages(me, messages) {
  const place = byId('teams-messages');
  const here = `${me.handle} ${looking.teams.place} ${scheme()}`;
  const moved = place.dataset.here !== here;
  place.dataset.here = here;
  place.classList.toggle('is-channel', looking.teams.place !== 'chat');
  if (moved) place.replaceChildren();
  place.querySelector('.empty')?.remove();
  const before = place.childElementCount;
  const atEnd = place.scrollHeight - place.scrollTop - place.clientHeight < 40;
  for (const [index, message] of messages.entries()) drawMessage(place, index, message, moved);
  while (place.childElementCount > messages.length) place.lastElementChild?.remove();
  if (messages.length === 0) place.append(emptyNote(me));
  if (moved || atEnd || place.childElementCount > before) place.scrollTop = place.scrollHeight;
}

/**
 * Draws a message in its place; what has not changed is left alone.
 * @param {HTMLElement} place @param {number} index @param {Message} message @param {boolean} quietly
 */
function drawMessage(place, index, message, quietly) {
  const present = /** @type {(HTMLElement & {source?: string}) | undefined} */ (place.children[index]);
  const source = JSON.stringify(message);
  if (present?.source === source) return;
  const drawn = /** @type {HTMLElement & {source?: string}} */ (messageElement(message));
  drawn.source = source;
  if (!quietly) drawn.classList.add(present ? 'edited' : 'arrived');
  if (present) present.replaceWith(drawn);
  else place.append(drawn);
}

/** @param {Message} message */
function messageElement(message) {
  const { author, isMine, isPrivate, isReply, mentionsBot, time, version, text, card } = message;
  const kind = `${isMine ? ' is-mine' : ''}${isReply ? ' is-reply' : ''}`;
  return h(
    'article',
    { class: `t-message${kind}` },
    author
      ? h('span', { class: 'avatar t-avatar', style: `--hue:${author.hue}` }, author.initials)
      : botAvatar(),
    h(
      'div',
      { class: 't-content' },
      h(
        'p',
        { class: 't-by' },
        h('b', {}, author?.name ?? 'Countersign'),
        h('time', {}, time),
        version > 0 && h('span', {}, 'Edited'),
        isPrivate && h('span', { class: 't-private' }, 'Only you can see this message'),
      ),
      card
        ? cardElement(card, message)
        : h(
            'div',
            { class: 't-bubble' },
            mentionsBot && h('span', { class: 't-mention' }, 'Countersign'),
            mentionsBot ? ` ${text}` : text,
          ),
    ),
  );
}

/** @param {object} card @param {Message} message */
function cardElement(card, { conversation, activityId }) {
  const place = h('div', { class: 't-card' });
  place.append(
    drawCard(card, {
      onLink: follow,
      onPress: async (pressed) => {
        place.classList.add('is-busy');
        await actInTeams('/act/teams-press', { conversation, activityId, ...pressed });
        place.classList.remove('is-busy');
      },
    }),
  );
  return place;
}

/** @param {Person} me */
function emptyNote(me) {
  if (me.teams === null)
    return h(
      'div',
      { class: 'empty' },
      h('p', {}, `${me.first} is not in this Teams`),
      h('p', {}, 'Countersign asks in Slack.'),
    );
  const what =
    looking.teams.place === 'chat'
      ? `Whatever Countersign has to ask or tell ${me.first} appears here.`
      : 'What the whole team should see appears here.';
  return h('div', { class: 'empty' }, h('p', {}, 'Nothing yet'), h('p', {}, what));
}
