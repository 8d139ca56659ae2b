import type { INetworkModule, NetworkRequestOptions } from '@azure/msal-node';
import { z } from 'zod';
import type { BotCredential, TokenAnswer } from './bot-tokens.ts';
import { type Http, parsedJson } from './http.ts';
import { retryAfterOf } from './retry-after.ts';

const LOGIN = 'https://login.microsoftonline.com';
const SERVICE = 'Microsoft’s login';

type Trouble = Exclude<TokenAnswer, { kind: 'token' }>;

export interface MsalNetwork {
  client: INetworkModule;
  /** Why the last call gave no token; null when it gave one, or when MSAL did not call at all. */
  trouble(): Trouble | null;
}

/**
 * What MSAL sends by: one attempt within our time limit. What is for Microsoft's login goes to the configured one; a
 * managed identity is asked for at the address that its machine names, anything else at no other.
 */
export function createMsalNetwork(config: {
  http: Http;
  loginUrl: string;
  kind: BotCredential['kind'];
  pauseMs: number;
}): MsalNetwork {
  const { http, kind, pauseMs } = config;
  const loginUrl = config.loginUrl.replace(/\/+$/, '');
  let trouble: Trouble | null = null;

  async function send<T>(method: 'GET' | 'POST', address: string, options?: NetworkRequestOptions) {
    const isLogin = address.startsWith(`${LOGIN}/`);
    if (!isLogin && kind !== 'managed_identity') throw new Error('MSAL calls nobody but the login');
    const url = new URL(isLogin ? loginUrl + address.slice(LOGIN.length) : address);
    trouble = null;
    const { headers = {}, body } = options ?? {};
    const answer = await http.send({ service: SERVICE, method, url, headers, ...(body && { body }) });
    if (answer.kind !== 'answer') {
      trouble = { kind: 'unavailable', retryAfterMs: pauseMs, detail: answer.detail };
      throw new Error('no answer');
    }
    const { status } = answer;
    const parsed = parsedJson(answer.body);
    if (status === 429 || status === 408 || status >= 500) {
      const detail = `${SERVICE} answered HTTP ${status}.`;
      trouble = {
        kind: 'unavailable',
        retryAfterMs: retryAfterOf(answer.header('retry-after'), pauseMs),
        detail,
      };
      throw new Error('not now');
    }
    if (status !== 200) trouble = refusalOf(parsed, status, kind);
    if (typeof parsed !== 'object' || parsed === null) {
      trouble ??= { kind: 'unavailable', retryAfterMs: pauseMs, detail: `${SERVICE} answered no JSON.` };
      throw new Error('no JSON');
    }
    return { headers: {}, body: parsed as T, status };
  }

  return {
    client: {
      sendGetRequestAsync: (url, options) => send('GET', url, options),
      sendPostRequestAsync: (url, options) => send('POST', url, options),
    },
    trouble: () => trouble,
  };
}

const refusal = z.object({ error: z.string().catch(''), error_description: z.string().catch('') });

/** Source: https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
const AADSTS: Readonly<Record<string, string>> = {
  '7000215':
    'Microsoft does not accept the client secret: check MicrosoftAppPassword (the secret’s value, not its id).',
  '7000222': 'The client secret has expired: make a new one in Azure and set MicrosoftAppPassword.',
  '700016': 'Microsoft does not know the app in this tenant: check MicrosoftAppId and MicrosoftAppTenantId.',
  '90002': 'Microsoft does not know the tenant: check MicrosoftAppTenantId.',
  '900023': 'Microsoft does not know the tenant: check MicrosoftAppTenantId.',
  '7000112': 'The app is turned off in Azure: enable it under Enterprise applications.',
  '7000229': 'The app has no service principal in the tenant: let an admin consent to it in Azure.',
  '700027':
    'Microsoft does not accept the certificate: upload it to the app registration, and check CertificateThumbprint and CertificatePrivateKey.',
  '7000214':
    'Microsoft does not accept the certificate: upload it to the app registration, and check CertificateThumbprint and CertificatePrivateKey.',
};

/** The login's own words may quote what was sent: only its codes are repeated. */
function refusalOf(body: unknown, status: number, kind: BotCredential['kind']): Trouble {
  const { error, error_description: words } = refusal.safeParse(body).data ?? {
    error: '',
    error_description: '',
  };
  const code = /AADSTS(\d{4,8})/.exec(words)?.[1];
  const known = code && AADSTS[code];
  if (known) return { kind: 'refused', detail: known };
  const named = [/^[a-z_]{1,40}$/.test(error) ? error : '', code ? `AADSTS${code}` : '']
    .filter((part) => part !== '')
    .join(', ');
  const what = named === '' ? `HTTP ${status}` : named;
  const detail =
    kind === 'managed_identity'
      ? `The managed identity gives no token (${what}): check that it is assigned to this machine and that MicrosoftAppId is its client id.`
      : `Microsoft’s login gives no token (${what}): check MicrosoftAppId, MicrosoftAppTenantId and the secret or certificate.`;
  return { kind: 'refused', detail };
}
