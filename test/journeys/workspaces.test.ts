import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SlackTeamDouble } from '../../src/demo/doubles/slack/handle.ts';
import type { StoredMessage } from '../../src/demo/doubles/slack/shown.ts';
import { requestById } from '../../src/store/approval-requests.ts';
import { auditOf } from '../../src/store/audit.ts';
import { cardsOf } from '../../src/store/cards.ts';
import { inTransaction, openDatabase } from '../../src/store/database.ts';
import { identitiesOf, pinIdentity } from '../../src/store/identities.ts';
import { personByEmail } from '../../src/store/people.ts';
import { installationOf } from '../../src/store/slack-installations.ts';
import { createCardPresses } from '../../src/usecases/deciding/answer-press.ts';
import { install, startInstalled, type TwoWorlds } from '../helpers/installs.ts';
import { ACME, until, wordsOf } from '../helpers/world.ts';

/** As ACME, with Gus of the other workspace beside Alice. */
const WITH_GUS = ACME.replace(
  'approvers: [alice@acme.io, bob@acme.io], subscribers',
  'approvers: [alice@acme.io, gus@acme.io], subscribers',
).replace('people:', 'people:\n  - { email: gus@acme.io, name: Gus }');

const PATIENCE = { timeout: 10_000, interval: 10 };

let worlds: TwoWorlds;
beforeEach(async () => {
  worlds = await startInstalled();
  await worlds.load(WITH_GUS);
});
afterEach(() => worlds.close());

const cardsIn = (team: SlackTeamDouble, userId: string): StoredMessage[] =>
  team.messagesOf(userId).filter((message) => message.visibleTo === undefined);
const newest = (team: SlackTeamDouble, userId: string) => cardsIn(team, userId).at(-1)!;
const at = (message: StoredMessage, actionId = 'approve') => ({
  channel: message.channel,
  ts: message.ts,
  actionId,
});
const isAuthTest = ({ method, answered }: { method: string; answered?: unknown }) =>
  method === 'auth.test' && answered !== undefined;
const status = async (id: string) => (await requestById(worlds.app.context.db, id))!.status;
const acmeTeam = () => worlds.slack.team('T0ACME');
const told = (team: SlackTeamDouble, userId: string) =>
  until(worlds.slack, () => team.messagesOf(userId).findLast((one) => one.visibleTo === userId)?.text);
/** The value of a card's first button: what a forger has to know. */
const buttonValue = (message: StoredMessage): string =>
  /"action_id":"approve"[^}]*?"value":"([^"]+)"/.exec(JSON.stringify(message.blocks))?.[1] ??
  /"value":"([^"]+)"/.exec(JSON.stringify(message.blocks))![1]!;

describe('one organization with two workspaces', () => {
  test('asks everybody where they are, and takes the decision from either', async () => {
    const id = await worlds.ask('deploy-to-production', 'run1');
    expect(cardsIn(acmeTeam(), 'U0ALICE')).toHaveLength(1);
    expect(cardsIn(worlds.labs, 'U0GUS')).toHaveLength(1);
    await worlds.labs.click('U0GUS', at(newest(worlds.labs, 'U0GUS')));
    await worlds.settle();
    await worlds.pass(5_000);
    expect(await status(id)).toBe('APPROVED');
    expect(wordsOf(newest(acmeTeam(), 'U0ALICE').blocks).join(' ')).toMatch(/approved/i);
  });

  test('calls each workspace with its own token', async () => {
    await worlds.ask('deploy-to-production', 'run1');
    for (const [teamId, userId] of [
      ['T0ACME', 'U0ALICE'],
      ['T0LABS', 'U0GUS'],
    ] as const) {
      const team = worlds.slack.team(teamId);
      const posts = team.calls.filter(({ method }) => method === 'chat.postMessage');
      expect(posts.some(({ args }) => args.channel === team.dmOf(userId))).toBe(true);
    }
    expect(worlds.betaTeam.calls.filter(({ method }) => method === 'chat.postMessage')).toEqual([]);
  });

  test('asks two people who have the same user id there', async () => {
    worlds.labs.addUser({ id: 'U0BOB', name: 'lou', realName: 'Lou', email: 'lou@acme.io' });
    await worlds.load(
      WITH_GUS.replace(
        'requirement: any, approvers: [alice@acme.io, gus@acme.io]',
        'requirement: all, approvers: [bob@acme.io, lou@acme.io]',
      ).replace('people:', 'people:\n  - { email: lou@acme.io, name: Lou }'),
    );
    const id = await worlds.ask('deploy-to-production', 'run1');
    await acmeTeam().click('U0BOB', at(newest(acmeTeam(), 'U0BOB')));
    await worlds.settle();
    expect(await status(id)).toBe('WAITING');
    await worlds.labs.click('U0BOB', at(newest(worlds.labs, 'U0BOB')));
    await worlds.settle();
    expect(await status(id)).toBe('APPROVED');
  });

  test('whoever has accounts in several is asked where the bot is installed', async () => {
    const { db, clock } = worlds.app.context;
    const gus = (await personByEmail(db, worlds.acme, 'gus@acme.io'))!;
    await inTransaction(db, async (trx) => {
      for (const [tenant, externalId] of [
        ['T0GONE', 'U0GUSGONE'],
        ['T0LABS', 'U0GUS'],
        ['T0ZZZ', 'U0GUSZZZ'],
      ] as const)
        await pinIdentity(
          trx,
          worlds.acme,
          gus.id,
          { platform: 'slack', tenant, externalId, standing: 'member' },
          clock.now(),
        );
    });
    expect((await identitiesOf(db, [gus.id], 'slack')).get(gus.id)).toMatchObject({ tenant: 'T0LABS' });
  });
});

