import { describe, expect, test } from 'vitest';
import { ALICE, everyTestItsOwnDouble, scene } from './slack-scene.ts';

everyTestItsOwnDouble();

describe('slash commands and events', () => {
  test('a command is form-encoded, escaped, and its ack is shown to one person', async () => {
    scene.reply = () => ({ body: { response_type: 'ephemeral', text: 'You have nothing to do' } });
    const result = await scene.double.slashCommand(ALICE, '/approvals', 'delegate @bob in #ops', 'C0OPS');
    expect(scene.heard[0]).toMatchObject({
      genuine: true,
      payload: {
        command: '/approvals',
        text: 'delegate <@U0BOB|bob> in <#C0OPS|ops>',
        user_id: ALICE,
        channel_id: 'C0OPS',
      },
    });
    expect(result.reply).toMatchObject({ text: 'You have nothing to do', visibleTo: ALICE });
  });

  test.each([
    ['add bob@example.com', 'add <mailto:bob@example.com|bob@example.com>'],
    ['see https://a.io/?x=1&y=2.', 'see <https://a.io/?x=1&amp;y=2.>'],
    ['<@U0BOB|bob> and <#C0OPS>', '<@U0BOB|bob> and <#C0OPS>'],
    ['<!channel> & "1 < 2"', '&lt;!channel&gt; &amp; "1 &lt; 2"'],
    ['@nobody #nowhere a@b', '@nobody #nowhere a@b'],
    ['  padded  ', 'padded'],
  ])('a command’s text %j arrives as %j', async (typed, arrives) => {
    await scene.double.slashCommand(ALICE, '/approvals', typed);
    expect(scene.heard[0]?.payload.text).toBe(arrives);
  });

  test('a command whose ack is wrong shows an error', async () => {
    scene.reply = () => ({ status: 503 });
    expect((await scene.double.slashCommand(ALICE, '/approvals', '')).warning).toContain('/approvals failed');
    scene.reply = () => ({ body: { blocks: [{ type: 'nonsense' }] } });
    expect((await scene.double.slashCommand(ALICE, '/approvals', '')).warning).toContain('invalid_blocks');
  });

  test('an event is JSON, signed, and carries its retry headers', async () => {
    await scene.double.sendEvent({ type: 'tokens_revoked' }, { num: 1, reason: 'http_timeout' });
    expect(scene.heard[0]).toMatchObject({
      genuine: true,
      payload: { team_id: 'T0DOUBLE', event: { type: 'tokens_revoked' } },
    });
    expect(scene.heard[0]?.request.headers).toMatchObject({
      'content-type': 'application/json',
      'x-slack-retry-num': '1',
      'x-slack-retry-reason': 'http_timeout',
    });
  });
});
