import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import type { JsonObject } from '../../src/teams/json.ts';
import { chromiumPath } from './environment.ts';

const { resolve } = createRequire(import.meta.url);
const read = (path: string) => readFileSync(path);
const fixture = (name: string) =>
  readFileSync(new URL(`../fixtures/adaptive-cards/${name}`, import.meta.url), 'utf8');
const font = (weight: number) =>
  read(resolve(`@fontsource/inter/files/inter-latin-${weight}-normal.woff2`)).toString('base64');

export type Theme = 'light' | 'dark';

/** A card to draw, and what stands above it. */
export interface Drawing {
  name: string;
  card: JsonObject;
  /** A dialog has a frame with its title. */
  dialog?: string;
}

// Teams' own colours and buttons, which a host config does not say: https://react.fluentui.dev, its teams themes.
const CSS = `
@font-face { font-family: 'Segoe UI'; font-weight: 200 500; src: url(data:font/woff2;base64,${font(400)}); }
@font-face { font-family: 'Segoe UI'; font-weight: 600 900; src: url(data:font/woff2;base64,${font(600)}); }
* { box-sizing: border-box; }
body { margin: 0; width: max-content; font: 14px 'Segoe UI', sans-serif; }
#board { display: flex; }
.theme { display: flex; gap: 24px; padding: 24px; align-items: flex-start; --line: #d1d1d1; --card: #fff; --ink: #242424;
  --good: #6264a7; background: #f5f5f5; color: var(--ink); }
.theme.dark { --line: #525252; --card: #292929; --ink: #fff; --good: #7f85f5; background: #141414; }
.column { display: flex; flex-direction: column; gap: 20px; }
figure { margin: 0; width: var(--width); }
figcaption { font-size: 12px; opacity: .75; margin: 0 0 6px; }
/* A message breaks long words, and its card inherits that. */
.shell { overflow-wrap: break-word; background: var(--card); border: 1px solid var(--line); border-radius: 6px; overflow: hidden; }
.shell h2 { font-size: 16px; margin: 0; padding: 14px 16px 0; }
.ac-adaptiveCard { background: transparent !important; }
.ac-pushButton { font: 600 14px 'Segoe UI', sans-serif; color: var(--ink); background: transparent; cursor: pointer;
  border: 1px solid var(--line); border-radius: 4px; padding: 5px 12px; min-height: 32px; }
.ac-pushButton.style-positive { background: var(--good); border-color: var(--good); color: #fff; }
.theme.dark .ac-pushButton.style-positive { color: #141414; }
.ac-pushButton.style-destructive { border-color: #c4314b; color: #c4314b; }
.theme.dark .ac-pushButton.style-destructive { border-color: #f9526b; color: #f9526b; }
.ac-input { font: 14px 'Segoe UI', sans-serif; color: var(--ink); background: transparent; }
input.ac-input:not([type=checkbox]):not([type=radio]), textarea.ac-input, select.ac-input { border: 1px solid var(--line);
  border-radius: 4px; padding: 6px 8px; width: 100%; }
.ac-input-required-indicator { color: #c4314b; }
.theme.dark .ac-input-required-indicator { color: #f9526b; }
select.ac-input option { color: #242424; }
.ac-inlineActionButton, .ac-anchor { color: inherit; text-decoration: underline; }
`;

/** Draws cards with Microsoft's own renderer and Teams' host configs, several beside each other. */
export class TeamsBoard {
  /** Errors of the page's script or its console. */
  readonly troubles: string[] = [];
  readonly #browser: Browser;
  readonly #page: Page;

  private constructor(browser: Browser, page: Page) {
    this.#browser = browser;
    this.#page = page;
    page.on('pageerror', (error) => this.troubles.push(error.message));
    page.on('console', (said) => {
      if (said.type() === 'error') this.troubles.push(said.text());
    });
  }

