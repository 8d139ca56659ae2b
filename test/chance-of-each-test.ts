import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { beforeEach } from 'vitest';
import { seedOfRun } from './seed-of-run.ts';

// By the test's own name: the parts of one fuzz are dealt different hands.
beforeEach(({ task }) => {
  const ofName = createHash('sha256').update(task.fullName).digest().readInt32LE();
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: seedOfRun(ofName) });
});
