import type { TeamsDouble } from '../../src/demo/doubles/teams/handle.ts';
import type { TeamsDoubleOptions } from '../../src/demo/doubles/teams/setup.ts';
import { startTeamsDouble } from '../../src/demo/doubles/teams/teams-double.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { type BotCredential, type BotTokens, createBotTokens } from '../../src/teams/bot-tokens.ts';
import { createTeamsPlatform } from '../../src/teams/chat-platform.ts';
import { createConnector, type TeamsConnector, type TeamsPlace } from '../../src/teams/connector.ts';
import { createTeamsDirectory } from '../../src/teams/directory.ts';
import { createGraph, type Graph } from '../../src/teams/graph.ts';
import { createHttp, type Http } from '../../src/teams/http.ts';
import { createTeamsConversations } from '../../src/usecases/installations/teams-conversations.ts';
import type { ChatPlatform, Directory, TeamsConversations } from '../../src/usecases/ports.ts';
import { type HandClock, handClock } from '../helpers/clock.ts';

export const APP = '11111111-2222-3333-4444-555555555555';
export const TENANT = '99999999-8888-7777-6666-555555555555';
export const PASSWORD = 'the-client-secret-of-the-bot';
export const ORGANIZATION = 1;
export const ALICE = 'aaaaaaaa-0000-4000-8000-000000000001';
export const BOB = 'bbbbbbbb-0000-4000-8000-000000000002';
export const MARIA = 'cccccccc-0000-4000-8000-000000000003';
export const TEAM = '19:general@thread.tacv2';
export const CHANNEL = '19:deploys@thread.tacv2';
export const GROUP = '19:release@thread.v2';

export interface Outbound extends AsyncDisposable {
  teams: TeamsDouble;
  clock: HandClock;
  db: Database;
  http: Http;
  tokens: BotTokens;
  connector: TeamsConnector;
  graph: Graph;
  platform: ChatPlatform;
  directory: Directory;
  conversations: TeamsConversations;
  place(conversationId: string): TeamsPlace;
}

/** What goes out to Teams, against a stand-in with three people, a channel and a group chat. */
export async function startOutbound(
  how: {
    double?: Partial<TeamsDoubleOptions>;
    credential?: BotCredential;
    timeoutMs?: number;
    serviceHosts?: readonly string[];
    serviceUrl?: string;
    /** As it is configured; '' for none. */
    tenantId?: string;
  } = {},
): Promise<Outbound> {
  const clock = handClock();
  const teams = await startTeamsDouble({
    ...{ appId: APP, appPassword: PASSWORD, tenantId: TENANT, now: clock.now },
    ...how.double,
  });
  teams.addPerson({ aadObjectId: MARIA, name: 'Maria Mann', email: 'maria@acme.io' });
  teams.addPerson({ aadObjectId: ALICE, name: 'Alice Amsel', email: 'Alice@acme.io', manager: MARIA });
  teams.addPerson({ aadObjectId: BOB, name: 'Bob Bell', email: 'bob@acme.io' });
  teams.addTeam({ id: TEAM, name: 'Platform' });
  teams.addChannel({ id: CHANNEL, name: 'deploys', team: TEAM });
  teams.addGroupChat({ id: GROUP, name: 'Release', members: [ALICE, BOB] });
  const db = openDatabase('sqlite::memory:');
  await migrate(db);
  await db.insertInto('organizations').values({ id: ORGANIZATION, name: 'Acme', created_at: 0 }).execute();
  const http = createHttp({ timeoutMs: how.timeoutMs ?? 10_000 });
  const credential = how.credential ?? { kind: 'secret', secret: PASSWORD };
  const tenantId = how.tenantId ?? TENANT;
  const ids = { appId: APP, tenantId };
  const tokens = createBotTokens({ ...ids, credential, loginUrl: teams.loginUrl, http, clock });
  const serviceHosts = how.serviceHosts ?? [new URL(teams.serviceUrl).host];
  const connector = createConnector({ ...ids, serviceHosts, tokens, http, clock });
  const graph = createGraph({ tenantId, graphUrl: teams.graphUrl, tokens, http, clock });
  const conversations = createTeamsConversations({ db, clock });
  const shared = { organizationId: ORGANIZATION, tenantId, connector, graph, conversations };
  const serviceUrl = how.serviceUrl ?? teams.serviceUrl;
  return {
    ...{ teams, clock, db, http, tokens, connector, graph, conversations },
    platform: createTeamsPlatform({ ...shared, serviceUrl, opensForm: () => false, clock }),
    directory: createTeamsDirectory(shared),
    place: (conversationId) => ({ serviceUrl, conversationId }),
    async [Symbol.asyncDispose]() {
      teams.clearFaults();
      await http.close();
      await teams.close();
      await db.destroy();
    },
  };
}
