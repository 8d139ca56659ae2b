import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/demo/doubles/common/json.ts';
import {
  ALICE,
  actions,
  BOB,
  button,
  call,
  everyTestItsOwnDouble,
  input,
  long,
  modal,
  mrkdwn,
  option,
  plain,
  scene,
  section,
  select,
  textInput,
  times,
} from './slack-scene.ts';

everyTestItsOwnDouble();

describe('views', () => {
  const refused: [string, unknown, string][] = [
    ['a modal without title', { type: 'modal', blocks: [] }, '/view'],
    ['a title of 25', modal({ title: plain(long(25)) }), '/view/title/text'],
    ['a submit of 25', modal({ submit: plain(long(25)) }), '/view/submit/text'],
    ['a close of 25', modal({ close: plain(long(25)) }), '/view/close/text'],
    ['a mrkdwn title', modal({ title: mrkdwn('x') }), '/view/title/type'],
    ['inputs without submit', modal({ submit: undefined, blocks: [input(textInput())] }), '/view'],
    ['101 blocks', modal({ blocks: times(101, () => ({ type: 'divider' })) }), '/view/blocks'],
    ['private_metadata of 3001', modal({ private_metadata: long(3001) }), '/view/private_metadata'],
    ['callback_id of 256', modal({ callback_id: long(256) }), '/view/callback_id'],
    ['an unknown member', modal({ state: {} }), '/view'],
    ['a markdown block', modal({ blocks: [{ type: 'markdown', text: 'x' }] }), '/view/blocks/0/type'],
    ['a home for a modal', { type: 'home', blocks: [] }, '/view/type'],
    [
      'a label of 2001',
      modal({ blocks: [input(textInput(), { label: plain(long(2001)) })] }),
      '/view/blocks/0/label/text',
    ],
    [
      'a hint of 2001',
      modal({ blocks: [input(textInput(), { hint: plain(long(2001)) })] }),
      '/view/blocks/0/hint/text',
    ],
    [
      'a mrkdwn label',
      modal({ blocks: [input(textInput(), { label: mrkdwn('x') })] }),
      '/view/blocks/0/label/type',
    ],
    [
      'an input without label',
      modal({ blocks: [{ type: 'input', element: textInput() }] }),
      '/view/blocks/0',
    ],
    ['a button as input', modal({ blocks: [input(button())] }), '/view/blocks/0/element/type'],
    [
      'max_length of 3001',
      modal({ blocks: [input(textInput({ max_length: 3001 }))] }),
      '/view/blocks/0/element/max_length',
    ],
    [
      'min_length above max_length',
      modal({ blocks: [input(textInput({ min_length: 5, max_length: 4 }))] }),
      '/view/blocks/0/element/min_length',
    ],
    [
      'an initial value beyond max_length',
      modal({ blocks: [input(textInput({ max_length: 2, initial_value: 'abc' }))] }),
      '/view/blocks/0/element/initial_value',
    ],
    [
      'a number_input without is_decimal_allowed',
      modal({ blocks: [input({ type: 'number_input' })] }),
      '/view/blocks/0/element',
    ],
    [
      'a number given as number',
      modal({ blocks: [input({ type: 'number_input', is_decimal_allowed: false, initial_value: 3 })] }),
      '/view/blocks/0/element/initial_value',
    ],
    [
      'two focused inputs',
      modal({ blocks: times(2, () => input(textInput({ focus_on_load: true }))) }),
      '/view/blocks',
    ],
    [
      '11 files',
      modal({ blocks: [input({ type: 'file_input', max_files: 11 })] }),
      '/view/blocks/0/element/max_files',
    ],
  ];

  async function triggerOf(user = ALICE): Promise<string> {
    return (await scene.double.slashCommand(user, '/approvals', '')).triggerId ?? '';
  }

  test.each(refused)('%s is refused', async (_name, view, pointer) => {
    const answer = await call('views.open', { trigger_id: await triggerOf(), view });
    expect(answer.error).toBe('invalid_arguments');
    const { messages } = answer.response_metadata as { messages: string[] };
    expect(messages.join('\n')).toContain(`[json-pointer:${pointer}]`);
    expect(scene.double.openViewOf(ALICE)).toBeUndefined();
  });

  test('a view beyond 250 KB is too large', async () => {
    const view = modal({ blocks: times(100, () => section({ text: mrkdwn(long(2900)) })) });
    expect(await call('views.open', { trigger_id: await triggerOf(), view })).toMatchObject({
      error: 'view_too_large',
    });
  });

  test('a trigger works once, and only for three seconds', async () => {
    const first = await triggerOf();
    scene.time += 3_000;
    expect(await call('views.open', { trigger_id: first, view: modal() })).toMatchObject({ ok: true });
    expect(await call('views.open', { trigger_id: first, view: modal() })).toMatchObject({
      error: 'exchanged_trigger_id',
    });
    const late = await triggerOf();
    scene.time += 3_001;
    expect(await call('views.open', { trigger_id: late, view: modal() })).toMatchObject({
      error: 'expired_trigger_id',
    });
    expect(await call('views.open', { trigger_id: 'x', view: modal() })).toMatchObject({
      error: 'invalid_trigger_id',
    });
  });

  test('at most three modals lie on each other', async () => {
    const blocks = [actions(button())];
    await call('views.open', { trigger_id: await triggerOf(), view: modal({ blocks }) });
    const pushed: unknown[] = [];
    for (const _ of times(3, () => 0)) {
      const top = scene.double.openViewOf(ALICE)?.id ?? '';
      const { triggerId } = await scene.double.clickInView(ALICE, top, 'go');
      const answer = await call('views.push', { trigger_id: triggerId, view: modal({ blocks }) });
      pushed.push(answer.error ?? 'ok');
    }
    expect(pushed).toEqual(['ok', 'ok', 'push_limit_reached']);
    const [root, , top] = scene.double.viewsOf(ALICE);
    expect(top).toMatchObject({ rootViewId: root?.id, previousViewId: scene.double.viewsOf(ALICE)[1]?.id });
  });

  test('update keeps what was entered while ids stay, and guards by hash', async () => {
    const fields = [input(textInput(), { block_id: 'kept' }), input(textInput(), { block_id: 'dropped' })];
    const opened = await call('views.open', {
      trigger_id: await triggerOf(),
      view: modal({ blocks: fields }),
    });
    const { id, hash } = opened.view as { id: string; hash: string };
    scene.double.enter(ALICE, id, { kept: 'my words', dropped: 'lost words' });
    const view = modal({
      blocks: [input(textInput(), { block_id: 'kept' }), input(textInput(), { block_id: 'new' })],
    });
    expect(await call('views.update', { view_id: id, hash: 'old', view })).toMatchObject({
      error: 'hash_conflict',
    });
    expect(await call('views.update', { view_id: id, hash, view })).toMatchObject({
      ok: true,
      view: { state: { values: { kept: { text: { value: 'my words' } }, new: { text: { value: null } } } } },
    });
    expect(await call('views.update', { view_id: id, hash, view })).toMatchObject({ error: 'hash_conflict' });
    await scene.double.closeView(ALICE, id);
    expect(await call('views.update', { view_id: id, view })).toMatchObject({ error: 'not_found' });
  });

  test('external_id is unique', async () => {
    const view = modal({ external_id: 'one' });
    await call('views.open', { trigger_id: await triggerOf(), view });
    const second = await call('views.open', { trigger_id: await triggerOf(BOB), view });
    expect(second.error).toBe('duplicate_external_id');
    expect(await call('views.update', { external_id: 'one', view })).toMatchObject({ ok: true });
  });

  test('the Home tab is published, opened and guarded by hash', async () => {
    const home = { type: 'home', blocks: [section(), actions(button({ value: 'r1' }))] };
    const published = await call('views.publish', { user_id: ALICE, view: home });
    expect(await call('views.publish', { user_id: ALICE, view: home, hash: 'old' })).toMatchObject({
      error: 'hash_conflict',
    });
    await scene.double.openHome(ALICE);
    expect(scene.heard.at(-1)?.payload).toMatchObject({
      type: 'event_callback',
      event: { type: 'app_home_opened', user: ALICE, tab: 'home', view: { type: 'home' } },
    });
    const { id } = published.view as { id: string };
    expect(scene.double.homeOf(ALICE)?.id).toBe(id);
    const click = await scene.double.clickInView(ALICE, id, 'go');
    expect(scene.heard.at(-1)?.payload).toMatchObject({
      container: { type: 'view', view_id: id },
      actions: [{ value: 'r1' }],
    });
    expect(await call('views.open', { trigger_id: click.triggerId, view: modal() })).toMatchObject({
      ok: true,
    });
  });

  describe('submitting', () => {
    const everything = [
      input(textInput(), { block_id: 'reason', label: plain('Reason') }),
      input(select({ initial_option: option('two') }), { block_id: 'env' }),
      input(
        { type: 'multi_static_select', action_id: 'm', options: [option('a'), option('b')] },
        { block_id: 'many' },
      ),
      input(
        { type: 'checkboxes', action_id: 'c', options: [option('yes')] },
        { block_id: 'box', optional: true },
      ),
      input(
        { type: 'radio_buttons', action_id: 'r', options: [option('on'), option('off')] },
        { block_id: 'radio' },
      ),
      input(
        { type: 'number_input', action_id: 'n', is_decimal_allowed: false, max_value: '9' },
        { block_id: 'number' },
      ),
      input({ type: 'datepicker', action_id: 'd' }, { block_id: 'day', optional: true }),
      input({ type: 'datetimepicker', action_id: 'dt' }, { block_id: 'at', optional: true }),
      input({ type: 'users_select', action_id: 'u', initial_user: BOB }, { block_id: 'who', optional: true }),
      input(textInput({ initial_value: 'before' }), { block_id: 'note', optional: true }),
    ];
    const filled = { Reason: 'because', many: ['a', 'b'], radio: 'off', number: '7' };

    async function openModal(more: JsonObject = {}): Promise<string> {
      const view = modal({ blocks: everything, callback_id: 'cb', private_metadata: 'pm', ...more });
      const answer = await call('views.open', { trigger_id: await triggerOf(), view });
      expect(answer).toMatchObject({ ok: true });
      return (answer.view as { id: string }).id;
    }

    test('carries every value in its true shape, and an empty ack closes', async () => {
      const id = await openModal();
      const result = await scene.double.submitView(ALICE, id, filled);
      expect(result).toMatchObject({ sent: true, ackStatus: 200, responseAction: 'close' });
      expect(result.viewAfter).toBeUndefined();
      expect(scene.heard.at(-1)).toMatchObject({
        genuine: true,
        payload: {
          type: 'view_submission',
          user: { id: ALICE },
          view: { id, callback_id: 'cb', private_metadata: 'pm' },
        },
      });
      const view = scene.heard.at(-1)?.payload.view as { state: { values: JsonObject } };
      expect(view.state.values).toEqual({
        reason: { text: { type: 'plain_text_input', value: 'because' } },
        env: { pick: { type: 'static_select', selected_option: option('two') } },
        many: { m: { type: 'multi_static_select', selected_options: [option('a'), option('b')] } },
        box: { c: { type: 'checkboxes', selected_options: [] } },
        radio: { r: { type: 'radio_buttons', selected_option: option('off') } },
        number: { n: { type: 'number_input', value: '7' } },
        day: { d: { type: 'datepicker', selected_date: null } },
        at: { dt: { type: 'datetimepicker', selected_date_time: null } },
        who: { u: { type: 'users_select', selected_user: BOB } },
        note: { text: { type: 'plain_text_input', value: 'before' } },
      });
    });

    test('is stopped by the client while required inputs are empty or wrong', async () => {
      const id = await openModal();
      const sentBefore = scene.heard.length;
      const result = await scene.double.submitView(ALICE, id, { ...filled, Reason: '', number: '10' });
      expect(result).toMatchObject({
        sent: false,
        errors: { reason: expect.any(String), number: expect.any(String) },
      });
      expect(scene.heard).toHaveLength(sentBefore);
    });

    test('shows errors of input blocks, and distrusts errors of anything else', async () => {
      const id = await openModal();
      scene.reply = () => ({ body: { response_action: 'errors', errors: { reason: 'too short' } } });
      expect(await scene.double.submitView(ALICE, id, filled)).toMatchObject({
        errors: { reason: 'too short' },
      });
      expect(scene.double.openViewOf(ALICE)?.shownErrors).toEqual({ reason: 'too short' });
      scene.reply = () => ({ body: { response_action: 'errors', errors: { text: 'no such block' } } });
      const result = await scene.double.submitView(ALICE, id, {});
      expect(result.warning).toContain('no input block');
      expect(result.viewAfter?.id).toBe(id);
    });

    test('updates, pushes, clears, and refuses a bad view', async () => {
      const id = await openModal();
      scene.reply = () => ({ body: { response_action: 'update', view: modal({ title: plain(long(25)) }) } });
      expect((await scene.double.submitView(ALICE, id, filled)).warning).toContain('/view/title/text');
      scene.reply = () => ({ body: { response_action: 'update', view: modal({ title: plain('Sending') }) } });
      expect(await scene.double.submitView(ALICE, id, {})).toMatchObject({
        viewAfter: { id, title: plain('Sending') },
      });
      scene.reply = () => ({ body: { response_action: 'push', view: modal({ title: plain('Sure?') }) } });
      const pushed = await scene.double.submitView(ALICE, id, {});
      expect(pushed.viewAfter).toMatchObject({ previousViewId: id, title: plain('Sure?') });
      await expect(scene.double.submitView(ALICE, id, {})).rejects.toThrow('in front of them');
      scene.reply = () => ({ body: { response_action: 'clear' } });
      const cleared = await scene.double.submitView(ALICE, pushed.viewAfter?.id ?? '', {});
      expect(cleared).toMatchObject({ responseAction: 'clear' });
      expect(scene.double.viewsOf(ALICE)).toEqual([]);
    });

    test('keeps the modal and warns when the ack is not 2xx', async () => {
      const id = await openModal();
      scene.reply = () => ({ status: 500 });
      const result = await scene.double.submitView(ALICE, id, filled);
      expect(result.warning).toContain('trouble connecting');
      expect(result.viewAfter?.id).toBe(id);
    });

    test('closing tells the bot only with notify_on_close', async () => {
      await scene.double.closeView(ALICE, await openModal());
      expect(scene.heard.map(({ payload }) => payload.type)).not.toContain('view_closed');
      await scene.double.closeView(ALICE, await openModal({ notify_on_close: true }));
      expect(scene.heard.at(-1)?.payload).toMatchObject({ type: 'view_closed', is_cleared: false });
      expect(scene.double.openViewOf(ALICE)).toBeUndefined();
    });
  });
});
