import { AccessTokens } from './access-tokens.ts';
import { openExtension, submitDialog } from './act-dialog.ts';
import { setBotThere, setInstalled, setMember } from './act-install.ts';
import { look } from './act-look.ts';
import { press, pressActivity } from './act-press.ts';
import { type, typeActivity } from './act-type.ts';
import { ActivityTokens } from './activity-tokens.ts';
import { ApiServer } from './api-server.ts';
import { ConnectorApi } from './connector-api.ts';
import { Courier } from './courier.ts';
import { createFaults } from './faults.ts';
import { GraphApi } from './graph-api.ts';
import type { TeamsDouble } from './handle.ts';
import { ACCESS_TOKEN_SECONDS, ANSWER_TIMEOUT_MS } from './limits.ts';
import { LoginApi } from './login-api.ts';
import { Messages } from './messages.ts';
import { RateLimiter } from './rate-limits.ts';
import type { Scene } from './scene.ts';
import type { TeamsDoubleOptions } from './setup.ts';
import type { StoredMessage } from './shown.ts';
import { connectorKey } from './signing-keys.ts';
import type { Delivery, RecordedCall } from './traffic.ts';
import { splitThread, World } from './world.ts';

function messagesSeen(
  world: World,
  messages: Messages,
  personOrConversation: string,
  how: { as?: string; withDeleted?: boolean } = {},
): StoredMessage[] {
  const isPerson = world.people.has(personOrConversation);
  const viewer = isPerson ? personOrConversation : how.as;
  const shown = (message: StoredMessage) =>
    (how.withDeleted || messages.isThere(message)) &&
    (message.visibleTo === undefined || message.visibleTo === viewer);
  if (!isPerson) return messages.in(splitThread(personOrConversation).base).filter(shown);
  const chat = world.chatOf(personOrConversation);
  const elsewhere = [...world.conversations.keys()]
    .filter((id) => id !== chat)
    .flatMap((id) => messages.in(id).filter((message) => message.visibleTo === personOrConversation));
  const all = [...messages.in(chat), ...elsewhere].filter(shown);
  return elsewhere.length === 0 ? all : all.sort((a, b) => a.postedAt - b.postedAt);
}

/** Starts a strict imitation of Microsoft Teams, Entra's login and Graph on the loopback address. */
export async function startTeamsDouble(options: TeamsDoubleOptions): Promise<TeamsDouble> {
  const { appId, tenantId, appName = 'Countersign' } = options;
  const clock = options.tokenClock ?? Date.now;
  const signs = options.auth !== 'off';
  const world = new World({ appId, appName, tenantId, now: options.now ?? Date.now });
  const messages = new Messages(world);
  const access = new AccessTokens(clock, options.tokenLifetimeSeconds ?? ACCESS_TOKEN_SECONDS);
  const faults = createFaults();
  const calls: RecordedCall[] = [];
  const deliveries: Delivery[] = [];
  let origin = '';
  const serviceUrl = () => `${origin}/teams/`;
  const limiter = new RateLimiter(options.rateLimits, world.now);
  const { appPassword, certificate } = options;
  const server = new ApiServer({
    world,
    connector: new ConnectorApi({ world, messages, limiter }),
    graph: new GraphApi(world),
    login: new LoginApi({ appId, appPassword, certificate, tenantId, tokens: access, clock }),
    tokens: access,
    asksForTokens: signs,
    faults,
    calls,
  });
  if (signs) await connectorKey();
  origin = await server.listen(options.port ?? 0);
  let { requestUrl } = options;
  const tokens = new ActivityTokens({ appId, serviceUrl, clock });
  const courier = new Courier({
    world,
    tokens,
    signs,
    answerTimeoutMs: options.answerTimeoutMs ?? ANSWER_TIMEOUT_MS,
    deliveries,
    requestUrl: () => requestUrl,
  });
  const scene: Scene = { world, messages, courier, serviceUrl };
  const find = (conversation: string, id: string) => messages.find(splitThread(conversation).base, id);

  return {
    serviceUrl: serviceUrl(),
    openIdUrl: `${origin}/v1/.well-known/openidconfiguration`,
    loginUrl: origin,
    graphUrl: `${origin}/graph/v1.0`,
    appId,
    tenantId,
    botId: world.botId,
    calls,
    deliveries,
    toasts: world.toasts,
    get requestUrl() {
      return requestUrl;
    },
    set requestUrl(url) {
      requestUrl = url;
    },
    get graphConsent() {
      return world.graphConsent;
    },
    set graphConsent(given) {
      world.graphConsent = given;
    },

    addPerson: (person) => world.addPerson(person),
    updatePerson(id, change) {
      Object.assign(world.person(id), change);
      world.changed({ kind: 'people' });
    },
    person: (id) => world.person(id),
    people: () => [...world.people.values()],
    addTeam: (team) => world.addTeam(team),
    addChannel: (channel) => world.addChannel(channel),
    addGroupChat: (chat) => world.addGroupChat(chat),
    chatOf: (person) => world.chatOf(world.person(person).aadObjectId),

    install: (person, how) => setInstalled(scene, person, true, how),
    uninstall: (person, how) => setInstalled(scene, person, false, how),
    block(person, blocked = true) {
      world.person(person).blocked = blocked;
      world.changed({ kind: 'people' });
    },
    addBot: (teamOrChat, by, how) => setBotThere(scene, teamOrChat, by, true, how),
    removeBot: (teamOrChat, by, how) => setBotThere(scene, teamOrChat, by, false, how),
    addMember: (teamOrChat, person) => setMember(scene, teamOrChat, person, true),
    removeMember: (teamOrChat, person) => setMember(scene, teamOrChat, person, false),

    type: (person, text, how) => type(scene, person, text, how),
    typeActivity: (person, text, how) => typeActivity(scene, person, text, how),
    press: (person, target) => press(scene, person, target),
    pressActivity: (person, target) => pressActivity(scene, person, target),
    look: (person, conversation, id, how) => look(scene, person, conversation, id, how),
    submitDialog: (person, inputs, how) => submitDialog(scene, person, inputs, how),
    closeDialog: (person) => world.showDialog(person, undefined),
    openExtension: (person, commandId, how) => openExtension(scene, person, commandId, how),
    sendRaw: (raw) => courier.send(raw),
    signToken: (forgery) => tokens.sign(forgery),

    messagesOf: (where, how) => messagesSeen(world, messages, where, how),
    message: find,
    threadOf: (conversation, id) => messages.repliesTo(splitThread(conversation).base, id),
    cardFor(person, conversation, id) {
      const message = find(conversation, id);
      return message && messages.sees(message, person) ? messages.cardFor(message, person) : undefined;
    },
    hasOwnView(person, conversation, id) {
      const message = find(conversation, id);
      return message !== undefined && messages.hasOwnView(message, person);
    },
    dialogOf: (person) => world.dialogs.get(person),

    revokeTokens: () => access.revokeAll(),
    addFault: (fault) => faults.add(fault),
    clearFaults: () => faults.clear(),
    onChange: (listener) => world.onChange(listener),
    async close() {
      faults.clear();
      await server.close();
    },
  };
}
