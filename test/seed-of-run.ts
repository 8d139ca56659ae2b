/**
 * What all chance of a test comes from: SEED from the environment; in the long form (`npm run test:faults`) a new one
 * each time; else `usual`, so that `npm test` fails for a change and never for a throw of the dice.
 */
export function seedOfRun(usual: number): number {
  // biome-ignore lint/style/noProcessEnv: SEED repeats a run that failed, FAULTS is the form of the run.
  const { SEED, FAULTS } = process.env;
  if (SEED) return Number(SEED);
  return FAULTS === 'long' ? Math.floor(Math.random() * 2 ** 31) : usual;
}
