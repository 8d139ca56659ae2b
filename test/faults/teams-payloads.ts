import { isObject, type JsonObject } from '../../src/demo/doubles/teams/json.ts';
import type { StoredMessage } from '../../src/demo/doubles/teams/types.ts';
import { buttonsOf, teamsAnswers, teamsCards, teamsSay } from '../helpers/in-teams.ts';
import { GROUP_CHAT, ROOM, roomCards } from '../helpers/in-teams-channel.ts';
import { ENTRA, type StaffName, type World } from '../helpers/world.ts';
import { type Dialect, NASTY } from './payload-mutations.ts';

/** One activity Teams sent, or would send by the next press. */
export interface Recorded {
  what: string;
  body: JsonObject;
}

const INPUTS = [{ name: 'ticket', required: true, regex: '^OPS-\\d+$' }];

/** New requests, and what everything on everybody's screen would send: cards, pages, dialogs, words, events. */
export async function recordActivities(world: World, round: string): Promise<Recorded[]> {
  await world.ask('deploy-to-production', `deploy${round}`);
  await world.ask('database-migration', `migrate${round}`);
  await world.ask('deploy-to-production', `inputs${round}`, { approverInputs: INPUTS });
  for (let passed = 0; passed < 5; passed += 1) await world.pass(2_000);
  const own = (['alice', 'bob', 'dana', 'sam'] as const).flatMap((name) =>
    teamsCards(world, name)
      .slice(-3)
      .flatMap((message) => [...pressesOf(world, name, message), ...looksOf(world, name, message)]),
  );
  const shared: Recorded[] = [];
  for (const room of [ROOM, GROUP_CHAT])
    for (const message of roomCards(world, room).slice(-2))
      for (const name of ['alice', 'bob', 'carol'] as const) {
        await world.teams.look(ENTRA[name], room, message.id, { again: true });
        shared.push(...pressesOf(world, name, message), ...looksOf(world, name, message));
      }
  return [...own, ...shared, ...(await dialogs(world)), ...(await pages(world)), ...events(world)];
}

/** The press of each button of a message as this person sees it, from clients of today and from old ones. */
function pressesOf(world: World, name: StaffName, { conversation, id }: StoredMessage): Recorded[] {
  const titles = buttonsOf(world.teams.cardFor(ENTRA[name], conversation, id));
  return titles.flatMap((title, index) =>
    [false, true].flatMap((oldClient) => {
      const target = { conversation, activityId: id, index, oldClient };
      const body = sendable(() => world.teams.pressActivity(ENTRA[name], target));
      return body ? [{ what: `press ${title}`, body }] : [];
    }),
  );
}

/** Links are opened by the client, and some clients have no such button. */
function sendable(build: () => JsonObject): JsonObject | null {
  try {
    return build();
  } catch {
    return null;
  }
}

/** What a client sends to ask for the card anew, by itself and by hand. */
function looksOf(world: World, name: StaffName, { conversation, id, card }: StoredMessage): Recorded[] {
  const refresh = isObject(card?.refresh) && isObject(card.refresh.action) ? card.refresh.action : null;
  if (!refresh) return [];
  const base = world.teams.typeActivity(ENTRA[name], '', { conversation });
  return (['automatic', 'manual'] as const).map((trigger) => ({
    what: `refresh ${trigger}`,
    body: {
      ...base,
      type: 'invoke',
      name: 'adaptiveCard/action',
      replyToId: id,
      value: {
        action: { type: 'Action.Execute', verb: refresh.verb, data: structuredClone(refresh.data) },
        trigger,
      },
    },
  }));
}

