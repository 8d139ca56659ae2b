import type { Reader } from '../../store/database.ts';
import { placeOf } from '../../store/encrypted-values.ts';
import {
  connectionById,
  connectionOfAccount,
  connectionsOf,
  KEY_COLUMN,
  type StoredConnection,
} from '../../store/harness-connections.ts';
import type {
  ApprovalApi,
  HarnessAddress,
  HarnessAnswer,
  HarnessConnection,
  HarnessConnections,
  HarnessHealth,
  HarnessPlace,
  HarnessTrouble,
  OpenedApi,
  SubmitAnswer,
} from '../harness-ports.ts';
import { CannotDecrypt, type Encryption } from '../ports.ts';
import { type HealthContext, noteUnhealthy } from './connection-health.ts';
import { inOwnWords, pauseWords } from './connection-words.ts';
import { watchHarness } from './harness-health.ts';

const MOST_CONNECTIONS = 100;

/** One connection's client, for as long as its address and key stay the same. */
interface Client {
  revision: number;
  api: OpenedApi;
  lastKnown: () => HarnessHealth | null;
  /** Calls under way. */
  calls: number;
  /** Closed after the last of them. */
  retired: boolean;
}

interface Given {
  /**
   * Makes a client with its own connections and pace; who entered the address says how far it reaches. Throws TypeError
   * for an address or key that cannot be used.
   */
  openApi: (address: HarnessAddress, source: HarnessConnection['source']) => OpenedApi;
  /** HARNESS_API_KEY. */
  environmentKey: string;
  encryption: Encryption;
}

/**
 * The connections in the database, each with a client of its own, made when it is first needed. The row is read before
 * every call, so a new key, a pause or a removal is in force at once, whichever process wrote it.
 */
export function createHarnessConnections(context: HealthContext, given: Given): HarnessConnections {
  const { db, clock } = context;
  const clients = new Map<number, Client>();

  function clientOf(stored: StoredConnection): Client {
    const held = clients.get(stored.id);
    if (held?.revision === stored.revision) return held;
    if (held) retire(held);
    const api = open(given, stored);
    const watched = watchHarness(wordedFor(stored, api), clock);
    const client: Client = {
      revision: stored.revision,
      api: { ...watched.api, close: () => api.close() },
      lastKnown: watched.lastKnown,
      ...{ calls: 0, retired: false },
    };
    clients.set(stored.id, client);
    return client;
  }

  function retire(client: Client): void {
    client.retired = true;
    if (client.calls === 0) void client.api.close();
  }

  async function through<T>(client: Client, call: (api: ApprovalApi) => Promise<T>): Promise<T> {
    client.calls += 1;
    try {
      return await call(client.api);
    } finally {
      client.calls -= 1;
      if (client.retired && client.calls === 0) void client.api.close();
    }
  }

  async function ask<T extends HarnessAnswer<unknown> | SubmitAnswer>(
    place: HarnessPlace,
    call: (api: ApprovalApi) => Promise<T>,
  ): Promise<T | HarnessTrouble> {
    const stored = await connectionOfAccount(db, place.organizationId, place.account);
    if (!stored) return notConnected(place.account);
    const rests = pauseWords(toConnection(stored));
    if (rests !== null) return { kind: 'paused', detail: rests };
    const client = clientOf(stored);
    const answer = await through(client, call);
    if (answer.kind !== 'permanent' || !answer.unhealthy) return answer;
    // A firewall may refuse one call for what it says, and let all others through.
    if (answer.code !== 'token_invalid') {
      const health = await through(client, (api) => api.checkHealth());
      if (health.kind === 'ok') return { ...answer, unhealthy: false };
    }
    await noteUnhealthy(context, stored, answer.message);
    const now = await connectionById(db, stored.id);
    const detail = now && pauseWords(toConnection(now));
    if (detail) return { kind: 'paused', detail };
    return { kind: 'unavailable', detail: `Harness connection “${stored.name}” was changed meanwhile.` };
  }

  return {
    apiFor: (place) => apiBy((call) => ask(place, call)),
    probe: (id) =>
      apiBy(async (call) => {
        const stored = await connectionById(db, id);
        return stored ? through(clientOf(stored), call) : gone();
      }),
    find: (place) => connectionIn(db, place),
    async ofOrganization(organizationId) {
      return (await connectionsOf(db, organizationId, MOST_CONNECTIONS)).map(toConnection);
    },
    lastKnown: (id) => clients.get(id)?.lastKnown() ?? null,
    async attempt(address) {
      let api: OpenedApi;
      try {
        api = given.openApi(address, 'stored');
      } catch (error) {
        return unusable(error);
      }
      try {
        return await wordedFor({ source: 'stored' }, api).checkHealth();
      } finally {
        await api.close();
      }
    },
    canKeepKeys: given.encryption.prefix !== null,
    sealKey: (id, apiKey) => given.encryption.encrypt(apiKey, placeOf(KEY_COLUMN, String(id))),
    release(id) {
      const held = clients.get(id);
      if (held) retire(held);
      clients.delete(id);
    },
    async close() {
      const held = [...clients.values()];
      clients.clear();
      await Promise.all(held.map(({ api }) => api.close()));
    },
  };
}

