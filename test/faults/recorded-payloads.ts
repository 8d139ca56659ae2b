import { isObject, type JsonObject } from '../../src/demo/doubles/common/json.ts';
import type { InteractionResult } from '../../src/demo/doubles/slack/acts.ts';
import type { StoredView } from '../../src/demo/doubles/slack/shown.ts';
import { openHome } from '../helpers/home.ts';
import { CHANNEL, channelCards, pressInChannel, pressInModal } from '../helpers/in-channel.ts';
import type { TwoWorlds } from '../helpers/installs.ts';
import { STAFF, type StaffName, until } from '../helpers/world.ts';

/** One thing Slack sent, or would send by the next press, and how it travels. */
export interface Recorded {
  what: string;
  how: 'payload' | 'json' | 'form';
  body: JsonObject;
}

/** What everything on this screen would send: cards, pages, forms, the Home, shortcuts, and events. */
export async function recordPayloads(world: TwoWorlds, round: string): Promise<Recorded[]> {
  const inputs = [{ name: 'ticket', required: true, regex: '^OPS-\\d+$' }];
  await world.ask('deploy-to-production', `deploy${round}`);
  await world.ask('database-migration', `migrate${round}`);
  await world.ask('deploy-to-production', `inputs${round}`, { approverInputs: inputs });
  await world.askBeta(`ship${round}`);
  // A channel takes one message a second.
  for (let passed = 0; passed < 5; passed += 1) await world.pass(2_000);
  const { slack } = world;
  const cards = [
    ...(['alice', 'bob', 'dana', 'sam'] as const).flatMap((name) =>
      world
        .cards(name)
        .slice(-3)
        .flatMap((message) => buttonsIn(world, STAFF[name], message)),
    ),
    ...channelCards(world)
      .slice(-2)
      .flatMap((message) =>
        [STAFF.alice, STAFF.carol, STAFF.dana].flatMap((user) => buttonsIn(world, user, message)),
      ),
  ];
  const beta = world.betaTeam
    .messagesOf('U0ALICE')
    .slice(-1)
    .flatMap((message) => buttonsIn(world, 'U0ALICE', message, 'T0BETA'));
  return [
    ...cards,
    ...beta,
    ...(await pages(world)),
    ...(await forms(world)),
    ...(await homes(world)),
    ...(await events(world, slack.teamId)),
  ];
}

interface Shown {
  channel: string;
  ts: string;
  blocks: JsonObject[];
}

/** The press of each button of a message. */
function buttonsIn(
  world: TwoWorlds,
  user: string,
  { channel, ts, blocks }: Shown,
  team = 'T0ACME',
): Recorded[] {
  return elements(blocks).map(({ actionId, blockId }) => ({
    what: `message ${actionId}`,
    how: 'payload' as const,
    body: world.slack.team(team).clickPayload(user, { channel, ts, actionId, blockId, forge: true }),
  }));
}

function elements(blocks: readonly JsonObject[]) {
  return blocks.flatMap((block) =>
    [...((block.elements as JsonObject[] | undefined) ?? []), block.accessory]
      .filter(isObject)
      .filter(({ type }) => type === 'button')
      .map((element) => ({ element, actionId: String(element.action_id), blockId: String(block.block_id) })),
  );
}

/** Pages that only one person sees, with their buttons, and the commands that asked for them. */
async function pages(world: TwoWorlds): Promise<Recorded[]> {
  const found: Recorded[] = [];
  for (const [name, text] of [
    ['carol', 'help'],
    ['alice', 'pending'],
    ['dana', 'history'],
    ['ada', 'list'],
    ['dana', `history all`],
  ] as const) {
    const seen = () => world.slack.messagesOf(STAFF[name]).filter(({ visibleTo }) => visibleTo !== undefined);
    const before = seen().length;
    const { payload } = await world.slack.slashCommand(STAFF[name], '/approvals', text);
    const message = await until(world.slack, () => (seen().length > before ? seen().at(-1) : undefined));
    found.push({ what: `command ${text}`, how: 'form', body: payload! });
    found.push(...buttonsIn(world, STAFF[name], message));
  }
  return found;
}

