import { type Activity, CloudAdapter, ConfigurationBotFrameworkAuthentication } from 'botbuilder';
import type { Log } from '../../usecases/ports.ts';
import { ISSUER, type Proof } from '../bearer.ts';

/** How long one activity may take to be proved: botbuilder's own fetch of keys has no limit. */
const DEADLINE_MS = 5_000;
/** Tokens that are remembered as proved: the Connector uses each for hours, and botbuilder's word takes the longest. */
const REMEMBERED = 200;

/** What of an activity its token is compared with. */
export interface ActivityToProve {
  type: string;
  channelId: string;
  serviceUrl: string;
}

/** botbuilder's word on who sent an activity; nothing is ever sent through it. */
export interface InboundActivities {
  /**
   * Whether the token proves the Connector, this app, this channel and this service. Never throws. That it does is
   * remembered for as long as the token is in force.
   */
  verify(authorization: string, activity: ActivityToProve): Promise<Proof>;
}

/** `auth: 'off'`: nobody proves anything. */
export function createInboundActivities(parts: {
  appId: string;
  auth: 'on' | 'off';
  openIdMetadataUrl: string;
  log: Log;
  deadlineMs?: number;
}): InboundActivities {
  const { log, deadlineMs = DEADLINE_MS } = parts;
  const adapter = new InboundAdapter(new InboundAuthentication(parts));
  /** Until when, epoch ms. The oldest is the first. */
  const proved = new Map<string, number>();

  function remember(what: string, until: number): void {
    proved.delete(what);
    proved.set(what, until);
    const oldest = proved.keys().next();
    if (proved.size > REMEMBERED && !oldest.done) proved.delete(oldest.value);
  }

  return {
    async verify(authorization, activity) {
      const what = JSON.stringify([authorization, activity.type, activity.channelId, activity.serviceUrl]);
      if (Date.now() < (proved.get(what) ?? 0)) return 'proved';
      const { promise: late, resolve } = Promise.withResolvers<Proof>();
      const timer = setTimeout(() => {
        log.warn({}, 'an activity from Teams could not be proved in time');
        resolve('unavailable');
      }, deadlineMs);
      try {
        const proving = adapter.prove(authorization, activity, log, (until) => remember(what, until));
        return await Promise.race([proving, late]);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

class InboundAdapter extends CloudAdapter {
  /** `onProved` is told how long the token is in force, epoch ms, where it says so. */
  async prove(
    authorization: string,
    activity: ActivityToProve,
    log: Log,
    onProved: (until: number) => void,
  ): Promise<Proof> {
    let proof: Proof = 'refused';
    try {
      // A copy: botbuilder writes into what it is given.
      await this.processActivity(authorization, { ...activity } as Activity, async (turn) => {
        proof = 'proved';
        const who: Authenticated['claimsIdentity'] | undefined = turn.turnState.get(this.BotIdentityKey);
        const until = Number(who?.getClaimValue('exp')) * 1000;
        if (until > 0) onProved(until);
      });
      return proof;
    } catch (error) {
      const name = error instanceof Error ? error.name : '';
      const isRefusal = statusOf(error) === 401 || TOKEN_ERRORS.has(name);
      log.info({ err: error }, 'an activity from Teams was not proved');
      return isRefusal ? 'refused' : 'unavailable';
    }
  }
}

/** How jsonwebtoken names what is wrong with a token. */
const TOKEN_ERRORS: ReadonlySet<string> = new Set([
  'JsonWebTokenError',
  'NotBeforeError',
  'TokenExpiredError',
]);

function statusOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : null;
}

type Authenticated = Awaited<ReturnType<ConfigurationBotFrameworkAuthentication['authenticateRequest']>>;
type Credentials = NonNullable<ConstructorParameters<typeof ConfigurationBotFrameworkAuthentication>[1]>;

/** Authenticates what comes in, and hands out nothing to answer with: clients, tokens, credentials. */
class InboundAuthentication extends ConfigurationBotFrameworkAuthentication {
  constructor({
    appId,
    auth,
    openIdMetadataUrl,
  }: {
    appId: string;
    auth: 'on' | 'off';
    openIdMetadataUrl: string;
  }) {
    const credentials: Credentials = {
      isValidAppId: async (id) => id === appId,
      isAuthenticationDisabled: async () => auth === 'off',
      createCredentials: async () => {
        throw new Error('nothing is sent through botbuilder');
      },
    };
    super(
      {
        // Given one of these, botbuilder takes none of the others from its own constants.
        CallerId: 'urn:botframework:azure',
        OAuthUrl: ISSUER,
        ToBotFromChannelOpenIdMetadataUrl: openIdMetadataUrl,
        ToBotFromChannelTokenIssuer: ISSUER,
        ToBotFromEmulatorOpenIdMetadataUrl: openIdMetadataUrl,
        ToChannelFromBotLoginUrl: 'https://login.microsoftonline.com/botframework.com',
        ToChannelFromBotOAuthScope: ISSUER,
        ValidateAuthority: true,
      },
      credentials,
    );
  }

  override async authenticateRequest(activity: Activity, authHeader: string): Promise<Authenticated> {
    const { connectorFactory: _, ...who } = await super.authenticateRequest(activity, authHeader);
    return { ...who, connectorFactory: { create: async () => NOTHING } } as Authenticated;
  }

  override async createUserTokenClient(): ReturnType<
    ConfigurationBotFrameworkAuthentication['createUserTokenClient']
  > {
    return NOTHING;
  }
}

// In place of clients, which botbuilder makes anew for each activity and which are not used.
const NOTHING = {} as never;
