import { describe, expect, it } from 'vitest';
import { memberOf, wireMember } from '../../src/teams/connector-wire.ts';
import { ALICE, BOB, type Bot, said, startBot, TENANT, withCard } from './bot.ts';

type Json = Record<string, unknown>;

/** Where two people talk without the bot: Teams calls it personal, too. */
const BETWEEN_TWO = {
  conversationType: 'personal',
  tenantId: TENANT,
  id: `19:${ALICE}_${BOB}@unq.gbl.spaces`,
};

async function sent(bot: Bot, activity: Json, more: Json = {}) {
  const delivery = await bot.teams.sendRaw({ activity: { ...activity, ...more } });
  await bot.idle();
  return delivery;
}

describe('a chat between two people', () => {
  it('is nobody’s own chat with the bot: it is not kept, and nothing is decided there by one click', async () => {
    await using bot = await startBot();
    const { at } = await withCard(bot);
    const before = bot.conversations.kept.size;
    const press = bot.teams.pressActivity(ALICE, { ...at, title: 'Approve' });
    expect((await sent(bot, press, { conversation: BETWEEN_TWO })).status).toBe(200);
    expect(bot.presses.acts.map(({ press: { shared } }) => shared)).toEqual([true]);
    const command = {
      action: { type: 'Action.Execute', verb: 'x', data: { do: 'command', command: 'delete 1 now' } },
    };
    const refused = await sent(bot, press, { conversation: BETWEEN_TWO, value: command });
    expect(refused.responseBody).toMatch(/Type the command instead/);
    expect(bot.commands.ran).toEqual([]);
    expect(bot.conversations.kept.size).toBe(before);
    expect([...bot.conversations.kept.values()].map(({ conversationId }) => conversationId)).not.toContain(
      BETWEEN_TWO.id,
    );
  });
});

describe('somebody’s own chat', () => {
  it('is not taken for another’s, whoever an activity there names', async () => {
    await using bot = await startBot();
    await sent(bot, bot.teams.typeActivity(BOB, 'help'));
    const installed = {
      ...bot.teams.typeActivity(BOB, ''),
      type: 'installationUpdate',
      action: 'add',
      from: bot.teams.typeActivity(ALICE, '').from,
    };
    await sent(bot, installed);
    const kept = [...bot.conversations.kept.values()].filter(
      ({ conversationId }) => conversationId === bot.teams.chatOf(BOB),
    );
    expect(kept.map(({ externalId }) => externalId)).toEqual([BOB]);
    expect(bot.teams.messagesOf(BOB).map(said).join()).not.toContain('Welcome');
  });
});

describe('a roster', () => {
  it('R13: vouches for nobody as a member of our tenant whose tenant it does not name', () => {
    const wire = { id: '29:x', aadObjectId: ALICE, name: 'Alice', email: 'alice@example.com' };
    expect(memberOf(wireMember.parse(wire))?.tenantId).toBe('');
    expect(memberOf(wireMember.parse({ ...wire, tenantId: TENANT }))?.tenantId).toBe(TENANT);
  });
});
