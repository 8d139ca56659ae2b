/** @typedef {Node | string | number | null | undefined | false} Child */

/**
 * An element with attributes, listeners (`onclick: fn`) and children.
 * @param {string} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElement}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function')
      element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else if (name === 'style') element.style.cssText = String(value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children.flat())
    if (child !== null && child !== undefined && child !== false)
      element.append(child instanceof Node ? child : String(child));
  return element;
}

/**
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @returns {T}
 */
export function byId(id) {
  return /** @type {T} */ (document.getElementById(id));
}

/** @type {WeakMap<Element, string>} */
const drawn = new WeakMap();

/**
 * Redraws a place only if what it shows has changed.
 * @param {HTMLElement} place
 * @param {unknown} content
 * @param {() => Child[]} draw
 */
export function redraw(place, content, draw) {
  const now = JSON.stringify(content);
  if (drawn.get(place) === now) return;
  drawn.set(place, now);
  const focused = document.activeElement?.getAttribute('data-key');
  place.replaceChildren(...draw().filter((one) => one instanceof Node));
  if (focused && !document.activeElement?.hasAttribute('data-key'))
    /** @type {HTMLElement | null} */ (place.querySelector(`[data-key="${CSS.escape(focused)}"]`))?.focus();
}

/**
 * "14:05:09" in the browser's zone.
 * @param {number} at
 */
export function clock(at) {
  return new Date(at).toLocaleTimeString('en-GB');
}
