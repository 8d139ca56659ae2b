import { ConfidentialClientApplication, ManagedIdentityApplication } from '@azure/msal-node';
import type { Clock } from '../usecases/ports.ts';
import type { Http } from './http.ts';
import { createMsalNetwork, type MsalNetwork } from './msal-network.ts';
import { LONGEST_MS } from './retry-after.ts';

/** What a token is for. */
export type TokenScope = keyof typeof SCOPES;

const SCOPES = {
  connector: 'https://api.botframework.com/.default',
  graph: 'https://graph.microsoft.com/.default',
} as const;

/** How the bot proves who it is; `off`: not at all. */
export type BotCredential =
  | { kind: 'secret'; secret: string }
  | { kind: 'certificate'; thumbprint: string; privateKey: string }
  | { kind: 'managed_identity' }
  | { kind: 'off' };

/** A token, or in words why there is none. `refused` needs a person. No secret and no token is ever in the words. */
export type TokenAnswer =
  /** null: nobody proves anything here. */
  | { kind: 'token'; token: string | null }
  | { kind: 'unavailable'; retryAfterMs: number; detail: string }
  | { kind: 'refused'; detail: string };

export interface BotTokens {
  /** One request at a time per scope; kept until it nears its end. */
  get(scope: TokenScope): Promise<TokenAnswer>;
  /** This token was taken: another 401 with it means that it is good no more, not that it never was. */
  noteTaken(scope: TokenScope, token: string): void;
  /** This token was answered with 401: it is not given out again. Whether it had ever been taken. */
  drop(scope: TokenScope, token: string): { wasGood: boolean };
}

/** Login is not asked again so soon after it failed. */
const PAUSE_MS = { unavailable: 5_000, refused: 60_000 } as const;
/** A token this close to its end is not used where login cannot give another. */
const LAST_MS = 60_000;

interface Held {
  token: string;
  /** By the computer's own clock, which MSAL goes by, too. */
  endsAt: number;
}

interface Keeper {
  msal: { network: MsalNetwork; acquire(): Promise<Held | null> } | null;
  held: Held | null;
  taken: string | null;
  failed: { answer: Exclude<TokenAnswer, { kind: 'token' }>; until: number } | null;
  underWay: Promise<TokenAnswer> | null;
}

/**
 * The bot's tokens by MSAL: secret, certificate or managed identity. MSAL keeps them; after a failure it is made anew,
 * since it would repeat the failure for a minute without asking.
 */
export function createBotTokens(config: {
  appId: string;
  tenantId: string;
  credential: BotCredential;
  loginUrl: string;
  http: Http;
  clock: Clock;
}): BotTokens {
  const { credential, clock } = config;
  const keepers = new Map<TokenScope, Keeper>();

  function keeperOf(scope: TokenScope): Keeper {
    const found = keepers.get(scope);
    if (found) return found;
    const made: Keeper = { msal: null, held: null, taken: null, failed: null, underWay: null };
    keepers.set(scope, made);
    return made;
  }

  async function acquire(scope: TokenScope, keeper: Keeper): Promise<TokenAnswer> {
    let trouble: Exclude<TokenAnswer, { kind: 'token' }> | null = null;
    try {
      keeper.msal ??= createMsal(config, scope);
      const held = await keeper.msal.acquire();
      if (held) {
        keeper.held = held;
        keeper.failed = null;
        return { kind: 'token', token: held.token };
      }
    } catch (error) {
      // MSAL's own words may quote what it was given: only its code is repeated.
      const code = error instanceof Error && 'errorCode' in error ? String(error.errorCode) : 'error';
      trouble = keeper.msal?.network.trouble() ?? {
        kind: 'refused',
        detail: `${unusable(credential)} (${/^[\w.-]{1,60}$/.test(code) ? code : 'error'}).`,
      };
    }
    keeper.msal = null;
    const answer = trouble ?? { kind: 'refused' as const, detail: 'Microsoft’s login gave no token.' };
    // A token that has time left is as good as it was.
    if (keeper.held && keeper.held.endsAt - Date.now() > LAST_MS && answer.kind === 'unavailable')
      return { kind: 'token', token: keeper.held.token };
    const pause = answer.kind === 'unavailable' ? answer.retryAfterMs : PAUSE_MS.refused;
    keeper.failed = { answer, until: clock.now() + pause };
    return answer;
  }

  return {
    async get(scope) {
      if (credential.kind === 'off') return { kind: 'token', token: null };
      const keeper = keeperOf(scope);
      const { failed } = keeper;
      // A clock that is set back makes no pause longer.
      if (failed) failed.until = Math.min(failed.until, clock.now() + LONGEST_MS);
      const left = failed === null ? 0 : failed.until - clock.now();
      if (failed && left > 0)
        return failed.answer.kind === 'unavailable'
          ? { ...failed.answer, retryAfterMs: left }
          : failed.answer;
      keeper.underWay ??= acquire(scope, keeper).finally(() => {
        keeper.underWay = null;
      });
      return keeper.underWay;
    },
    noteTaken(scope, token) {
      keeperOf(scope).taken = token;
    },
    drop(scope, token) {
      const keeper = keeperOf(scope);
      if (keeper.held?.token === token) {
        keeper.held = null;
        keeper.msal = null;
      }
      return { wasGood: keeper.taken === token };
    },
  };
}

