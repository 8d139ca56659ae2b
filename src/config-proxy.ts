import { isIP } from 'node:net';
import { type Environment, list } from './config-environment.ts';

/** Whom to believe that a request came from somewhere else (X-Forwarded-For): false = nobody. */
export type TrustedProxies = false | string[];

const WORDS = ['loopback', 'linklocal', 'uniquelocal'];

/**
 * TRUST_PROXY. Not set: nobody is believed, since anybody can send that header; nor is a number of proxies, since whoever
 * reaches the bot past them could.
 */
export function readTrustedProxies({ value, problems }: Environment): TrustedProxies {
  const said = value('TRUST_PROXY');
  if (said === undefined) return false;
  const named = list(said);
  if (named.length > 0 && named.every((one) => WORDS.includes(one) || isNetwork(one))) return named;
  problems.push(
    'TRUST_PROXY is not a list of addresses or networks, of loopback, linklocal or uniquelocal. Example: 10.0.0.0/8. Leave it out where no proxy stands before the bot.',
  );
  return false;
}

function isNetwork(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/');
  const bits = isIP(address) === 4 ? 32 : 128;
  if (isIP(address) === 0 || more.length > 0) return false;
  return prefix === undefined || (/^[1-9][0-9]{0,2}$/.test(prefix) && Number(prefix) <= bits);
}