/** A connection as everybody may know it: all but its key. */
export function toConnection({ apiKey: _, ...stored }: StoredConnection): HarnessConnection {
  return { ...stored, state: stored.state === 'paused' ? 'paused' : 'active' };
}

async function connectionIn(
  db: Reader,
  { organizationId, account }: HarnessPlace,
): Promise<HarnessConnection | null> {
  const stored = await connectionOfAccount(db, organizationId, account);
  return stored && toConnection(stored);
}

function open({ openApi, environmentKey, encryption }: Given, stored: StoredConnection): OpenedApi {
  const { source, apiKey, baseUrl, pathPrefix, account } = stored;
  try {
    const key =
      source === 'environment'
        ? environmentKey
        : encryption.decrypt(apiKey ?? '', placeOf(KEY_COLUMN, String(stored.id)));
    return openApi({ baseUrl, pathPrefix, account, apiKey: key }, source);
  } catch (error) {
    const trouble = unusable(error);
    return { ...apiBy(async () => trouble), close: async () => {} };
  }
}

/** An address or key that cannot be used is trouble of the whole connection; anything else is a fault of ours. */
function unusable(error: unknown): HarnessTrouble {
  if (!(error instanceof CannotDecrypt) && !(error instanceof TypeError)) throw error;
  return { kind: 'permanent', code: 'key_unusable', message: error.message, unhealthy: true };
}

function notConnected(account: string): HarnessTrouble {
  return {
    ...{ kind: 'permanent', code: 'no_connection', unhealthy: false },
    message: `There is no connection to the Harness account ${account}. An admin can add one: /approvals connection add, or npm run connection -- add.`,
  };
}

function gone(): HarnessTrouble {
  const message = 'This Harness connection was removed.';
  return { kind: 'permanent', code: 'no_connection', unhealthy: false, message };
}

/** Every call by the same way. */
function apiBy(
  ask: <T extends HarnessAnswer<unknown> | SubmitAnswer>(
    call: (api: ApprovalApi) => Promise<T>,
  ) => Promise<T | HarnessTrouble>,
): ApprovalApi {
  return {
    listInstances: (...args) => ask((api) => api.listInstances(...args)),
    readExecution: (...args) => ask((api) => api.readExecution(...args)),
    submit: (...args) => ask((api) => api.submit(...args)),
    checkAuthorization: (...args) => ask((api) => api.checkAuthorization(...args)),
    checkHealth: (...args) => ask((api) => api.checkHealth(...args)),
  };
}

/** The API, with remedies that fit where the connection's key is kept. */
function wordedFor(connection: Pick<StoredConnection, 'source'>, api: ApprovalApi): ApprovalApi {
  return apiBy(async (call) => {
    const answer = await call(api);
    if (answer.kind === 'permanent') return { ...answer, message: inOwnWords(connection, answer.message) };
    if (answer.kind === 'unavailable' || answer.kind === 'reconcile')
      return { ...answer, detail: inOwnWords(connection, answer.detail) };
    return answer;
  });
}
