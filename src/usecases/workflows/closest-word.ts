const MAX_LENGTH = 60;

/**
 * The candidate somebody probably meant: the nearest by edits (a letter more, less, other, or two swapped), a third of
 * the letters at most, without regard to case; null when none is near.
 */
export function closestWord(typed: string, candidates: Iterable<string>): string | null {
  const wanted = typed.toLowerCase().slice(0, MAX_LENGTH);
  let best: { word: string; edits: number } | null = null;
  for (const word of candidates) {
    const edits = editsBetween(wanted, word.toLowerCase().slice(0, MAX_LENGTH));
    if (
      edits <= Math.max(1, Math.floor(wanted.length / 3)) &&
      edits < (best?.edits ?? Number.POSITIVE_INFINITY)
    )
      best = { word, edits };
  }
  return best?.word ?? null;
}

/** Damerau-Levenshtein distance, each letter moved once at most (optimal string alignment). */
export function editsBetween(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const isSame = left[row - 1] === right[column - 1];
      let edits = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (isSame ? 0 : 1));
      const isSwapped =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (isSwapped) edits = Math.min(edits, beforeLast[column - 2]! + 1);
      current.push(edits);
    }
    beforeLast = last;
    last = current;
  }
  return last[right.length]!;
}