/** Each dialog as it stands open, filled in as its author meant, and what opened it. */
async function dialogs(world: World): Promise<Recorded[]> {
  const found: Recorded[] = [];
  const filled = { comment: 'Not today.', question: 'Why now?', 'input-0': 'OPS-1' };
  for (const name of ['alice', 'bob'] as const)
    for (const message of teamsCards(world, name).slice(-3))
      for (const title of ['Approve', 'Reject', 'Ask a question', 'Approve with comment']) {
        const { conversation, id } = message;
        const target = { conversation, activityId: id, title };
        const opening = sendable(() => world.teams.pressActivity(ENTRA[name], target));
        if (opening?.name !== 'task/fetch') continue;
        await world.teams.press(ENTRA[name], target);
        found.push(...submitsOf(world, name, opening, filled));
      }
  for (const commandId of ['answerApproval', 'newWorkflow'])
    for (const name of ['alice', 'carol'] as const) {
      const { activity } = await world.teams.openExtension(ENTRA[name], commandId);
      if (!activity) continue;
      found.push({ what: `extension ${commandId}`, body: activity });
      found.push(...submitsOf(world, name, { ...activity, name: 'composeExtension/submitAction' }, {}));
    }
  return found;
}

function submitsOf(world: World, name: StaffName, opening: JsonObject, filled: JsonObject): Recorded[] {
  const datas = world.teams.dialogOf(ENTRA[name]) ? dataIn(world.teams.dialogOf(ENTRA[name])!.card) : [];
  world.teams.closeDialog(ENTRA[name]);
  const isExtension = String(opening.name).startsWith('composeExtension/');
  return datas.flatMap((data) => {
    const value = { ...(isObject(opening.value) ? opening.value : {}), data: { ...data, ...filled } };
    const submit = { ...opening, name: isExtension ? opening.name : 'task/submit', value };
    const { name: _, ...message } = opening;
    return [
      { what: `submit ${String(data.do)}`, body: submit },
      // Such a client was given the form as a message.
      {
        what: `old submit ${String(data.do)}`,
        body: { ...message, type: 'message', text: '', value: value.data },
      },
    ];
  });
}

/** What each button in a card carries. */
function dataIn(value: unknown): JsonObject[] {
  if (Array.isArray(value)) return value.flatMap(dataIn);
  if (!isObject(value)) return [];
  const own = typeof value.do === 'string' ? [structuredClone(value)] : [];
  return [...own, ...Object.values(value).flatMap(dataIn)];
}

const SAID = ['help', 'pending', 'history', 'show 1', 'cancel 1', 'list', 'create', 'delete 1', 'nonsense'];

/** Words, and the buttons of the pages that answer them. */
async function pages(world: World): Promise<Recorded[]> {
  const found: Recorded[] = [];
  for (const name of ['carol', 'alice', 'dana'] as const)
    for (const text of ['help', 'pending', 'show 1']) {
      await world.pass(2_000);
      await teamsSay(world, name, text);
      found.push(...pressesOf(world, name, teamsAnswers(world, name).at(-1)!));
    }
  for (const name of ['carol', 'alice', 'sam'] as const)
    for (const text of SAID) {
      found.push({ what: `say ${text}`, body: world.teams.typeActivity(ENTRA[name], text) });
      const inRoom = world.teams.typeActivity(ENTRA[name], text, { conversation: ROOM });
      found.push({ what: `say ${text} in a channel`, body: inRoom });
    }
  return found;
}

/** The app comes and goes, for a person, a team and a chat; channels end, names change, people react. */
function events(world: World): Recorded[] {
  const { botId } = world.teams;
  return (['carol', 'alice'] as const).flatMap((name) =>
    [undefined, ROOM, GROUP_CHAT].flatMap((conversation) => {
      const { text: _, ...base } = world.teams.typeActivity(
        ENTRA[name],
        '',
        conversation ? { conversation } : {},
      );
      const { channelData } = base as { channelData?: JsonObject };
      const bodies: JsonObject[] = [
        ...['add', 'add-upgrade', 'remove', 'remove-upgrade'].map((action) => ({
          type: 'installationUpdate',
          action,
        })),
        { type: 'conversationUpdate', membersAdded: [{ id: botId }] },
        { type: 'conversationUpdate', membersRemoved: [{ id: botId }] },
        {
          type: 'conversationUpdate',
          channelData: { ...channelData, eventType: 'channelDeleted', channel: { id: ROOM } },
        },
        { type: 'conversationUpdate', channelData: { ...channelData, eventType: 'channelRenamed' } },
        { type: 'messageReaction', reactionsAdded: [{ type: 'like' }] },
        { type: 'invoke', name: 'composeExtension/query', value: { commandId: 'answerApproval' } },
      ];
      return bodies.map((more) => ({ what: `event ${String(more.type)}`, body: { ...base, ...more } }));
    }),
  );
}

