import { looking } from './page.js';

/** @typedef {{id: string, label: string, posts: string[]}} Place */
/** @typedef {{userId: string, places: Place[]}} Account */
/** @typedef {{handle: string, name: string, first: string, initials: string, part: string, hue: number, clock: string, slack: Account | null, teams: Account | null}} Person */
/** @typedef {'slack' | 'teams'} Platform */

/** Per person, platform and place: the last post seen. */
const seen = /** @type {Map<string, string>} */ (new Map());

/**
 * Notes that the person sees what is in the window, unless the window itself is hidden.
 * @param {Person} me @param {Platform} platform @param {HTMLElement} shownIn
 */
export function markSeen(me, platform, shownIn) {
  const { place } = looking[platform];
  const last = me[platform]?.places.find((one) => one.id === place)?.posts.at(-1);
  if (last && shownIn.offsetParent) seen.set(`${me.handle} ${platform} ${place}`, last);
}

/**
 * How many posts there the person has not seen.
 * @param {Person} person @param {Platform} platform @param {Place | undefined} place
 */
export function unread(person, platform, place) {
  if (!place) return 0;
  const last = seen.get(`${person.handle} ${platform} ${place.id}`) ?? '';
  return place.posts.filter((post) => post > last).length;
}
