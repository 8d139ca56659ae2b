// Runs before any TypeScript is read, and is plain JavaScript on purpose: an old Node must still be able to say so.
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { fileURLToPath } from 'node:url';

const NEEDED = 24;
const version = process.versions.node;

if (Number(version.split('.')[0]) < NEEDED) {
  process.stderr.write(
    `Countersign needs Node ${NEEDED} or newer and this is Node ${version}: install Node ${NEEDED} (https://nodejs.org), or run "npm ci" without --omit=dev, which brings its own.\n`,
  );
  process.exit(1);
}

// A command starts in two thirds of the time. Not in the shared temporary folder: others could plant code there.
nodeModule.enableCompileCache?.(
  fileURLToPath(new URL('../node_modules/.cache/countersign', import.meta.url)),
);

// What the environment already says wins.
if (existsSync('.env')) process.loadEnvFile('.env');
