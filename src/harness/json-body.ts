import { createScanner, type ParseError, parse, printParseErrorCode } from 'jsonc-parser';

/** 256 KiB. */
export const BODY_MAX = 256 * 1024;
const DEPTH_MAX = 64;

export type JsonRead = { ok: true; json: unknown } | { ok: false; message: string; offset: number };

const REMEDY =
  'Harness pastes expressions into the body as they are, so a quote or line break in one breaks it: send ids only, Countersign asks Harness for the rest.';

/**
 * Reads a JSON body; `offset` counts characters from 0. The message names line and column and never quotes the
 * body, which may hold secrets.
 */
export function readJson(rawBody: Buffer): JsonRead {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(rawBody);
  } catch {
    return { ok: false, message: 'The body is not UTF-8 text.', offset: 0 };
  }
  if (text.trim() === '')
    return {
      ok: false,
      message: 'The body is empty: send a JSON object with Content-Type application/json.',
      offset: 0,
    };
  try {
    return { ok: true, json: JSON.parse(text) };
  } catch {
    const { offset, what } = firstFault(text);
    const before = text.slice(0, offset).split('\n');
    const column = before.at(-1)!.length + 1;
    const place = `line ${before.length}, column ${column} (offset ${offset})`;
    return { ok: false, message: `The body is not JSON: ${what} at ${place}. ${REMEDY}`, offset };
  }
}

function firstFault(text: string): { offset: number; what: string } {
  const tooDeep = depthFault(text);
  if (tooDeep !== null) return { offset: tooDeep, what: 'nested too deep' };
  const errors: ParseError[] = [];
  parse(text, errors, { disallowComments: true, allowTrailingComma: false });
  const first = errors[0];
  if (!first) return { offset: 0, what: 'something wrong' };
  const words = printParseErrorCode(first.error)
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
  return { offset: first.offset, what: words };
}

/** jsonc-parser recurses; its scanner does not. */
function depthFault(text: string): number | null {
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