describe('another organization', () => {
  test('the same user id in two workspaces is two people', async () => {
    const acme = await worlds.ask('deploy-to-production', 'run1');
    const beta = await worlds.askBeta('run2');
    expect(cardsIn(acmeTeam(), 'U0ALICE')).toHaveLength(1);
    expect(cardsIn(worlds.betaTeam, 'U0ALICE')).toHaveLength(1);
    await worlds.betaTeam.click('U0ALICE', at(newest(worlds.betaTeam, 'U0ALICE')));
    await worlds.settle();
    expect([await status(acme), await status(beta)]).toEqual(['WAITING', 'APPROVED']);
  });

  test('a click with a card of another organization learns and changes nothing', async () => {
    const acme = await worlds.ask('deploy-to-production', 'run1');
    await worlds.askBeta('run2');
    const value = buttonValue(newest(acmeTeam(), 'U0ALICE'));
    // Zed has Alice's very id, in Beta's workspace.
    for (const actionId of [
      'approve',
      'approve_with_comment',
      'reject',
      'supply_inputs',
      'retry_submission',
    ]) {
      const card = newest(worlds.betaTeam, 'U0ALICE');
      const { ackStatus } = await worlds.betaTeam.click('U0ALICE', {
        ...at(card, actionId),
        value,
        forge: true,
      });
      expect(ackStatus).toBe(200);
    }
    expect(await told(worlds.betaTeam, 'U0ALICE')).toBe(
      'This request does not exist, or it is not yours to see.',
    );
    await worlds.settle();
    expect(await status(acme)).toBe('WAITING');
    const lines = await auditOf(worlds.app.context.db, 'approval_request', acme, 50);
    expect(lines.filter(({ action }) => action === 'refused')).toEqual([]);
    expect(worlds.betaTeam.openViewOf('U0ALICE')).toBeUndefined();
    const seen = JSON.stringify(worlds.betaTeam.messagesOf('U0ALICE'));
    expect(seen).not.toMatch(/Deploy to production|run1|Acme/);
  });

  test('a form of another organization’s card learns and changes nothing', async () => {
    const acme = await worlds.ask('deploy-to-production', 'run1');
    await worlds.askBeta('run2');
    const card = newest(acmeTeam(), 'U0ALICE');
    await acmeTeam().click('U0ALICE', at(card, 'reject'));
    const form = await until(worlds.slack, () => acmeTeam().openViewOf('U0ALICE'));
    await worlds.betaTeam.click('U0ALICE', at(newest(worlds.betaTeam, 'U0ALICE'), 'reject'));
    const own = await until(worlds.slack, () => worlds.betaTeam.openViewOf('U0ALICE'));
    own.privateMetadata = form.privateMetadata;
    const { viewAfter, ackStatus } = await worlds.betaTeam.submitView('U0ALICE', own.id, {
      comment: 'mine now',
    });
    expect(ackStatus).toBe(200);
    expect(JSON.stringify(viewAfter?.blocks)).not.toMatch(/Deploy to production/);
    await worlds.settle();
    expect(await status(acme)).toBe('WAITING');
  });

  test('an account pinned in both is somebody in each: the workspace says which', async () => {
    // Zed shares a channel with Acme, where his account was pinned as somebody of Acme's.
    const { db, clock } = worlds.app.context;
    const acme = await worlds.ask('deploy-to-production', 'run1');
    const carol = (await personByEmail(db, worlds.acme, 'carol@acme.io'))!;
    const account = { platform: 'slack', tenant: 'T0BETA', externalId: 'U0ALICE' } as const;
    await inTransaction(db, (trx) =>
      pinIdentity(trx, worlds.acme, carol.id, { ...account, standing: 'stranger' }, clock.now()),
    );
    const beta = await worlds.askBeta('run2');
    const [card] = await cardsOf(db, acme);
    const press = { ...account, organizationId: worlds.beta, cardId: card!.id, contentVersion: 1, ref: null };
    await createCardPresses(worlds.app.context).approve(press);
    expect(await status(acme)).toBe('WAITING');
    await worlds.betaTeam.click('U0ALICE', at(newest(worlds.betaTeam, 'U0ALICE')));
    await worlds.settle();
    expect(await status(beta)).toBe('APPROVED');
  });

  test('what one workspace says of a guest does not touch the people of the guest’s own', async () => {
    const acme = await worlds.ask('deploy-to-production', 'run1');
    const user = { id: 'U0ALICE', team_id: 'T0ACME', deleted: true, is_stranger: true };
    await worlds.betaTeam.sendEvent({ type: 'user_change', user });
    // Nor does Acme's other workspace, which sees her as a stranger.
    await worlds.labs.sendEvent({ type: 'user_change', user: { ...user, deleted: false } });
    await worlds.settle();
    await acmeTeam().click('U0ALICE', at(newest(acmeTeam(), 'U0ALICE')));
    await worlds.settle();
    expect(await status(acme)).toBe('APPROVED');
  });

  test('the health of one says nothing of the other', async () => {
    const platform = worlds.app.context.platforms.get('slack')!;
    await worlds.slack.uninstall('T0BETA', { silently: true });
    expect(await platform.checkHealth(worlds.acme)).toEqual({ ok: true });
    const beta = await platform.checkHealth(worlds.beta);
    expect(beta).toMatchObject({ ok: false, detail: expect.stringContaining('T0BETA') });
  });
});

