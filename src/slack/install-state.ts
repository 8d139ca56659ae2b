import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Slack's page is done within it, or the link is opened again. */
export const STATE_AGE_MS = 10 * 60_000;

/**
 * OAuth's `state`: which link an install is for, since when, and which browser began it. Signed, so that nobody else
 * makes one; bound to a cookie, so that nobody finishes in another's browser what they began in their own.
 */
export interface InstallStates {
  begin(linkId: number, now: number): { state: string; cookie: string };
  /** The link's id; null when the state is not ours, too old, or of another browser. */
  finish(state: string, cookie: string | null, now: number): number | null;
}

const STATE = /^([1-9][0-9]{0,14})\.([0-9]{1,15})\.([\w-]{43})\.([\w-]{43})$/;
const COOKIE = /^[\w-]{43}$/;

export function createInstallStates(secret: string): InstallStates {
  const sign = (text: string) =>
    createHmac('sha256', secret).update(`countersign install ${text}`).digest('base64url');

  return {
    begin(linkId, now) {
      const cookie = randomBytes(32).toString('base64url');
      const said = `${linkId}.${now}.${digest(cookie)}`;
      return { state: `${said}.${sign(said)}`, cookie };
    },
    finish(state, cookie, now) {
      const [, linkId, begunAt, browser, signature] = STATE.exec(state) ?? [];
      if (linkId === undefined || begunAt === undefined || !browser || !signature) return null;
      if (!same(signature, sign(`${linkId}.${begunAt}.${browser}`))) return null;
      const age = now - Number(begunAt);
      if (age < 0 || age > STATE_AGE_MS) return null;
      if (cookie === null || !COOKIE.test(cookie) || !same(browser, digest(cookie))) return null;
      return Number(linkId);
    },
  };
}

function digest(cookie: string): string {
  return createHash('sha256').update(cookie).digest('base64url');
}

function same(left: string, right: string): boolean {
  return left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right));
}
