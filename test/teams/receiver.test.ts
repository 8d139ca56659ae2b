import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALICE, BOB, type Bot, OPS, startBot, withCard } from './bot.ts';

type Json = Record<string, unknown>;

const AT_ONCE = 20;

describe('Teams’ requests', () => {
  it('are POSTs to one path; other routes keep their own parsers', async () => {
    await using bot = await startBot();
    expect((await fetch(`${bot.url}/api/messages`)).status).toBe(404);
    const response = await fetch(`${bot.url}/json`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"a":1}',
    });
    expect(await response.json()).toEqual({ got: { a: 1 } });
  });

  it('that nobody handles are taken: reactions, edits, meetings, other events', async () => {
    await using bot = await startBot();
    const activity = bot.teams.typeActivity(ALICE, 'help');
    for (const type of ['messageReaction', 'messageUpdate', 'messageDelete', 'event', 'typing', 'new'])
      expect([type, (await bot.teams.sendRaw({ activity: { ...activity, type } })).status]).toEqual([
        type,
        200,
      ]);
    await bot.idle();
    expect(bot.commands.ran).toEqual([]);
  });

  it('that want an answer nobody has are not found', async () => {
    await using bot = await startBot();
    const activity = { ...bot.teams.typeActivity(ALICE, ''), type: 'invoke' };
    for (const name of ['composeExtension/query', 'signin/verifyState', 'fileConsent/invoke', undefined])
      expect((await bot.teams.sendRaw({ activity: { ...activity, name } })).status).toBe(404);
  });

  it('are answered before the body is read when nobody proves who sends it', async () => {
    await using bot = await startBot();
    const delivery = await bot.teams.sendRaw({ body: 'x'.repeat(1024 * 1024), authorization: 'Bearer junk' });
    expect(delivery.status === 401 || delivery.failure === 'unreachable').toBe(true);
  });
});

describe('any activity of a proved sender', () => {
  /** Acts of every kind, as Teams sends them. */
  async function samples(bot: Bot): Promise<Json[]> {
    const { at } = await withCard(bot);
    const press = bot.teams.pressActivity(ALICE, { ...at, title: 'Approve' });
    const open = bot.teams.pressActivity(ALICE, { ...at, title: 'Reject' });
    const form = { do: 'submit', form: 'approve', card: 'crd_1', version: 3, comment: 'x', 'input-0': 'now' };
    const save = { do: 'save_workflow', workflow: null, seenAt: null, kept: [1], eventId: '1' };
    const invoke = (name: string, value: unknown) => ({ ...open, name, value });
    return [
      press,
      open,
      invoke('task/submit', { data: form }),
      invoke('task/submit', { data: save }),
      invoke('composeExtension/fetchTask', { commandId: 'answerApproval' }),
      invoke('composeExtension/submitAction', { commandId: 'answerApproval', data: form }),
      bot.teams.typeActivity(ALICE, 'show 14', { conversation: OPS }),
      { ...bot.teams.typeActivity(ALICE, ''), value: form },
      { ...bot.teams.typeActivity(ALICE, ''), type: 'installationUpdate', action: 'add' },
      { ...bot.teams.typeActivity(ALICE, ''), type: 'conversationUpdate', membersAdded: [{ id: '28:x' }] },
    ];
  }

  /** The paths of all values in a value. */
  function pathsOf(value: unknown, path: readonly string[] = []): string[][] {
    const here = [[...path]];
    if (typeof value !== 'object' || value === null) return here;
    return [...here, ...Object.entries(value).flatMap(([key, child]) => pathsOf(child, [...path, key]))];
  }

  function changed(value: unknown, path: readonly string[], to: unknown): unknown {
    const [key, ...rest] = path;
    if (key === undefined) return to;
    const copy: Json = Array.isArray(value) ? ([...value] as unknown as Json) : { ...(value as Json) };
    if (rest.length === 0 && to === undefined) delete copy[key];
    else copy[key] = changed(copy[key], rest, to);
    return copy;
  }

  it('never breaks the bot, and never acts for anybody but the one it names', async () => {
    // So fast that Teams' pace never has to be waited for.
    let at = Date.now();
    await using bot = await startBot({ clock: { now: () => (at += 10_000) } });
    const originals = await samples(bot);
    bot.presses.pressed.length = 0;
    const anything = fc.oneof(
      fc.constant(undefined),
      fc.constant(null),
      fc.string({ maxLength: 30 }),
      fc.integer(),
      fc.boolean(),
      fc.constantFrom<unknown>([], {}, [null], { id: 1 }, '\u0000', 'x'.repeat(5_000), BOB, '29:x'),
      fc.jsonValue({ maxDepth: 2 }),
    );
    const mutation = fc.record({
      sample: fc.nat(originals.length - 1),
      changes: fc.array(fc.record({ at: fc.nat(1_000), to: anything }), { minLength: 1, maxLength: 3 }),
    });
    const send = async ({ sample, changes }: { sample: number; changes: { at: number; to: unknown }[] }) => {
      let activity: unknown = originals[sample];
      for (const { at: nth, to } of changes) {
        const paths = pathsOf(activity).filter((path) => path.length > 0);
        if (paths.length > 0) activity = changed(activity, paths[nth % paths.length]!, to);
      }
      const { status, failure } = await bot.teams.sendRaw({ activity });
      return { activity: activity as Json, status: failure ?? status };
    };
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: AT_ONCE, maxLength: AT_ONCE }), async (mutations) => {
        const before = bot.presses.pressed.length;
        const sent = await Promise.all(mutations.map(send));
        await bot.idle();
        for (const { status } of sent) expect([200, 400, 401, 403, 404]).toContain(status);
        const taken = sent.filter(({ status }) => status === 200);
        const named = taken.map(({ activity }) => (activity.from as Json).aadObjectId);
        for (const { press } of bot.presses.pressed.slice(before)) expect(named).toContain(press.externalId);
      }),
      { numRuns: 1_000 / AT_ONCE, endOnFailure: true },
    );
    expect(bot.log.lines.filter(({ level }) => level === 'error')).toEqual([]);
  }, 120_000);
});