describe('a workspace that removes the app', () => {
  const stored = (teamId: string) => installationOf(worlds.app.context.db, teamId);

  test('has its tokens wiped; admins elsewhere see whom they cannot reach; presses are refused', async () => {
    const id = await worlds.ask('deploy-to-production', 'run1');
    const card = newest(worlds.labs, 'U0GUS');
    const click = worlds.labs.clickPayload('U0GUS', at(card));
    await worlds.slack.uninstall('T0LABS');
    await worlds.settle();
    await worlds.pass(5_000);
    expect(await stored('T0LABS')).toMatchObject({ state: 'removed', botToken: null, refreshToken: null });
    const lines = await auditOf(worlds.app.context.db, 'slack_workspace', 'T0LABS', 10);
    expect(lines.map(({ action }) => action)).toEqual(['installed', 'uninstalled']);
    const words = wordsOf(newest(acmeTeam(), 'U0ADA').blocks).join(' ');
    expect(words).toContain('Gus');
    expect(words).toContain('not installed in this Slack workspace any more');
    await worlds.labs.sendRaw({ payload: click });
    await worlds.settle();
    expect(await status(id)).toBe('WAITING');
    await acmeTeam().click('U0ALICE', at(newest(acmeTeam(), 'U0ALICE')));
    await worlds.settle();
    expect(await status(id)).toBe('APPROVED');
  });

  test('and installs it again gets its open cards again', async () => {
    await worlds.ask('deploy-to-production', 'run1');
    await worlds.slack.uninstall('T0LABS');
    await worlds.settle();
    // Longer than what is known of an account is believed: that nobody can be asked is no word against Gus.
    await worlds.pass(15 * 60_000);
    const id = await worlds.ask('deploy-to-production', 'run2');
    await worlds.pass(5_000);
    expect(cardsIn(worlds.labs, 'U0GUS')).toHaveLength(1);
    expect(await install(worlds, worlds.acme, { teamId: 'T0LABS', userId: 'U0GUS' })).toMatchObject({
      status: 200,
    });
    await worlds.settle();
    expect(cardsIn(worlds.labs, 'U0GUS')).toHaveLength(2);
    await worlds.labs.click('U0GUS', at(newest(worlds.labs, 'U0GUS')));
    await worlds.settle();
    expect(await status(id)).toBe('APPROVED');
  });

  test('R21: and installs it again: cards of what was decided meanwhile tell the truth again', async () => {
    const id = await worlds.ask('deploy-to-production', 'run1');
    await worlds.slack.uninstall('T0LABS');
    await worlds.settle();
    await worlds.pass(5_000);
    await acmeTeam().click('U0ALICE', at(newest(acmeTeam(), 'U0ALICE')));
    await worlds.pass(10_000);
    expect(await status(id)).toBe('APPROVED');
    expect(await install(worlds, worlds.acme, { teamId: 'T0LABS', userId: 'U0GUS' })).toMatchObject({
      status: 200,
    });
    await worlds.settle();
    const card = newest(worlds.labs, 'U0GUS');
    expect(wordsOf(card.blocks).join(' ')).toContain('Approved');
    expect(JSON.stringify(card.blocks)).not.toContain('"approve"');
  });

  test('is believed only when Slack no longer takes the token: an old event ends nothing new', async () => {
    await worlds.labs.sendEvent({ type: 'app_uninstalled' });
    await worlds.settle();
    expect(await stored('T0LABS')).toMatchObject({ state: 'active' });
  });

  test.each([
    ['silence', { connection: 'reset' }],
    ['an error of its own', { status: 503 }],
    ['a word to wait', { status: 429, retryAfter: 1 }],
  ] as const)('%s of Slack, asked whether that is so, ends nothing that works', async (_, fault) => {
    worlds.slack.addFault({ method: 'auth.test', times: 1, ...fault });
    await worlds.labs.sendEvent({ type: 'app_uninstalled' });
    await worlds.settle();
    await expect.poll(() => worlds.labs.calls.some(isAuthTest), PATIENCE).toBe(true);
    await worlds.app.stop(2_000);
    const db = openDatabase(worlds.config.databaseUrl);
    expect(await installationOf(db, 'T0LABS')).toMatchObject({ state: 'active' });
    await db.destroy();
  });

  test('tokens of people who authorized the app are not the bot’s', async () => {
    worlds.slack.addFault({
      method: 'auth.test',
      slackError: 'token_revoked',
      times: Number.POSITIVE_INFINITY,
    });
    await worlds.labs.sendEvent({ type: 'tokens_revoked', tokens: { oauth: ['U0GUS'], bot: [] } });
    await worlds.settle();
    expect(await stored('T0LABS')).toMatchObject({ state: 'active' });
    await worlds.labs.sendEvent({ type: 'tokens_revoked', tokens: { bot: [worlds.labs.botUserId] } });
    await until(worlds.slack, () =>
      worlds.labs.calls.find((call) => call.method === 'auth.test' && call.answered) ? true : undefined,
    );
    await expect.poll(async () => (await stored('T0LABS'))?.state, PATIENCE).toBe('removed');
  });

  test('that is not known is ignored, and so is what nobody signed', async () => {
    const stranger = worlds.slack.addTeam({ teamId: 'T0OTHER' });
    expect(await stranger.sendEvent({ type: 'app_uninstalled' })).toMatchObject({ ackStatus: 200 });
    const json = { type: 'event_callback', team_id: 'T0LABS', event: { type: 'app_uninstalled' } };
    expect(await worlds.labs.sendRaw({ json, secret: 'guess' })).toMatchObject({ status: 401 });
    await worlds.settle();
    expect(await stored('T0LABS')).toMatchObject({ state: 'active' });
  });
});
