import { randomUUID } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, importX509, jwtVerify } from 'jose';
import type { JsonObject } from '../common/json.ts';
import { type AccessTokens, SCOPES } from './access-tokens.ts';

const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

export interface LoginOptions {
  appId: string;
  appPassword: string | undefined;
  certificate: string | undefined;
  tenantId: string;
  tokens: AccessTokens;
  clock: () => number;
}

export interface LoginAnswer {
  status: number;
  body: JsonObject;
}

/** Entra's token endpoint for an app on its own. https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow */
export class LoginApi {
  readonly #options: LoginOptions;

  constructor(options: LoginOptions) {
    this.#options = options;
  }

  async token(tenant: string, form: URLSearchParams): Promise<LoginAnswer> {
    const { appId, tenantId, tokens } = this.#options;
    if (tenant !== tenantId) return this.#no(400, 'invalid_request', 90002, `Tenant '${tenant}' not found.`);
    if (form.get('grant_type') !== 'client_credentials')
      return this.#no(400, 'unsupported_grant_type', 70003, 'The app requested an unsupported grant type.');
    if (form.get('client_id') !== appId)
      return this.#no(
        400,
        'unauthorized_client',
        700016,
        `Application '${form.get('client_id')}' was not found.`,
      );
    const wrong = await this.#wrongProof(tenant, form);
    if (wrong) return wrong;
    const scope = form
      .get('scope')
      ?.split(' ')
      .find((one) => Object.hasOwn(SCOPES, one));
    const api = scope === undefined ? undefined : SCOPES[scope];
    if (!api)
      return this.#no(
        400,
        'invalid_scope',
        70011,
        `The provided value for scope ${form.get('scope')} is not valid.`,
      );
    const seconds = tokens.lifetimeSeconds;
    const body = {
      token_type: 'Bearer',
      expires_in: seconds,
      ext_expires_in: seconds,
      access_token: tokens.issue(api),
    };
    return { status: 200, body };
  }

  async #wrongProof(tenant: string, form: URLSearchParams): Promise<LoginAnswer | undefined> {
    const assertion = form.get('client_assertion');
    if (assertion !== null) {
      const why =
        form.get('client_assertion_type') === ASSERTION
          ? await this.#wrongAssertion(tenant, assertion)
          : 'its type';
      return why === undefined
        ? undefined
        : this.#no(401, 'invalid_client', 700027, `Client assertion failed validation: ${why}.`);
    }
    const secret = form.get('client_secret');
    if (secret === null)
      return this.#no(
        401,
        'invalid_client',
        7000218,
        'The request body must contain client_assertion or client_secret.',
      );
    const { appPassword } = this.#options;
    return appPassword !== undefined && secret === appPassword
      ? undefined
      : this.#no(401, 'invalid_client', 7000215, 'Invalid client secret provided.');
  }

  /** What is wrong with the JWT that an app with a certificate signs. */
  async #wrongAssertion(tenant: string, assertion: string): Promise<string | undefined> {
    const { appId, certificate, clock } = this.#options;
    try {
      const { alg = '', x5t, 'x5t#S256': x5tS256 } = decodeProtectedHeader(assertion);
      if (!['RS256', 'PS256'].includes(alg)) return 'alg';
      if (x5t === undefined && x5tS256 === undefined) return 'no thumbprint';
      const { iss, sub, aud, exp = 0, nbf = 0, jti } = decodeJwt(assertion);
      const path = new URL(String(aud)).pathname;
      if (iss !== appId || sub !== appId) return 'iss and sub are not the app';
      if (path !== `/${tenant}/oauth2/v2.0/token` && path !== `/${tenant}/v2.0`) return 'aud';
      const now = clock() / 1000;
      if (exp <= now || nbf > now + 300 || exp - now > 86_400) return 'its time';
      if (!jti) return 'jti';
      if (certificate !== undefined)
        await jwtVerify(assertion, await importX509(certificate, alg), { currentDate: new Date(clock()) });
      return undefined;
    } catch {
      return 'it cannot be verified';
    }
  }

  #no(status: number, error: string, code: number, message: string): LoginAnswer {
    const ids = { trace_id: randomUUID(), correlation_id: randomUUID() };
    const timestamp = new Date(this.#options.clock()).toISOString();
    const description = `AADSTS${code}: ${message} Trace ID: ${ids.trace_id}`;
    return {
      status,
      body: { error, error_description: description, error_codes: [code], timestamp, ...ids },
    };
  }
}

/** What libraries ask before they ask for a token. */
export function discovery(origin: string, tenant: string): JsonObject {
  return {
    token_endpoint: `${origin}/${tenant}/oauth2/v2.0/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
    jwks_uri: `${origin}/${tenant}/discovery/v2.0/keys`,
    issuer: `${origin}/${tenant}/v2.0`,
    authorization_endpoint: `${origin}/${tenant}/oauth2/v2.0/authorize`,
    response_types_supported: ['code'],
    scopes_supported: ['openid'],
    tenant_region_scope: 'EU',
  };
}

export function instanceDiscovery(origin: string, tenant: string): JsonObject {
  const { host } = new URL(origin);
  return {
    tenant_discovery_endpoint: `${origin}/${tenant}/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  };
}
