import type { Settings } from '../context.ts';
import type { FieldProblem } from '../managing/managing.ts';

/** What somebody wants a connection to be; as it came, checked by nobody yet. */
export interface WantedConnection {
  name: string;
  /** '' = the one that the key names. */
  account: string;
  baseUrl: string;
  pathPrefix: string;
  apiKey: string;
}

/** Where Harness's own cloud is. */
export const HARNESS_CLOUD = { baseUrl: 'https://app.harness.io', pathPrefix: '/gateway' } as const;

const RESERVED = new Set(['environment', 'add', 'key', 'test', 'pause', 'resume', 'remove', 'list']);
/** This machine, as `URL` writes it, and with a full stop at its end. */
const HERE =
  /^(([^.]+\.)*localhost\.?|127(\.\d{1,3}){3}|0\.0\.0\.0|\[::1?\]|\[::ffff:(7f[0-9a-f]{2}|0):[0-9a-f]{1,4}\])$/;
/** Where clouds tell a machine its own secrets. */
const LINK_LOCAL = /^(169\.254(\.\d{1,3}){2}|\[::ffff:a9fe:[0-9a-f]{1,4}\]|\[fe[89ab][0-9a-f]:.*\])$/;

/** A name that can be typed in a command. */
export function nameProblem(name: string): string | null {
  if (RESERVED.has(name)) return `can't be “${name}”, which means something else here`;
  if (/^[a-z0-9][a-z0-9._-]{0,39}$/.test(name)) return null;
  return 'must have 1 to 40 small letters, digits, dots, dashes or underscores, such as payments';
}

/** pat.<account>.<token>.<secret> and sat.… carry the account (harness.md §1.1). */
export function accountOfKey(apiKey: string): string | null {
  const [kind, account] = apiKey.split('.');
  return (kind === 'pat' || kind === 'sat') && account ? account : null;
}

/** The wanted values, brought into the form they are kept in. */
export function tidied(wanted: WantedConnection): WantedConnection {
  const apiKey = wanted.apiKey.trim();
  const pathPrefix = wanted.pathPrefix.trim().replace(/\/+$/, '');
  return {
    name: wanted.name.trim().toLowerCase(),
    account: wanted.account.trim() || (accountOfKey(apiKey) ?? ''),
    baseUrl: wanted.baseUrl.trim().replace(/\/+$/, ''),
    pathPrefix,
    apiKey,
  };
}

/** Everything that is wrong with them, by the API's names; R28 by the bot's own address. */
export function connectionProblems(
  wanted: WantedConnection,
  settings: Pick<Settings, 'publicUrl' | 'harnessMayBeHere'>,
): FieldProblem[] {
  const { name, account, baseUrl, pathPrefix, apiKey } = wanted;
  const keyAccount = accountOfKey(apiKey);
  const found: [string, string | null][] = [
    ['name', nameProblem(name)],
    ['account', accountProblem(account, keyAccount)],
    ['base_url', addressProblem(baseUrl, settings)],
    ['path_prefix', prefixProblem(pathPrefix)],
    ['api_key', keyProblem(apiKey)],
  ];
  return found.flatMap(([field, detail]) => (detail === null ? [] : [{ field, detail }]));
}

function accountProblem(account: string, keyAccount: string | null): string | null {
  if (account === '')
    return "can't be blank, as the key does not name it: it stands behind /account/ in every address of Harness";
  if (!/^[A-Za-z0-9_-]{1,128}$/.test(account)) return 'is not the id of a Harness account';
  if (keyAccount !== null && keyAccount !== account)
    return `is ${account}, but the key is of the account ${keyAccount.slice(0, 128)}`;
  return null;
}

/** Any organization's admin may give one, and the bot calls it from where it stands: not itself, and not its host. */
function addressProblem(
  text: string,
  { publicUrl, harnessMayBeHere }: Pick<Settings, 'publicUrl' | 'harnessMayBeHere'>,
): string | null {
  const url = URL.canParse(text) && text.length <= 500 ? new URL(text) : null;
  if (!url) return `is not a URL; Harness's own is ${HARNESS_CLOUD.baseUrl}`;
  const isHere = HERE.test(url.hostname);
  if (LINK_LOCAL.test(url.hostname) || (isHere && !harnessMayBeHere))
    return "leads to the bot's own machine: give the address of Harness";
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isHere))
    return harnessMayBeHere ? 'must be https (http is only for this machine itself)' : 'must be https';
  if (url.username || url.password || url.search || url.hash)
    return 'must be a plain address, without user, query or fragment';
  if (placeOf(url) === placeOf(new URL(publicUrl)))
    return 'is the address of this bot: give the address of Harness';
  return null;
}

/** A name means the same with a full stop at its end. */
function placeOf({ protocol, hostname, port }: URL): string {
  return [protocol, hostname.replace(/\.$/, ''), port].join(' ');
}

function prefixProblem(prefix: string): string | null {
  return /^(\/[A-Za-z0-9_-]+)*$/.test(prefix) && prefix.length <= 200
    ? null
    : 'is not a path: /gateway as a rule, or / for none';
}

function keyProblem(apiKey: string): string | null {
  if (apiKey === '') return "can't be blank";
  return /^[\x21-\x7e]{1,2000}$/.test(apiKey) ? null : 'holds a space, or what no key holds';
}
