import type { TokenForgery } from './traffic.ts';

/** Tokens that must open nothing, by what is wrong with them. Seconds are beyond the five minutes clocks may differ. */
export const FORGERIES: Readonly<Record<string, TokenForgery>> = {
  'signed by another key': { otherKey: true },
  'unknown key id': { kid: 'nobody-knows-this-key' },
  'another key under its own id': { otherKey: true, kid: 'nobody-knows-this-key' },
  expired: { notBefore: -7200, expires: -600 },
  'not yet valid': { notBefore: 600, expires: 7200 },
  'for another app': { audience: '00000000-0000-0000-0000-00000000beef' },
  'of another issuer': { issuer: 'https://sts.windows.net/somebody-else/' },
  'not signed at all': { algorithm: 'none' },
  'signed with the public key as secret': { algorithm: 'HS256' },
  'no serviceurl claim': { serviceUrl: null },
  'serviceurl of another host': { serviceUrl: 'https://smba.example.com/teams/' },
};
