/** What the largest number from `least` to `limit` that fits gives; null when none does. */
export function mostThatFits<T>(
  least: number,
  limit: number,
  attempt: (count: number) => T | null,
): T | null {
  let best: T | null = null;
  let low = least;
  let high = limit;
  while (low <= high) {
    const middle = Math.floor((low + high) / 2);
    const found = attempt(middle);
    if (found === null) high = middle - 1;
    else {
      best = found;
      low = middle + 1;
    }
  }
  return best;
}