/** Submissions, changes and closings of every form, filled in as its author meant. */
async function forms(world: TwoWorlds): Promise<Recorded[]> {
  const found: Recorded[] = [];
  const { press: rejecting, result } = await rejectedWithoutReason(world);
  const base = result.payload!;
  const add = (what: string, view: StoredView, user: string, values: Record<string, unknown>) => {
    const submitted = submissionOf(base, view, user, values);
    found.push({ what: `submit ${what}`, how: 'payload', body: submitted });
    found.push({
      what: `close ${what}`,
      how: 'payload',
      body: { ...submitted, type: 'view_closed', is_cleared: false },
    });
  };
  add('reject', rejecting, STAFF.alice, { comment: { type: 'plain_text_input', value: 'Not today.' } });
  const close = async (name: StaffName) => {
    while (world.slack.openViewOf(STAFF[name]))
      await world.slack.closeView(STAFF[name], world.slack.openViewOf(STAFF[name])!.id);
  };
  await close('alice');
  await world.press('alice', 'approve');
  const approving = await world.form('alice');
  add('approve', approving, STAFF.alice, { 'input-0': { type: 'plain_text_input', value: 'OPS-1' } });
  await close('alice');
  await pressInChannel(world, 'alice', 'review');
  const review = await world.form('alice');
  found.push(...viewButtons(base, review, STAFF.alice));
  const ask = elements(review.blocks).find(({ actionId }) => actionId.startsWith('ask_question'))!;
  const asking = await pressInModal(world, 'alice', ask.actionId);
  add('question', asking, STAFF.alice, { question: { type: 'plain_text_input', value: 'Why now?' } });
  await close('alice');
  await world.slack.slashCommand(STAFF.ada, '/approvals', 'create');
  const editor = await world.form('ada');
  for (const user of [STAFF.carol, STAFF.alice, STAFF.ada]) {
    add('editor', editor, user, {
      approvers: { type: 'multi_users_select', selected_users: [STAFF.carol, STAFF.bob] },
    });
    const change = {
      type: 'users_select',
      block_id: 'previewFor',
      action_id: 'previewFor',
      selected_user: STAFF.dana,
      action_ts: '1.1',
    };
    found.push({
      what: 'editor change',
      how: 'payload',
      body: {
        ...submissionOf(base, editor, user, {}),
        type: 'block_actions',
        container: { type: 'view', view_id: editor.id },
        actions: [change],
      },
    });
    found.push({
      what: 'block_suggestion',
      how: 'payload',
      body: {
        ...submissionOf(base, editor, user, {}),
        type: 'block_suggestion',
        action_id: 'eventId',
        block_id: 'eventId',
        value: 'dep',
      },
    });
  }
  await close('ada');
  return found;
}

async function rejectedWithoutReason(
  world: TwoWorlds,
): Promise<{ press: StoredView; result: InteractionResult }> {
  await world.press('alice', 'reject');
  const press = await world.form('alice');
  const result = await world.slack.submitView(
    STAFF.alice,
    press.id,
    { comment: '' },
    { skipClientChecks: true },
  );
  return { press, result };
}

function personOf(base: JsonObject, user: string): JsonObject {
  return { ...(base.user as JsonObject), id: user };
}

function submissionOf(
  base: JsonObject,
  view: StoredView,
  user: string,
  values: Record<string, unknown>,
): JsonObject {
  const state = Object.fromEntries(
    view.blocks.flatMap((block) => {
      const element = isObject(block.element)
        ? block.element
        : isObject(block.accessory)
          ? block.accessory
          : null;
      const blockId = String(block.block_id);
      if (!element?.action_id) return [];
      return [
        [
          blockId,
          {
            [String(element.action_id)]:
              values[blockId] ?? view.entered[blockId]?.[String(element.action_id)] ?? initial(element),
          },
        ],
      ];
    }),
  );
  const shown = {
    ...(base.view as JsonObject),
    id: view.id,
    hash: view.hash,
    callback_id: view.callbackId,
    private_metadata: view.privateMetadata,
    blocks: view.blocks,
    title: view.title,
    state: { values: state },
  };
  return { ...structuredClone(base), user: personOf(base, user), view: structuredClone(shown) };
}

