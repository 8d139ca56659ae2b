import { createScanner, type ParseError, parse, printParseErrorCode } from 'jsonc-parser';
import { ApiFailure, badRequest } from './api-error.ts';

const DEPTH_MAX = 32;

/**
 * Reads a request body as JSON; undefined when there is none. Throws 400 with line and column, never quoting the body
 * (contract §2 "malformed JSON", traps.md "JSON error offsets").
 */
export function readBody(raw: Buffer): unknown {
  if (raw.length === 0) return undefined;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(raw);
  } catch {
    throw malformed('The body is not UTF-8 text.');
  }
  if (text.trim() === '') return undefined;
  const deep = tooDeep(text);
  if (deep !== null) throw malformed(`The body is nested too deep at ${place(text, deep)}.`);
  try {
    return JSON.parse(text);
  } catch {
    const errors: ParseError[] = [];
    parse(text, errors, { disallowComments: true, allowTrailingComma: false });
    const first = errors[0];
    const what = first ? words(printParseErrorCode(first.error)) : 'something wrong';
    throw malformed(`The body is not JSON: ${what} at ${place(text, first?.offset ?? 0)}.`);
  }
}

function malformed(detail: string): ApiFailure {
  return new ApiFailure([{ ...badRequest(detail), code: 'malformed_body' }]);
}

function place(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return `line ${before.length}, column ${before.at(-1)!.length + 1}`;
}

function words(code: string): string {
  return code.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
}

/** jsonc-parser recurses; its scanner does not. */
function tooDeep(text: string): number | null {
  const scanner = createScanner(text, true);
  let depth = 0;
  // 1 { · 2 } · 3 [ · 4 ] · 17 end: jsonc-parser's SyntaxKind is a const enum, which type stripping cannot read.
  for (let token: number = scanner.scan(); token !== 17; token = scanner.scan()) {
    if (token === 1 || token === 3) depth += 1;
    if (token === 2 || token === 4) depth -= 1;
    if (depth > DEPTH_MAX) return scanner.getTokenOffset();
  }
  return null;
}
