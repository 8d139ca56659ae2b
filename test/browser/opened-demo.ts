import { readFile } from 'node:fs/promises';
import { type Browser, chromium } from 'playwright-core';
import { DemoPage } from './demo-page.ts';
import { type DemoProcess, startDemoProcess } from './demo-process.ts';
import { browserIsRequired, chromiumPath } from './environment.ts';
import { Pictures } from './pictures.ts';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
// Slack allows 50 updates a minute, and the bot keeps to that: some updates are late.
const PATIENCE_MS = 75_000;
export const DESKTOP = { width: 1280, height: 900 };
export const NARROW = { width: 390, height: 844 };

/** Whether the browser tests are left out here; says so loudly. */
export function skipsLoudly(): boolean {
  if (chromiumPath || browserIsRequired) return false;
  console.warn(`
==============================================================================
  SKIPPED: the browser test did not run, for there is no Chromium here.
  Install it (apt-get install chromium) or name it in CHROMIUM_PATH.
==============================================================================`);
  return true;
}

/** The demo as a process, and its page in Chromium. */
export interface OpenedDemo {
  process: DemoProcess;
  at: DemoPage;
  pictures: Pictures;
  /** Errors that the page's script or its console reported. */
  troubles: string[];
  /** A picture and the bot's log, for whoever looks into a failure. */
  explain(): Promise<void>;
  close(): Promise<void>;
}

export async function openDemo(): Promise<OpenedDemo> {
  if (!chromiumPath)
    throw new Error('There is no Chromium: apt-get install chromium, or name it in CHROMIUM_PATH.');
  const browser: Browser = await chromium.launch({ executablePath: chromiumPath, args: FLAGS });
  const process = await startDemoProcess();
  const pictures = await Pictures.open();
  const page = await browser.newPage({ viewport: DESKTOP, colorScheme: 'light' });
  const troubles: string[] = [];
  page.setDefaultTimeout(PATIENCE_MS);
  page.on('pageerror', (error) => troubles.push(error.message));
  page.on('console', (said) => {
    if (said.type() === 'error') troubles.push(said.text());
  });
  await page.goto(process.pageUrl);
  return {
    process,
    at: new DemoPage(page),
    pictures,
    troubles,
    async explain() {
      await pictures.takeFailure(page);
      console.error(`The bot's log:\n${await readFile(process.logFile, 'utf8').catch(String)}`);
    },
    async close() {
      await browser.close();
      await process.interrupt();
    },
  };
}
