import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connectionAddCommand, connectionKeyCommand } from '../../src/commands/connection-link.ts';
import { inTransaction } from '../../src/store/database.ts';
import { connectionByName } from '../../src/store/harness-connections.ts';
import { personByEmail, updatePerson } from '../../src/store/people.ts';
import { linkOf, pageOf, run, sentenceOf } from '../commands/command-line.ts';
import { type Account, connect, ENCRYPTED, startAccount } from '../helpers/harness-accounts.ts';
import { ACME, BOT, startWorld, type World } from '../helpers/world.ts';

let world: World;
let globex: Account;
beforeEach(async () => {
  world = await startWorld({ env: ENCRYPTED });
  await world.load(ACME);
  globex = await startAccount(world, 'globex');
});
afterEach(async () => {
  await world.close();
  await globex.harness.close();
});

/** Asks for a link as ada; where it leads on this machine. */
async function link(typed = ''): Promise<string> {
  const command = typed === '' ? connectionAddCommand : connectionKeyCommand;
  const url = new URL(linkOf(await run(world, command, 'ada', typed)));
  expect(url.origin).toBe('https://approvals.acme.io');
  return world.url + url.pathname;
}

const open = (url: string) => fetch(url);
const fields = (change: Record<string, string> = {}) => ({
  ...{ name: 'payments', account: '', base_url: globex.harness.url, path_prefix: '/gateway' },
  ...{ api_key: globex.apiKey, ...change },
});

async function send(url: string, form: Record<string, string>, headers: Record<string, string> = {}) {
  const answer = await fetch(url, { method: 'POST', body: new URLSearchParams(form), headers });
  return { status: answer.status, html: await answer.text(), headers: answer.headers };
}

const kept = () => connectionByName(world.app.context.db, world.app.organizationId, 'payments');

