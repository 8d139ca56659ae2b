import { RE2JS } from 're2js';
import type { FullMatch } from '../approval/approver-input.ts';

/** Longest pattern taken, characters. */
export const PATTERN_MAX = 500;
/** Largest compiled pattern taken: matching costs this times the length of the text. */
const PROGRAM_MAX = 2500;
const CACHE_MAX = 500;

export type Compiled = { ok: true; pattern: RE2JS } | { ok: false; why: string };

const cache = new Map<string, Compiled>();

/** Compiles for a linear-time engine (R24), or says in words why it cannot. Keeps the last 500. */
export function compilePattern(source: string): Compiled {
  const known = cache.get(source);
  if (known) {
    cache.delete(source);
    cache.set(source, known);
    return known;
  }
  const compiled = compile(source);
  cache.set(source, compiled);
  if (cache.size > CACHE_MAX) cache.delete(cache.keys().next().value!);
  return compiled;
}

function compile(source: string): Compiled {
  if (source.length > PATTERN_MAX) return { ok: false, why: `is longer than ${PATTERN_MAX} characters` };
  try {
    const pattern = RE2JS.compile(source);
    if (pattern.programSize() > PROGRAM_MAX)
      return { ok: false, why: 'repeats too much: use smaller counts in {…}' };
    return { ok: true, pattern };
  } catch {
    return {
      ok: false,
      why: 'is not a pattern Countersign can run: look-around, back-references, possessive quantifiers and counts over 1000 are not supported',
    };
  }
}

/** Whether the whole text has the pattern's form. An unusable pattern matches everything: Harness is final. */
export const fullMatch: FullMatch = (pattern, text) => {
  const compiled = compilePattern(pattern);
  if (!compiled.ok) return true;
  try {
    return compiled.pattern.matches(text);
  } catch {
    return true;
  }
};