const PEOPLE: readonly StaffName[] = ['dana', 'alice', 'bob', 'carol', 'maria', 'sam'];
const VERBS = ['approve', 'approve_with_comment', 'reject', 'retry_submission', 'supply_inputs', 'review'];
const COMMANDS = ['delete 2 now', 'admins add @carol', 'cancel 1 now', 'approvers add @carol 2', 'create'];
const NAMES = [
  ...['adaptiveCard/action', 'task/fetch', 'task/submit', 'composeExtension/fetchTask'],
  ...['composeExtension/submitAction', 'composeExtension/query', 'signin/verifyState'],
];
const TYPES = ['message', 'invoke', 'conversationUpdate', 'installationUpdate', 'Action.Execute', 'event'];

/** Where activities hurt, and what else of the kind there is: everybody but admins may stand in for everybody. */
export function teamsDialect(world: World): Dialect {
  const data = ['value.action.data', 'value.data', 'value'];
  const fields = ['do', 'verb', 'card', 'version', 'form', 'seal', 'command', 'page', 'workflow', 'kept'];
  const people = PEOPLE.map((name) => ENTRA[name]);
  const mris = world.teams.people().flatMap(({ aadObjectId, mri }) => (aadObjectId === ENTRA.ada ? [] : mri));
  const places = [...people.map((id) => world.teams.chatOf(id)), ROOM, GROUP_CHAT];
  return {
    tender: [
      ...['type', 'name', 'from', 'from.id', 'from.aadObjectId', 'recipient', 'recipient.id', 'channelId'],
      ...['conversation', 'conversation.id', 'conversation.conversationType', 'conversation.tenantId'],
      ...['serviceUrl', 'replyToId', 'id', 'text', 'entities', 'action', 'membersAdded', 'membersRemoved'],
      ...['channelData', 'channelData.tenant', 'channelData.tenant.id', 'channelData.eventType'],
      ...['value.action', 'value.action.type', 'value.action.verb', 'value.trigger', 'value.commandId'],
      ...data,
      ...data.flatMap((path) => fields.map((field) => `${path}.${field}`)),
    ],
    other(key, was, of, values) {
      if (key === 'version') return of([0, 1, 2, 3, -1, 1_000_001]);
      if (typeof was !== 'string') return isObject(was) ? { ...was, id: of(people) } : of(NASTY);
      if (key === 'aadObjectId') return of(people);
      if (was.startsWith('29:')) return of(mris);
      if (key === 'card') return of(values);
      if (key === 'verb' || key === 'form') return of(VERBS);
      if (key === 'do') return of(['press', 'submit', 'refresh', 'command', 'save_workflow', 'choose']);
      if (key === 'command' || key === 'text') return of(COMMANDS);
      if (key === 'name') return of(NAMES);
      if (key === 'type') return of(TYPES);
      if (key === 'conversationType') return of(['personal', 'channel', 'groupChat', 'elsewhere']);
      if (key === 'serviceUrl')
        return of(['https://127.0.0.1:9/', 'https://smba.trafficmanager.net/x/', 'x']);
      if (key === 'id') return of([...places, ...people, ...mris]);
      return of([...people, ...mris, ...places, ...values]);
    },
  };
}
