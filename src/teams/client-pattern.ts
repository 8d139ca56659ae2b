/** What means the same to Harness, to us and to JavaScript: no flags, classes by name, look-arounds or references. */
const COMMON =
  /^(?:[^\\()[\]{}]|\\[dDwWsS.\-/\\^$*+?()[\]{}|:@#_ ,=]|\((?!\?)|\(\?:|\)|\[(?!\^?[[\]:])|\]|\{|\})*$/;

/**
 * The pattern as a client may check it before sending: anchored, since Harness matches whole values. null where a
 * client might understand it otherwise, or might take for ever over it (a repeated group): then only the answer tells.
 */
export function clientPattern(pattern: string): string | null {
  if (pattern.length > 300 || !COMMON.test(pattern)) return null;
  if (/\)[*+{]|&&/.test(pattern)) return null;
  const anchored = `^(?:${pattern})$`;
  try {
    // Clients differ in the flag they take.
    new RegExp(anchored, 'g');
    new RegExp(anchored, 'u');
    return anchored;
  } catch {
    return null;
  }
}
