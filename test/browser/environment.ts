import { existsSync } from 'node:fs';

// biome-ignore lint/style/noProcessEnv: the browser test reads its environment here and nowhere else
const { CHROMIUM_PATH, CI, REQUIRE_BROWSER, UPDATE_PICTURES, ...others } = process.env;

const USUAL_PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Where Chromium is; undefined when this machine has none. */
export const chromiumPath = (CHROMIUM_PATH ? [CHROMIUM_PATH] : USUAL_PLACES).find((path) => existsSync(path));

/** A run that must not skip. */
export const browserIsRequired = Boolean(CI || REQUIRE_BROWSER);

/** Pictures go into docs/pictures only when asked for. */
export const updatesPictures = UPDATE_PICTURES === '1';

/** What the demo's process gets. */
export const childEnvironment: NodeJS.ProcessEnv = { ...others, DEMO_PORT: '0' };
