/** How many rounds a test goes: few in `npm test`, many in `npm run test:faults` (FAULTS=long), or what its variable says. */
export function rounds(variable: string, short: number, long: number): number {
  // biome-ignore lint/style/noProcessEnv: the length of a test is its caller's to choose.
  const { [variable]: asked, FAULTS: form } = process.env;
  if (asked) return Number(asked);
  return form === 'long' ? long : short;
}