function initial(element: JsonObject): JsonObject {
  return {
    type: element.type,
    ...(element.initial_option !== undefined && { selected_option: element.initial_option }),
    ...(element.initial_options !== undefined && { selected_options: element.initial_options }),
    ...(element.initial_users !== undefined && { selected_users: element.initial_users }),
    ...(element.initial_value !== undefined && { value: element.initial_value }),
  };
}

/** The press of each button of a view, by whoever looks at it. */
function viewButtons(base: JsonObject, view: StoredView, user: string): Recorded[] {
  const { view: shown, ...rest } = submissionOf(base, view, user, {});
  return elements(view.blocks).map(({ element, actionId, blockId }) => ({
    what: `${view.type} ${actionId}`,
    how: 'payload' as const,
    body: {
      ...rest,
      type: 'block_actions',
      container: { type: 'view', view_id: view.id },
      view: { ...(shown as JsonObject), type: view.type },
      actions: [
        {
          type: 'button',
          action_id: actionId,
          block_id: blockId,
          value: element.value,
          text: element.text,
          action_ts: '1.2',
        },
      ],
    },
  }));
}

async function homes(world: TwoWorlds): Promise<Recorded[]> {
  const found: Recorded[] = [];
  const { press: reject, result } = await rejectedWithoutReason(world);
  for (const name of ['alice', 'carol', 'dana', 'ada'] as const) {
    await openHome(world, STAFF[name]);
    found.push(...viewButtons(result.payload!, world.slack.homeOf(STAFF[name])!, STAFF[name]));
  }
  await world.slack.closeView(STAFF.alice, world.slack.openViewOf(STAFF.alice)?.id ?? reject.id);
  const { user, team, token, api_app_id } = result.payload!;
  const from = { user, team, token, api_app_id, trigger_id: '1.2.3' };
  const message = { type: 'message', ts: '1.000001', text: 'x', user: STAFF.alice };
  found.push(
    { what: 'shortcut', how: 'payload', body: { ...from, type: 'shortcut', callback_id: 'x' } },
    {
      what: 'message shortcut',
      how: 'payload',
      body: {
        ...from,
        type: 'message_action',
        callback_id: 'x',
        channel: { id: CHANNEL, name: 'releases' },
        message,
        message_ts: '1.000001',
      },
    },
    ...[
      'interactive_message',
      'dialog_submission',
      'dialog_cancellation',
      'workflow_step_edit',
      'nonsense',
      'function_executed',
    ].map(
      (type): Recorded => ({
        what: type,
        how: 'payload',
        body: {
          ...from,
          type,
          callback_id: 'approve',
          actions: [{ name: 'approve', value: '1', type: 'button' }],
          channel: { id: CHANNEL },
        },
      }),
    ),
  );
  return found;
}

async function events(world: TwoWorlds, team: string): Promise<Recorded[]> {
  const found: Recorded[] = [];
  for (const event of [
    { type: 'app_home_opened', user: STAFF.carol, tab: 'home', channel: 'D1' },
    { type: 'user_change', user: { id: STAFF.sam, team_id: team, deleted: false, is_bot: false } },
    { type: 'app_uninstalled' },
    { type: 'tokens_revoked', tokens: { oauth: ['U0CAROL'], bot: ['U0BOT'] } },
    { type: 'message', channel: CHANNEL, user: STAFF.alice, text: 'approve' },
    { type: 'nonsense', user: STAFF.alice },
  ] as JsonObject[]) {
    const { payload } = await world.slack.sendEvent(event);
    found.push({ what: `event ${String(event.type)}`, how: 'json', body: payload! });
  }
  return found;
}
