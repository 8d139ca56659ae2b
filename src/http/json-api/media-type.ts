/** One media type or range out of a header, with its parameters in lower case; `q` is a weight, not a parameter. */
export interface MediaType {
  name: string;
  parameters: ReadonlyMap<string, string>;
  q: number;
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const NAME = new RegExp(`^${TOKEN}/${TOKEN}$`);
const PARAMETER = new RegExp(`^(${TOKEN})\\s*=\\s*(?:(${TOKEN})|"((?:[^"\\\\]|\\\\.)*)")$`);

/** Reads `Content-Type` (one) or `Accept` (many, by comma). null: the header is not of that form (RFC 9110 §8.3, §12.5). */
export function parseMediaTypes(header: string): MediaType[] | null {
  const types: MediaType[] = [];
  for (const part of splitOutsideQuotes(header, ',')) {
    if (part.trim() === '') continue;
    const [name = '', ...rest] = splitOutsideQuotes(part, ';').map((piece) => piece.trim());
    if (!NAME.test(name)) return null;
    const parameters = new Map<string, string>();
    for (const piece of rest) {
      if (piece === '') continue;
      const found = PARAMETER.exec(piece);
      if (!found) return null;
      parameters.set(found[1]!.toLowerCase(), found[2] ?? found[3]!.replace(/\\(.)/g, '$1'));
    }
    const weight = parameters.get('q');
    parameters.delete('q');
    const q = weight === undefined ? 1 : Number(weight);
    types.push({ name: name.toLowerCase(), parameters, q: Number.isFinite(q) ? q : 0 });
  }
  return types;
}

function splitOutsideQuotes(text: string, separator: ',' | ';'): string[] {
  const parts: string[] = [''];
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]!;
    if (character === '"') quoted = !quoted;
    if (character === separator && !quoted) parts.push('');
    else parts[parts.length - 1] += character;
    if (quoted && character === '\\') {
      at += 1;
      parts[parts.length - 1] += text[at] ?? '';
    }
  }
  return parts;
}
