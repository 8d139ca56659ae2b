import { byId, h, redraw } from './dom.js';
import { act, looking, refresh } from './page.js';
import { unread } from './seen.js';

/** @typedef {import('./seen.js').Person} Person */

/**
 * Looks as somebody else, or at another place.
 * @param {{who?: string, slack?: string, teams?: string}} to
 */
export function look({ who, slack, teams }) {
  if (who) looking.who = who;
  if (slack) looking.slack.place = slack;
  if (teams) looking.teams.place = teams;
  const opensHome = slack === 'home';
  void (opensHome ? refresh().then(openHome) : refresh());
}

async function openHome() {
  const { userId } = looking.slack;
  if (userId !== '') await act('/act/open-home', { userId });
}

/** @param {Person[]} people */
export function drawPeople(people) {
  const rows = people.map((one) => ({
    ...one,
    count: unread(one, 'slack', one.slack?.places[0]) + unread(one, 'teams', one.teams?.places[0]),
    on: one.handle === looking.who,
  }));
  redraw(
    byId('people'),
    rows.map(({ handle, count, on }) => [handle, count, on]),
    () => rows.map(personButton),
  );
}

/** @param {Person & {count: number, on: boolean}} person */
function personButton({ handle, first, initials, part, hue, slack, teams, count, on }) {
  const where = slack && teams ? '' : `, in ${slack ? 'Slack' : 'Teams'} only`;
  return h(
    'button',
    {
      type: 'button',
      class: 'person',
      'data-key': handle,
      'data-person': handle,
      'aria-pressed': String(on),
      'aria-label': `${first}, ${part}${where}${count > 0 ? `, ${count} unread` : ''}`,
      onclick: () =>
        look({ who: handle, slack: looking.slack.place === 'home' ? 'home' : 'dm', teams: 'chat' }),
    },
    h('span', { class: 'avatar', style: `--hue:${hue}` }, initials),
    h(
      'span',
      { class: 'person-words' },
      h('b', {}, first),
      h('small', {}, part, where && h('span', {}, where)),
    ),
    count > 0 && h('span', { class: 'badge' }, count),
  );
}
