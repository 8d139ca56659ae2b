import { createHmac } from 'node:crypto';
import { SignJWT } from 'jose';
import { connectorKey, strangersKey } from './signing-keys.ts';
import type { TokenForgery } from './traffic.ts';

export const ISSUER = 'https://api.botframework.com';
const HOUR_SECONDS = 3600;
/** A token serves many activities, as with the real Connector. */
const REUSED_MS = 300_000;

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Makes the tokens that activities come with. */
export class ActivityTokens {
  readonly #appId: string;
  readonly #serviceUrl: () => string;
  readonly #clock: () => number;
  #genuine: { value: string; madeAt: number } | undefined;

  constructor(options: { appId: string; serviceUrl: () => string; clock: () => number }) {
    this.#appId = options.appId;
    this.#serviceUrl = options.serviceUrl;
    this.#clock = options.clock;
  }

  /** A token as the Connector's, but for what the forgery says. */
  async sign(forgery: TokenForgery = {}): Promise<string> {
    if (Object.keys(forgery).length > 0) return this.#make(forgery);
    const now = this.#clock();
    const reusable = this.#genuine && Math.abs(now - this.#genuine.madeAt) < REUSED_MS;
    if (!reusable) this.#genuine = { value: await this.#make({}), madeAt: now };
    return this.#genuine?.value ?? '';
  }

  async #make(forgery: TokenForgery): Promise<string> {
    const published = await connectorKey();
    const signer = forgery.otherKey ? await strangersKey() : published;
    const now = Math.floor(this.#clock() / 1000);
    const serviceUrl = forgery.serviceUrl === undefined ? this.#serviceUrl() : forgery.serviceUrl;
    const claims = {
      iss: forgery.issuer ?? ISSUER,
      aud: forgery.audience ?? this.#appId,
      nbf: now + (forgery.notBefore ?? 0),
      exp: now + (forgery.expires ?? HOUR_SECONDS),
      ...(serviceUrl !== null && { serviceurl: serviceUrl }),
      ...forgery.claims,
    };
    const algorithm = forgery.algorithm ?? 'RS256';
    const header = { alg: algorithm, kid: forgery.kid ?? published.kid, x5t: published.kid, typ: 'JWT' };
    if (algorithm === 'RS256') return new SignJWT(claims).setProtectedHeader(header).sign(signer.privateKey);
    const signed = `${encoded(header)}.${encoded(claims)}`;
    if (algorithm === 'none') return `${signed}.`;
    // The public key taken for a shared secret: the classic confusion of algorithms.
    const secret = String(published.published.n);
    return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
  }
}
