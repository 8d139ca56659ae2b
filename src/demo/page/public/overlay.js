import { byId, h } from './dom.js';
import { act, looking } from './page.js';

let shown = '';

/** Wires the modal: submit, close, Escape, and buttons inside. */
export function startOverlay() {
  const overlay = byId('overlay');
  overlay.addEventListener('submit', (event) => {
    event.preventDefault();
    if (event.target instanceof HTMLFormElement) void submit(event.target);
  });
  overlay.addEventListener('click', (event) => {
    const pressed = event.target instanceof HTMLElement ? event.target : null;
    if (pressed?.closest('[data-close]')) void close();
    const button = pressed?.closest('button[data-position]');
    if (button instanceof HTMLButtonElement) void press(button, undefined);
  });
  overlay.addEventListener('change', (event) => {
    const menu = event.target;
    if (menu instanceof HTMLSelectElement && menu.dataset.position) void press(menu, menu.value);
    const field = menu instanceof HTMLElement ? menu.closest('[data-dispatch]') : null;
    if (field instanceof HTMLElement) void enter(field);
  });
  overlay.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') void close();
  });
}

/** @returns {string} */
function viewId() {
  return byId('overlay').querySelector('form')?.dataset.view ?? '';
}

async function close() {
  await act('/act/close', { userId: looking.slack.userId, viewId: viewId() });
}

/** @param {HTMLFormElement} form */
async function submit(form) {
  const button = /** @type {HTMLButtonElement} */ (form.querySelector('[type=submit]'));
  if (button.disabled) return;
  button.disabled = true;
  shown = '';
  await act('/act/submit', { userId: looking.slack.userId, viewId: viewId(), values: valuesIn(form) });
  button.disabled = false;
}

/**
 * @param {HTMLButtonElement | HTMLSelectElement} element
 * @param {string | undefined} value
 */
async function press(element, value) {
  if (!(await confirmed(element))) return;
  await act('/act/press-in-view', {
    userId: looking.slack.userId,
    viewId: viewId(),
    position: Number(element.dataset.position),
    ...(value !== undefined && { value }),
  });
}

/**
 * Tells the bot at once what was chosen in this field.
 * @param {HTMLElement} field
 */
async function enter(field) {
  const form = field.closest('form');
  if (!form) return;
  const values = valuesIn(form);
  await act('/act/enter', {
    userId: looking.slack.userId,
    viewId: viewId(),
    values,
    block: field.dataset.block,
  });
}

/**
 * What was entered, by block_id.
 * @param {HTMLFormElement} form
 */
function valuesIn(form) {
  /** @type {Record<string, string | string[] | null>} */
  const values = {};
  for (const field of form.querySelectorAll('[data-block]')) {
    const name = field.getAttribute('data-block') ?? '';
    const boxes = [...field.querySelectorAll('input[type=checkbox], input[type=radio]')].filter(
      (one) => one instanceof HTMLInputElement,
    );
    const chosen = boxes.filter((one) => one.checked).map((one) => one.value);
    if (boxes[0]?.type === 'radio') values[name] = chosen[0] ?? null;
    else if (boxes.length > 0) values[name] = chosen;
    else {
      const control = /** @type {HTMLInputElement | null} */ (field.querySelector('input, textarea, select'));
      values[name] = control?.value || null;
    }
  }
  return values;
}

/**
 * Shows the modal in front of this person, or none.
 * @param {{id: string, html: string} | null} view
 */
export function drawOverlay(view) {
  const overlay = byId('overlay');
  const next = view?.html ?? '';
  if (next === shown && overlay.hidden === !view) return;
  const wasOpen = !overlay.hidden;
  const before = placeIn(overlay);
  shown = next;
  overlay.hidden = !view;
  byId('messages').inert = Boolean(view);
  byId('composer').inert = Boolean(view);
  overlay.innerHTML = next;
  if (view && before.view === view.id && overlay.querySelector('.f-error') === null) goBackTo(before);
  else if (view) focusFirst(overlay);
  else if (wasOpen) byId('messages').focus({ preventScroll: true });
}

/**
 * Where the person is in the form that stands open, so that a redraw does not move them.
 * @param {HTMLElement} overlay
 */
function placeIn(overlay) {
  const focus = document.activeElement;
  const choice = focus instanceof HTMLInputElement ? `${focus.name}=${focus.value}` : '';
  return {
    view: overlay.querySelector('form')?.dataset.view ?? '',
    top: overlay.querySelector('.modal-body')?.scrollTop ?? 0,
    id: focus?.id ?? '',
    choice,
  };
}

/** @param {ReturnType<typeof placeIn>} before */
function goBackTo(before) {
  const overlay = byId('overlay');
  const body = overlay.querySelector('.modal-body');
  if (body) body.scrollTop = before.top;
  const boxes = [...overlay.querySelectorAll('input')];
  const same =
    boxes.find((box) => box.name !== '' && `${box.name}=${box.value}` === before.choice) ??
    (before.id === '' ? null : document.getElementById(before.id));
  same?.focus({ preventScroll: true });
}

/** @param {HTMLElement} overlay */
function focusFirst(overlay) {
  const wanted =
    overlay.querySelector('.wrong input, .wrong select, .wrong textarea') ??
    overlay.querySelector('.field input, .field select, .field textarea') ??
    overlay.querySelector('button');
  if (wanted instanceof HTMLElement) wanted.focus({ preventScroll: true });
}

/**
 * Asks what the element's confirmation dialog asks; true without one.
 * @param {HTMLElement} element
 * @returns {Promise<boolean>}
 */
export function confirmed(element) {
  const asks = element.dataset.confirm;
  if (!asks) return Promise.resolve(true);
  const { title, text, confirm, deny, style } = JSON.parse(asks);
  const place = byId('confirm');
  return new Promise((resolve) => {
    /** @param {boolean} yes */
    const answer = (yes) => {
      place.hidden = true;
      place.replaceChildren();
      byId('messages').inert = !byId('overlay').hidden;
      element.focus({ preventScroll: true });
      resolve(yes);
    };
    const yes = h(
      'button',
      { type: 'button', class: `s-button s-${style}`, 'data-confirm-yes': true, onclick: () => answer(true) },
      confirm,
    );
    place.replaceChildren(
      h(
        'div',
        {
          class: 'modal modal-small',
          role: 'alertdialog',
          'aria-modal': 'true',
          'aria-label': title,
          onkeydown: (/** @type {KeyboardEvent} */ event) => {
            if (event.key === 'Escape') answer(false);
          },
        },
        h('header', {}, h('h3', {}, title)),
        h('div', { class: 'modal-body' }, h('p', { class: 'plain' }, text)),
        h(
          'footer',
          {},
          h('button', { type: 'button', class: 's-button', onclick: () => answer(false) }, deny),
          yes,
        ),
      ),
    );
    place.hidden = false;
    byId('messages').inert = true;
    yes.focus({ preventScroll: true });
  });
}
