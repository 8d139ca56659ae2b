// C0 but tab and line feed, C1, line and paragraph separators, and whatever is drawn as nothing: bidi controls, zero-width
// characters, fillers, tags. An emoji may say that it is one.
const UNSAFE =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufff9-\ufffb]|(?![\ufe0e\ufe0f])\p{Default_Ignorable_Code_Point}/gu;

/** Text without characters that hide or reorder other text; carriage returns become line feeds. */
export function withoutTricks(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(UNSAFE, '').toWellFormed();
}

/** Text fit for Harness: no tricks, and no `<+`, which opens an expression there (R12). */
export function forHarness(text: string): string {
  let clean = withoutTricks(text);
  while (clean.includes('<+')) clean = clean.replaceAll('<+', '');
  return clean;
}

/** At most `max` characters, never half of one; what was cut is shown by an ellipsis. */
export function clip(text: string, max: number): string {
  if (text.length <= max) return text;
  const characters = Array.from(text.slice(0, max * 2));
  let kept = '';
  for (const character of characters) {
    if (kept.length + character.length > max - 1) break;
    kept += character;
  }
  return `${kept.trimEnd()}…`;
}
