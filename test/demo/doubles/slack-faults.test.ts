import { describe, expect, test } from 'vitest';
import { ALICE, BOB, call, everyTestItsOwnDouble, http, scene } from './slack-scene.ts';

everyTestItsOwnDouble();

describe('faults', () => {
  const post = () => http('chat.postMessage', { channel: ALICE, text: 'x' });

  test('before: nothing was done', async () => {
    const fault = scene.double.addFault({ method: 'chat.postMessage', status: 503, times: 2 });
    expect((await http('auth.test', {})).status).toBe(200);
    expect([(await post()).status, (await post()).status, (await post()).status]).toEqual([503, 503, 200]);
    expect(fault).toMatchObject({ hits: 2, remaining: 0 });
    expect(scene.double.messagesOf(ALICE)).toHaveLength(1);
  });

  test('after: it was done, and the answer lost', async () => {
    scene.double.addFault({ method: 'chat.postMessage', connection: 'reset', when: 'after' });
    await expect(post()).rejects.toThrow();
    expect(scene.double.messagesOf(ALICE)).toHaveLength(1);
    expect(scene.double.calls.at(-1)).toMatchObject({ performed: true, answered: 'reset' });
  });

  test('can be a Slack error or a 429 for one person only', async () => {
    scene.double.addFault({ user: BOB, status: 429, retryAfter: 7 });
    expect((await post()).status).toBe(200);
    const limited = await http('chat.postMessage', { channel: scene.double.dmOf(BOB), text: 'x' });
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '7']);
    scene.double.addFault({ channel: 'C0OPS', slackError: 'is_archived' });
    expect(await call('chat.postMessage', { channel: 'C0OPS', text: 'x' })).toMatchObject({
      error: 'is_archived',
    });
  });

  test('hang until cleared', async () => {
    scene.double.addFault({ connection: 'hang', times: Number.POSITIVE_INFINITY });
    const called = new Promise<void>((resolve) =>
      scene.double.onChange(({ kind }) => kind === 'call' && resolve()),
    );
    const pending = post();
    const failed = expect(pending).rejects.toThrow();
    await called;
    scene.double.clearFaults();
    await failed;
    expect((await post()).status).toBe(200);
    expect(scene.double.messagesOf(ALICE)).toHaveLength(1);
  });

  test('strike response_url too', async () => {
    scene.double.addFault({ method: 'response_url', status: 500 });
    const { responseUrl } = await scene.double.slashCommand(ALICE, '/approvals', '');
    const options = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"text":"x"}' };
    expect((await fetch(responseUrl ?? '', options)).status).toBe(500);
    expect((await fetch(responseUrl ?? '', options)).status).toBe(200);
  });
});