describe('the page of a one-time link', () => {
  test('shows a form that loads nothing and is kept nowhere; looking changes nothing', async () => {
    const url = await link();
    for (let look = 0; look < 3; look += 1) {
      const answer = await open(url);
      expect(answer.status).toBe(200);
      const html = await answer.text();
      expect(html).toContain('<form method="post"');
      expect(html).toContain('Connect a Harness account');
      expect(html).not.toMatch(/<script|src=|href=|\son[a-z]+=/);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
      expect(answer.headers.get('content-security-policy')).toContain("form-action 'self'");
      expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    }
    expect(await kept()).toBeNull();
  });

  test('the key is tried, kept encrypted, and used; the link is good no more', async () => {
    const url = await link();
    const done = await send(url, fields());
    expect([done.status, done.html]).toEqual([200, expect.stringContaining('“payments” is connected')]);
    expect(await kept()).toMatchObject({ account: 'globex', apiKey: expect.stringMatching(/^enc1\./) });
    for (const again of [await send(url, fields({ name: 'other' })), await open(url)])
      expect(again.status).toBe(410);
    await globex.ask('run1');
    await world.press('alice', 'approve');
    await world.settle();
    expect(globex.harness.effects).toHaveLength(1);
    const lines = await world.app.context.db
      .selectFrom('audit_events')
      .selectAll()
      .where('subject_type', '=', 'harness_connection')
      .where('via', '=', 'slack')
      .execute();
    expect(lines.map(({ action }) => action)).toEqual(['link_issued', 'created']);
    expect(lines.every(({ person_id }) => person_id !== null)).toBe(true);
  });

  test('a refusal keeps what was typed but the key, says what is wrong, and leaves the link good', async () => {
    const url = await link();
    const wrong = 'sat.globex.token.mistyped';
    const refused = await send(url, fields({ api_key: wrong, name: 'pay<b>ments' }));
    expect(refused.status).toBe(422);
    expect(refused.html).toContain('value="pay&lt;b&gt;ments"');
    expect(refused.html).toContain('The name must have');
    expect(refused.html).not.toContain('mistyped');
    const tried = await send(url, fields({ api_key: wrong }));
    expect([tried.status, tried.html]).toEqual([422, expect.stringContaining('Token is not valid')]);
    expect(tried.html).toContain(`value="${globex.harness.url}"`);
    expect(tried.html).not.toContain('mistyped');
    expect((await send(url, fields())).status).toBe(200);
  });

  test('ten tries are called for, then one a minute, and another link is no way round', async () => {
    const tries = async (url: string, count: number) => {
      const seen: number[] = [];
      for (let nth = 0; nth < count; nth += 1)
        seen.push((await send(url, fields({ api_key: 'sat.globex.token.guessed' }))).status);
      return seen;
    };
    expect(await tries(await link(), 10)).toEqual(Array.from({ length: 10 }, () => 422));
    const called = globex.harness.requests.length;
    const again = await link();
    expect(await tries(again, 3)).toEqual([429, 429, 429]);
    const refused = await send(again, fields());
    expect([refused.headers.get('retry-after'), refused.html]).toEqual([
      '60',
      expect.stringContaining('Try again in a minute.'),
    ]);
    expect(refused.html).not.toContain(globex.apiKey);
    expect(globex.harness.requests).toHaveLength(called);
    world.clock.advance(60_000);
    expect((await send(again, fields())).status).toBe(200);
  });

  test('two at once: one connection', async () => {
    const url = await link();
    const both = await Promise.all([send(url, fields()), send(url, fields())]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, expect.any(Number)]);
    expect(both.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  test('it ends after ten minutes, and when its owner asks for another', async () => {
    const first = await link();
    const second = await link();
    expect((await send(first, fields())).status).toBe(410);
    expect((await open(second)).status).toBe(200);
    world.clock.advance(10 * 60_000);
    expect((await send(second, fields())).status).toBe(410);
    expect(await kept()).toBeNull();
  });

  test('it is worth what its owner may: an admin no more, nothing is kept', async () => {
    const url = await link();
    const { db } = world.app.context;
    const ada = await personByEmail(db, world.app.organizationId, 'ada@acme.io');
    await inTransaction(db, (trx) => updatePerson(trx, ada!.id, { role: 'member' }, 0));
    expect((await open(url)).status).toBe(403);
    expect((await send(url, fields())).status).toBe(403);
    expect(await kept()).toBeNull();
  });

  test('another site’s page posts here in vain; a guess is slowed down', async () => {
    const url = await link();
    for (const from of ['cross-site', 'same-site', 'none'])
      expect((await send(url, fields(), { 'sec-fetch-site': from })).status).toBe(403);
    expect(await kept()).toBeNull();
    const guess = `${world.url}/connect/harness/csh_${'A'.repeat(43)}`;
    const answers = [];
    for (let nth = 0; nth < 12; nth += 1) answers.push((await open(guess)).status);
    expect(answers[0]).toBe(404);
    expect(answers.at(-1)).toBe(429);
    expect((await send(url, fields(), { 'sec-fetch-site': 'same-origin' })).status).toBe(200);
  });

  test('what is no form, or too long, is refused in words', async () => {
    const url = await link();
    const json = await fetch(url, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    });
    expect(json.status).toBe(415);
    expect(await json.text()).toContain('could not be read');
    expect((await send(url, fields({ name: 'x'.repeat(20_000) }))).status).toBe(413);
  });

  test('a new key for a paused connection lets everything go on', async () => {
    await connect(world, globex, { name: 'payments' });
    await globex.ask('run1');
    globex.harness.removePrincipal(globex.apiKey);
    await world.press('alice', 'approve');
    await world.settle();
    expect((await kept())?.unhealthyBecause).toContain('Token is not valid');
    const apiKey = 'sat.globex.token.the-next-secret';
    globex.harness.addPrincipal({ ...BOT, apiKey });
    const url = await link('payments');
    expect(await (await open(url)).text()).toContain('A new key for “payments”');
    const done = await send(url, fields({ api_key: apiKey }));
    expect([done.status, done.html]).toEqual([200, expect.stringContaining('has its new key')]);
    await world.pass(5_000);
    expect(globex.harness.effects).toHaveLength(1);
    expect((await kept())?.unhealthyBecause).toBeNull();
  });
});

describe('the commands that answer with a link', () => {
  test('a key that is typed after them is refused and not read', async () => {
    const typed = await run(world, connectionAddCommand, 'ada', 'sat.globex.x.y');
    expect(typed).toMatchObject({
      kind: 'wrong',
      sentence: expect.stringContaining('never type a key here'),
    });
    await connect(world, globex, { name: 'payments' });
    expect(await run(world, connectionKeyCommand, 'ada', 'payments sat.globex.x.y')).toMatchObject({
      kind: 'wrong',
    });
  });

  test('the environment’s has its key there; members get none', async () => {
    expect(sentenceOf(await run(world, connectionKeyCommand, 'ada', 'environment'))).toContain(
      'HARNESS_API_KEY',
    );
    expect(sentenceOf(await run(world, connectionAddCommand, 'alice'))).toContain('Only an admin');
  });

  test('the link is in a button alone, never in the words', async () => {
    const answer = await run(world, connectionAddCommand, 'ada');
    const { sections, ...rest } = pageOf(answer);
    expect(JSON.stringify(rest)).not.toContain('csh_');
    expect(JSON.stringify(sections.map(({ items }) => items.map(({ line }) => line)))).not.toContain('csh_');
  });
});