  static async open(): Promise<TeamsBoard> {
    if (!chromiumPath)
      throw new Error('There is no Chromium: apt-get install chromium, or name it in CHROMIUM_PATH.');
    const browser = await chromium.launch({
      executablePath: chromiumPath,
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--no-first-run',
        '--disable-background-networking',
      ],
    });
    const context = await browser.newContext({
      viewport: { width: 1600, height: 900 },
      locale: 'en-GB',
      timezoneId: 'Europe/Berlin',
    });
    const board = new TeamsBoard(browser, await context.newPage());
    await board.#page.setContent(
      `<!doctype html><title>Cards</title><style>${CSS}</style><div id="board"></div>`,
    );
    await board.#page.addScriptTag({ path: resolve('adaptivecards/dist/adaptivecards.min.js') });
    return board;
  }

  /** The columns of cards, once in each theme, each `width` pixels wide. */
  async draw(
    columns: readonly (readonly Drawing[])[],
    themes: readonly Theme[],
    width: number,
  ): Promise<Locator> {
    const hosts = Object.fromEntries(
      themes.map((theme) => [theme, JSON.parse(fixture(`teams-${theme}.hostconfig.json`))]),
    );
    await this.#page.evaluate(DRAW as (drawn: unknown) => void, { columns, hosts, width } as unknown);
    await this.#page.evaluate('document.fonts.ready.then(() => {})');
    return this.#page.locator('#board');
  }

  /** Every element that reaches out of its card, named; empty = nothing is cut off at the right. */
  overflowing(): Promise<string[]> {
    return this.#page.evaluate(OVERFLOWING);
  }

  get page(): Page {
    return this.#page;
  }

  close(): Promise<void> {
    return this.#browser.close();
  }
}

type Drawn = { columns: readonly (readonly Drawing[])[]; hosts: Record<string, unknown>; width: number };

// Both run in the page.
const DRAW = new Function(
  'drawn',
  `
  const { columns, hosts, width } = drawn;
  const board = document.getElementById('board');
  board.textContent = '';
  let figures = 0;
  // There is no directory here to choose people from: a picker shows those who are chosen.
  const offline = (value) => {
    if (Array.isArray(value)) return value.map(offline);
    if (typeof value !== 'object' || value === null) return value;
    const { 'choices.data': data, ...rest } = value;
    const entries = Object.entries(rest).map(([key, within]) => [key, offline(within)]);
    return Object.fromEntries(data ? [...entries, ['style', 'compact']] : entries);
  };
  const add = (parent, tag, name, words) => {
    const one = document.createElement(tag);
    if (name) one.className = name;
    if (words !== undefined) one.textContent = words;
    parent.append(one);
    return one;
  };
  for (const [theme, host] of Object.entries(hosts)) {
    const side = add(board, 'section', 'theme ' + theme);
    side.style.setProperty('--width', width + 'px');
    for (const column of columns) {
      const stack = add(side, 'div', 'column');
      for (const { name, card, dialog } of column) {
        const figure = add(stack, 'figure');
        figure.dataset.name = name;
        add(figure, 'figcaption', '', name);
        const shell = add(figure, 'div', 'shell');
        if (dialog) add(shell, 'h2', '', dialog);
        const drawing = new AdaptiveCards.AdaptiveCard();
        drawing.hostConfig = new AdaptiveCards.HostConfig(host);
        drawing.parse(offline(card));
        drawing.onExecuteAction = () => {};
        shell.append(drawing.render());
        // The same form stands here several times.
        for (const radio of shell.querySelectorAll('input[type=radio]')) radio.name += figures;
        figures += 1;
      }
    }
  }
`,
) as (drawn: Drawn) => void;

const OVERFLOWING = new Function(`
  const out = [];
  for (const shell of document.querySelectorAll('.shell')) {
    const { right } = shell.getBoundingClientRect();
    for (const one of shell.querySelectorAll('*')) {
      const box = one.getBoundingClientRect();
      const hidden = box.width === 0 || getComputedStyle(one).visibility === 'hidden';
      if (!hidden && box.right > right + 0.5)
        out.push(shell.parentElement.dataset.name + ': ' + one.tagName + '.' + one.className + ' ' + (one.textContent || '').slice(0, 40));
      else if (one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0 && ['hidden', 'auto'].includes(getComputedStyle(one).overflowX) && one.tagName === 'DIV')
        out.push(shell.parentElement.dataset.name + ' cuts: ' + one.className + ' ' + (one.textContent || '').slice(0, 40));
    }
  }
  return out;
`) as () => string[];
