import { h } from './dom.js';

// The official renderer, a classic script: https://www.npmjs.com/package/adaptivecards
const { AdaptiveCards } = /** @type {any} */ (globalThis);

/** @typedef {{title: string, data: object | null, inputs: Record<string, string>}} Pressed */

const dark = matchMedia('(prefers-color-scheme: dark)');
/** How Teams draws cards: microsoft/AdaptiveCards, samples/HostConfig/microsoft-teams-{light,dark}.json (MIT). */
const looks = /** @type {Record<string, object>} */ ({});

/**
 * Fetches how Teams draws cards.
 * @param {() => void} onSchemeChange
 */
export async function startCards(onSchemeChange) {
  for (const scheme of ['light', 'dark']) {
    const look = await fetch(`/assets/teams-${scheme}.json`).then((answer) => answer.json());
    // Not everybody has Segoe UI: the window's own font stands in for it.
    look.fontTypes.default.fontFamily = 'inherit';
    looks[scheme] = look;
  }
  dark.addEventListener('change', onSchemeChange);
}

/** The scheme that cards are drawn in now. */
export function scheme() {
  return dark.matches ? 'dark' : 'light';
}

/**
 * Draws a card. Text stays as it is: no Markdown, and nothing of the card is run.
 * @param {object} payload
 * @param {{onPress: (pressed: Pressed) => void, onLink: (url: string) => void}} on
 * @returns {HTMLElement}
 */
export function drawCard(payload, { onPress, onLink }) {
  const card = new AdaptiveCards.AdaptiveCard();
  card.hostConfig = new AdaptiveCards.HostConfig(looks[scheme()]);
  card.onExecuteAction = (/** @type {any} */ action) => {
    if (action.getJsonTypeName() === 'Action.OpenUrl') onLink(action.url);
    else onPress({ title: action.title ?? '', data: action.toJSON().data ?? null, inputs: entered(action) });
  };
  card.parse(payload);
  return card.render() ?? h('p', {}, payload.fallbackText ?? 'This card cannot be shown.');
}

/**
 * What was entered, by the inputs' ids; what was left empty is absent, as in Teams.
 * @param {any} action
 */
function entered(action) {
  /** @type {Record<string, string>} */
  const values = {};
  for (const [id, input] of Object.entries(action.internalGetReferencedInputs() ?? {})) {
    const value = /** @type {{value?: unknown}} */ (input).value;
    if (value !== undefined && value !== null && value !== '') values[id] = String(value);
  }
  return values;
}
