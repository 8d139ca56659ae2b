import { beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/demo/doubles/common/json.ts';
import {
  ALICE,
  actions,
  BOB,
  button,
  call,
  everyTestItsOwnDouble,
  input,
  modal,
  option,
  plain,
  scene,
  section,
  select,
  textInput,
} from './slack-scene.ts';

everyTestItsOwnDouble();

beforeEach(() => {
  scene.double.addChannel({ id: 'C0SECRET', name: 'secret', isPrivate: true, members: [BOB] });
  scene.double.addChannel({ id: 'C0TEAM', name: 'team', isPrivate: true, members: [ALICE, BOB] });
});

async function openModal(blocks: unknown[], more: JsonObject = {}): Promise<{ id: string; hash: string }> {
  const { triggerId } = await scene.double.slashCommand(ALICE, '/approvals', '');
  const answer = await call('views.open', { trigger_id: triggerId, view: modal({ blocks, ...more }) });
  expect(answer).toMatchObject({ ok: true });
  return answer.view as { id: string; hash: string };
}

const sent = () => scene.heard.at(-1)?.payload ?? {};
const stateOf = (payload: JsonObject) => (payload.view as { state: { values: JsonObject } }).state.values;

describe('an input that dispatches its action', () => {
  const requirement = input(
    {
      type: 'radio_buttons',
      action_id: 'requirement',
      options: [option('any'), option('all')],
      initial_option: option('any'),
    },
    { block_id: 'requirement', dispatch_action: true },
  );
  const note = input(textInput(), { block_id: 'note', optional: true });

  test('tells the bot what was chosen and all that stands in the form', async () => {
    const { id, hash } = await openModal([requirement, note]);
    scene.double.enter(ALICE, id, { note: 'half a thought' });
    const click = await scene.double.clickInView(ALICE, id, 'requirement', 'all');
    expect(sent()).toMatchObject({
      type: 'block_actions',
      container: { type: 'view', view_id: id },
      trigger_id: click.triggerId,
      view: { id, type: 'modal', hash },
      actions: [
        {
          type: 'radio_buttons',
          action_id: 'requirement',
          block_id: 'requirement',
          selected_option: option('all'),
          action_ts: expect.any(String),
        },
      ],
    });
    expect(stateOf(sent())).toEqual({
      requirement: { requirement: { type: 'radio_buttons', selected_option: option('all') } },
      note: { text: { type: 'plain_text_input', value: 'half a thought' } },
    });
    for (const absent of ['response_url', 'message', 'channel']) expect(sent()).not.toHaveProperty(absent);
  });

  test('can be a text', async () => {
    const { id } = await openModal([input(textInput(), { block_id: 'find', dispatch_action: true })]);
    await scene.double.clickInView(ALICE, id, 'text', 'deploy');
    expect(sent()).toMatchObject({ actions: [{ type: 'plain_text_input', value: 'deploy' }] });
  });

  test('keeps what was entered through the update that answers it, and only where both ids stay', async () => {
    const { id, hash } = await openModal([requirement, note]);
    scene.double.enter(ALICE, id, { note: 'kept' });
    await scene.double.clickInView(ALICE, id, 'requirement', 'all');
    const moved = input(textInput({ action_id: 'other' }), { block_id: 'note', optional: true });
    const update = (blocks: unknown[], own?: string) =>
      call('views.update', { view_id: id, ...(own && { hash: own }), view: modal({ blocks }) });
    expect(await update([requirement, note, section()], hash)).toMatchObject({ ok: true });
    expect(stateOf((await scene.double.submitView(ALICE, id)).payload ?? {})).toMatchObject({
      requirement: { requirement: { selected_option: { value: 'all' } } },
      note: { text: { value: 'kept' } },
    });
    const again = await openModal([requirement, note]);
    scene.double.enter(ALICE, again.id, { note: 'lost' });
    await call('views.update', { view_id: again.id, view: modal({ blocks: [moved] }) });
    expect(stateOf((await scene.double.submitView(ALICE, again.id)).payload ?? {})).toEqual({
      note: { other: { type: 'plain_text_input', value: null } },
    });
  });

  test('does nothing of the kind unless it says so', async () => {
    const { id } = await openModal([note]);
    await expect(scene.double.clickInView(ALICE, id, 'text', 'x')).rejects.toThrow('dispatches no action');
  });
});

describe('pickers', () => {
  const pickers = [
    input({ type: 'users_select', action_id: 'u' }, { block_id: 'one', optional: true }),
    input(
      { type: 'multi_users_select', action_id: 'u', initial_users: [BOB], max_selected_items: 2 },
      { block_id: 'several', optional: true },
    ),
    input({ type: 'channels_select', action_id: 'c', initial_channel: 'C0OPS' }, { block_id: 'channel' }),
    input({ type: 'multi_channels_select', action_id: 'c' }, { block_id: 'channels', optional: true }),
    input({ type: 'conversations_select', action_id: 'k' }, { block_id: 'place', optional: true }),
    input(
      { type: 'multi_conversations_select', action_id: 'k', initial_conversations: ['C0TEAM'] },
      { block_id: 'places', optional: true },
    ),
    input(
      {
        type: 'checkboxes',
        action_id: 'b',
        options: [option('a'), option('b')],
        initial_options: [option('b')],
      },
      { block_id: 'boxes', optional: true },
    ),
  ];

  test('begin with their initial values and give what was picked', async () => {
    const { id } = await openModal(pickers);
    const values = {
      one: BOB,
      several: [ALICE, BOB],
      channels: ['C0OPS', 'C0OUT'],
      place: 'C0TEAM',
      boxes: [],
    };
    const { payload } = await scene.double.submitView(ALICE, id, values);
    expect(stateOf(payload ?? {})).toEqual({
      one: { u: { type: 'users_select', selected_user: BOB } },
      several: { u: { type: 'multi_users_select', selected_users: [ALICE, BOB] } },
      channel: { c: { type: 'channels_select', selected_channel: 'C0OPS' } },
      channels: { c: { type: 'multi_channels_select', selected_channels: ['C0OPS', 'C0OUT'] } },
      place: { k: { type: 'conversations_select', selected_conversation: 'C0TEAM' } },
      places: { k: { type: 'multi_conversations_select', selected_conversations: ['C0TEAM'] } },
      boxes: { b: { type: 'checkboxes', selected_options: [] } },
    });
  });

  test.each([
    ['one', 'U0NOBODY'],
    ['one', 'U0GONE'],
    ['several', ['U0NOBODY']],
    ['several', [ALICE, BOB, 'U0GUEST']],
    ['channel', 'C0TEAM'],
    ['channel', 'C0OLD'],
    ['places', ['C0SECRET']],
  ])('%s offers not %s', async (name, value) => {
    const { id } = await openModal(pickers);
    expect(() => scene.double.enter(ALICE, id, { [name]: value })).toThrow(/offers no|at most/);
  });
});

describe('the Home tab', () => {
  const home = (more: unknown[] = []) => ({
    type: 'home',
    private_metadata: 'pm',
    blocks: [section(), actions(button({ value: 'r1' }), select()), ...more],
  });

  test('sends its buttons’ clicks with the view and its hash, and no response URL', async () => {
    const published = await call('views.publish', { user_id: ALICE, view: home() });
    const { id, hash } = published.view as { id: string; hash: string };
    await scene.double.clickInView(ALICE, id, 'go');
    expect(sent()).toMatchObject({
      type: 'block_actions',
      container: { type: 'view', view_id: id },
      view: { id, type: 'home', hash, private_metadata: 'pm', state: { values: { a: { pick: {} } } } },
      actions: [{ action_id: 'go', value: 'r1' }],
    });
    for (const absent of ['response_url', 'message', 'channel']) expect(sent()).not.toHaveProperty(absent);
    expect(await call('views.update', { view_id: id, hash, view: home([section()]) })).toMatchObject({
      ok: true,
    });
    expect(await call('views.publish', { user_id: ALICE, hash, view: home() })).toMatchObject({
      error: 'hash_conflict',
    });
  });

  test('is everybody’s own', async () => {
    await call('views.publish', { user_id: ALICE, view: home() });
    expect(scene.double.homeOf(BOB)).toBeUndefined();
    const mine = scene.double.homeOf(ALICE)?.id ?? '';
    await expect(scene.double.clickInView(BOB, mine, 'go')).rejects.toThrow('in front of them');
    await expect(scene.double.clickInView(ALICE, mine, 'gone')).rejects.toThrow('shows no');
  });

  test('is no modal, and a modal is no Home', async () => {
    expect(await call('views.publish', { user_id: ALICE, view: modal() })).toMatchObject({
      error: 'invalid_arguments',
    });
    const { triggerId } = await scene.double.slashCommand(ALICE, '/approvals', '');
    expect(await call('views.open', { trigger_id: triggerId, view: home() })).toMatchObject({
      error: 'invalid_arguments',
    });
  });
});

describe('modals on modals', () => {
  test('a submission may not push a fourth', async () => {
    await openModal([]);
    scene.reply = () => ({ body: { response_action: 'push', view: modal({ title: plain('Next') }) } });
    const push = () => scene.double.submitView(ALICE, scene.double.openViewOf(ALICE)?.id ?? '');
    expect((await push()).responseAction).toBe('push');
    expect((await push()).responseAction).toBe('push');
    expect((await push()).warning).toContain('push_limit_reached');
    expect(scene.double.viewsOf(ALICE)).toHaveLength(3);
    scene.reply = () => ({});
    await push();
    expect(scene.double.viewsOf(ALICE)).toHaveLength(2);
  });
});
