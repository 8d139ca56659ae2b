import { fastify } from 'fastify';
import type { Card } from '../../src/approval/card.ts';
import type { Page } from '../../src/approval/page.ts';
import type { PressTarget } from '../../src/demo/doubles/teams/acts.ts';
import type { TeamsDouble } from '../../src/demo/doubles/teams/handle.ts';
import type { TeamsDoubleOptions } from '../../src/demo/doubles/teams/setup.ts';
import type { StoredMessage } from '../../src/demo/doubles/teams/shown.ts';
import { startTeamsDouble } from '../../src/demo/doubles/teams/teams-double.ts';
import { createTeamsAdapter, type TeamsAdapter, type TeamsAdapterParts } from '../../src/teams/app.ts';
import type { ChatAccount } from '../../src/usecases/chat-commands.ts';
import type { ChatGreetings } from '../../src/usecases/notices/chat-greetings.ts';
import type { TeamsConversation, TeamsConversations } from '../../src/usecases/ports.ts';
import { RecordingCommands, RecordingLog, RecordingPresses } from '../helpers/recording.ts';
import { waitingCard } from '../slack/samples.ts';

export const ORGANIZATION = 1;
export const APP = '5e1c0a2b-0000-4000-8000-0000000000b0';
export const TENANT = '5e1c0a2b-0000-4000-8000-0000000000f0';
export const ALICE = '5e1c0a2b-0000-4000-8000-00000000a11c';
export const BOB = '5e1c0a2b-0000-4000-8000-000000000b0b';
export const TEAM = '19:team@thread.tacv2';
export const OPS = '19:ops@thread.tacv2';

export class RecordingGreetings implements ChatGreetings {
  readonly installs: ChatAccount[] = [];
  readonly removals: ChatAccount[] = [];
  async installed(account: ChatAccount): Promise<Page> {
    this.installs.push(account);
    return page('Welcome to Countersign');
  }
  async removed(account: ChatAccount): Promise<void> {
    this.removals.push(account);
  }
}

type Key = Pick<TeamsConversation, 'organizationId' | 'tenant' | 'externalId'>;

/** The conversations in memory. */
export class KeptConversations implements TeamsConversations {
  readonly kept = new Map<string, TeamsConversation>();
  readonly #name = ({ organizationId, tenant, externalId }: Key) =>
    `${organizationId}/${tenant}/${externalId}`;

  async find(key: Key) {
    return this.kept.get(this.#name(key)) ?? null;
  }
  async at({ conversationId }: { conversationId: string }) {
    return [...this.kept.values()].find((one) => one.conversationId === conversationId) ?? null;
  }
  async mrisOf(key: { organizationId: number; tenant: string }, externalIds: readonly string[]) {
    return new Map(
      externalIds.flatMap((externalId): [string, string][] => {
        const mri = this.kept.get(this.#name({ ...key, externalId }))?.mri;
        return mri ? [[externalId, mri]] : [];
      }),
    );
  }
  async note(conversation: TeamsConversation) {
    const known = await this.find(conversation);
    const mri = conversation.mri ?? known?.mri ?? null;
    this.kept.set(this.#name(conversation), { ...conversation, mri });
  }
  async close(key: Key, state: 'blocked' | 'removed') {
    const known = await this.find(key);
    if (known) this.kept.set(this.#name(key), { ...known, state });
  }
}

export interface Bot extends AsyncDisposable {
  teams: TeamsDouble;
  adapter: TeamsAdapter;
  presses: RecordingPresses;
  commands: RecordingCommands;
  greetings: RecordingGreetings;
  conversations: KeptConversations;
  log: RecordingLog;
  url: string;
  /** Everything that was received is finished. */
  idle(): Promise<void>;
}

/** A real adapter in a real Fastify, against the Teams double; people: Alice and Bob, both in a team with two channels. */
export async function startBot(
  how: {
    double?: Partial<TeamsDoubleOptions>;
    config?: Partial<TeamsAdapterParts['config']>;
    started?: boolean;
    clock?: { now(): number };
  } = {},
): Promise<Bot> {
  const teams = await startTeamsDouble({
    appId: APP,
    appPassword: 'secret-of-the-app',
    tenantId: TENANT,
    ...how.double,
  });
  teams.addPerson({ aadObjectId: ALICE, name: 'Alice Amsel', email: 'alice@example.com' });
  teams.addPerson({ aadObjectId: BOB, name: 'Bob Bell', email: 'bob@example.com' });
  teams.addTeam({ id: TEAM, name: 'Platform' });
  teams.addChannel({ id: OPS, name: 'Ops', team: TEAM });
  const presses = new RecordingPresses();
  presses.card = ({ cardId }) => waitingCard({ cardId, contentVersion: 4, actions: [] });
  const commands = new RecordingCommands();
  const greetings = new RecordingGreetings();
  const conversations = new KeptConversations();
  const log = new RecordingLog();
  const adapter = createTeamsAdapter({
    config: {
      organizationId: ORGANIZATION,
      appId: APP,
      tenantId: TENANT,
      credential: { kind: 'secret', secret: 'secret-of-the-app' },
      serviceUrl: teams.serviceUrl,
      serviceHosts: [new URL(teams.serviceUrl).host, '.botframework.com'],
      openIdMetadataUrl: teams.openIdUrl,
      loginUrl: teams.loginUrl,
      graphUrl: teams.graphUrl,
      ...how.config,
    },
    presses,
    commands,
    greetings,
    conversations,
    clock: how.clock ?? { now: Date.now },
    log,
  });
  const server = fastify();
  await server.register(adapter.routes);
  server.post('/json', async (request) => ({ got: request.body }));
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  teams.requestUrl = `${url}/api/messages`;
  if (how.started !== false) await adapter.start();
  return {
    teams,
    adapter,
    presses,
    commands,
    greetings,
    conversations,
    log,
    url,
    idle: () => adapter.idle(),
    async [Symbol.asyncDispose]() {
      teams.clearFaults();
      server.server.closeAllConnections();
      await server.close();
      await adapter.stop();
      await teams.close();
    },
  };
}

/** A page with a title, and whatever else is given. */
export function page(title: string, more: Partial<Page> = {}): Page {
  return { title, intro: [], picture: null, sections: [], notes: [], ...more };
}

/** Every word of a card or message, in order. */
export function wordsOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(wordsOf).filter(Boolean).join(' ');
  if (typeof value !== 'object' || value === null) return '';
  const node = value as Record<string, unknown>;
  const own = ['text', 'title', 'label', 'value'].map((key) => node[key]);
  const said = own.filter((one): one is string => typeof one === 'string');
  return [...said, ...Object.values(node).map(wordsOf)].filter(Boolean).join(' ');
}

/** What a message says. */
export function said(message: StoredMessage | undefined): string {
  return message ? [message.text, wordsOf(message.card)].filter(Boolean).join(' ') : '';
}

/** Alice's own card, posted by the adapter. */
export async function withCard(bot: Bot, change: Partial<Card> = {}, person = ALICE) {
  const target = {
    kind: 'person',
    organizationId: ORGANIZATION,
    tenant: TENANT,
    externalId: person,
  } as const;
  const sent = await bot.adapter.platform.postCard(target, 'crd_1', waitingCard(change));
  if (sent.kind !== 'sent') throw new Error(JSON.stringify(sent));
  const at = { conversation: sent.ref.channel, activityId: sent.ref.message };
  return {
    ref: sent.ref,
    at,
    press: (target: Omit<PressTarget, 'conversation' | 'activityId'>, who = person) =>
      bot.teams.press(who, { ...at, ...target }),
  };
}