function createMsal(
  config: Parameters<typeof createBotTokens>[0],
  scope: TokenScope,
): NonNullable<Keeper['msal']> {
  const { appId, tenantId, credential, loginUrl, http } = config;
  const network = createMsalNetwork({ http, loginUrl, kind: credential.kind, pauseMs: PAUSE_MS.unavailable });
  const system = { networkClient: network.client, disableInternalRetries: true };
  if (credential.kind === 'managed_identity') {
    const app = new ManagedIdentityApplication({
      managedIdentityIdParams: { userAssignedClientId: appId },
      system,
    });
    // Its cache outlives it: the first token is asked for, not remembered.
    let forceRefresh = true;
    return {
      network,
      async acquire() {
        const answer = await app.acquireToken({
          resource: SCOPES[scope].replace('/.default', ''),
          forceRefresh,
        });
        forceRefresh = false;
        return heldOf(answer);
      },
    };
  }
  const app = new ConfidentialClientApplication({
    auth: {
      clientId: appId,
      authority: `https://login.microsoftonline.com/${tenantId}`,
      ...(credential.kind === 'secret' && { clientSecret: credential.secret }),
      ...(credential.kind === 'certificate' && { clientCertificate: certificateOf(credential) }),
    },
    system,
  });
  return {
    network,
    acquire: async () => heldOf(await app.acquireTokenByClientCredential({ scopes: [SCOPES[scope]] })),
  };
}

/** Azure shows both: 40 hexadecimal digits are SHA-1, 64 SHA-256. */
function certificateOf({ thumbprint, privateKey }: Extract<BotCredential, { kind: 'certificate' }>) {
  return thumbprint.length === 64 ? { thumbprintSha256: thumbprint, privateKey } : { thumbprint, privateKey };
}

function heldOf(answer: { accessToken: string; expiresOn: Date | null } | null): Held | null {
  if (!answer?.accessToken) return null;
  return { token: answer.accessToken, endsAt: answer.expiresOn?.getTime() ?? 0 };
}

function unusable(credential: BotCredential): string {
  if (credential.kind === 'certificate')
    return 'The certificate cannot be used: check CertificateThumbprint and CertificatePrivateKey';
  if (credential.kind === 'managed_identity')
    return 'The managed identity gives no token: check that it is assigned to this machine and that MicrosoftAppId is its client id';
  return 'Microsoft’s login gives no token: check MicrosoftAppId, MicrosoftAppPassword and MicrosoftAppTenantId';
}
