/** The environment, and where what is wrong with it is noted. */
export interface Environment {
  /** A variable without the space around it; undefined when it is not set or empty. */
  value(name: string): string | undefined;
  /** The same, and a problem with its remedy when it is missing; '' then. */
  required(name: string, remedy: string): string;
  problems: string[];
}

export function readEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  problems: string[],
): Environment {
  const value = (name: string) => env[name]?.trim() || undefined;
  return {
    value,
    required(name, remedy) {
      const found = value(name);
      if (!found) problems.push(`${name} is not set. ${remedy}`);
      return found ?? '';
    },
    problems,
  };
}

/** Shortest token or secret that is taken (R26). */
export const MIN_TOKEN = 24;

/** Parts separated by commas or space. */
export function list(text: string | undefined): string[] {
  return (text ?? '').split(/[\s,]+/).filter((part) => part !== '');
}

export const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** The address, or '' and a problem noted; `example` is what one looks like. */
export function baseUrl(name: string, text: string, example: string, problems: string[]): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url) problems.push(`${name} is not a URL. Example: ${example}`);
  else if (url.protocol !== 'https:' && !(url.protocol === 'http:' && LOOPBACK.test(url.hostname)))
    problems.push(`${name} must be https (http is only for this machine itself).`);
  else if (url.username || url.password || url.search || url.hash)
    problems.push(`${name} must be a plain address, without user, query or fragment.`);
  else return text;
  return '';
}
