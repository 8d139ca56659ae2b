import { describe, expect, it } from 'vitest';
import { text } from '../../src/approval/card.ts';
import type { Page } from '../../src/approval/page.ts';

import type { CardTarget } from '../../src/usecases/ports.ts';
import { waitingCard } from '../slack/samples.ts';
import {
  ALICE,
  BOB,
  CHANNEL,
  GROUP,
  MARIA,
  ORGANIZATION,
  type Outbound,
  startOutbound,
  TENANT,
} from './outbound.ts';

const person = (externalId: string): CardTarget => ({
  ...{ kind: 'person', organizationId: ORGANIZATION, tenant: TENANT, externalId },
});
const channel = (externalId: string): CardTarget => ({ ...person(externalId), kind: 'channel' });
const key = (externalId: string) => ({ organizationId: ORGANIZATION, tenant: TENANT, externalId });
const card = waitingCard();
const shared = (...deciders: string[]) =>
  waitingCard({ actions: deciders.length > 0 ? [{ kind: 'review' }] : [], deciders });

const page: Page = {
  title: 'Not reachable',
  intro: [[text('Bob cannot be reached.')]],
  picture: null,
  sections: [],
  notes: [],
};

async function posted(out: Outbound, target: CardTarget, what = card) {
  const sent = await out.platform.postCard(target, 'crd_1', what);
  if (sent.kind !== 'sent') throw new Error(JSON.stringify(sent));
  return { ...sent.ref, organizationId: ORGANIZATION };
}

function cardAt(out: Outbound, at: { channel: string; message: string }) {
  return out.teams.message(at.channel, at.message)!.card!;
}

function refreshers(out: Outbound, at: { channel: string; message: string }): unknown {
  const { refresh } = cardAt(out, at) as { refresh?: { userIds: string[] } };
  return refresh?.userIds ?? [];
}

const callsOf = (out: Outbound, method: string) => out.teams.calls.filter((call) => call.method === method);

describe('a person’s card', () => {
  it('opens their conversation once, asks them to refresh it, and is edited in place', async () => {
    await using out = await startOutbound();
    const at = await posted(out, person(ALICE));
    expect(at).toMatchObject({ tenant: TENANT, channel: out.teams.chatOf(ALICE) });
    const { mri } = out.teams.person(ALICE);
    expect(refreshers(out, at)).toEqual([mri]);
    expect(out.teams.message(at.channel, at.message)!.summary).toContain('Deploy to production');
    expect(await out.conversations.find(key(ALICE))).toMatchObject({
      scope: 'personal',
      mri,
      state: 'active',
    });
    const done = waitingCard({ tone: 'approved', title: 'Approved', actions: [] });
    expect(await out.platform.updateCard(at, 'crd_1', done)).toEqual({ kind: 'sent' });
    expect(JSON.stringify(cardAt(out, at))).toContain('Approved');
    expect(refreshers(out, at)).toEqual([mri]);
    await posted(out, person(ALICE));
    expect(callsOf(out, 'conversations.create')).toHaveLength(1);
    expect(callsOf(out, 'members.get')).toHaveLength(1);
  });

  it('goes out without a refresh where the roster cannot be asked', async () => {
    await using out = await startOutbound();
    out.teams.addFault({ method: 'members', status: 502 });
    expect(refreshers(out, await posted(out, person(ALICE)))).toEqual([]);
  });

  it('waits for its turn at the roster: without a refresh a lost copy would never heal', async () => {
    await using out = await startOutbound();
    out.teams.addFault({ method: 'members', status: 429, retryAfter: 3 });
    const sent = await out.platform.postCard(person(ALICE), 'crd_1', card);
    expect(sent).toMatchObject({ kind: 'throttled', retryAfterMs: 3_000 });
    expect(callsOf(out, 'activities.post')).toHaveLength(0);
    out.clock.advance(3_000);
    expect(refreshers(out, await posted(out, person(ALICE)))).toHaveLength(1);
  });

  it('goes where the person wrote from last, if Teams moved them', async () => {
    await using out = await startOutbound({ serviceUrl: 'http://127.0.0.1:9/' });
    const conversationId = out.teams.chatOf(ALICE);
    const known = { ...key(ALICE), scope: 'personal', conversationId, mri: null, state: 'active' } as const;
    await out.conversations.note({ ...known, serviceUrl: out.teams.serviceUrl });
    expect(await out.platform.postCard(person(ALICE), 'crd_1', card)).toMatchObject({ kind: 'sent' });
  });

  it('is posted into a new conversation where the old one is gone', async () => {
    await using out = await startOutbound();
    const { serviceUrl } = out.teams;
    const old = { ...key(ALICE), scope: 'personal', conversationId: 'a:long-gone', mri: null } as const;
    await out.conversations.note({ ...old, serviceUrl, state: 'active' });
    const at = await posted(out, person(ALICE));
    expect(at.channel).toBe(out.teams.chatOf(ALICE));
    expect(await out.conversations.find(key(ALICE))).toMatchObject({ conversationId: at.channel });
  });

  it('whose answer was lost is unknown, looked for in vain, and never sent twice by one call', async () => {
    await using out = await startOutbound();
    out.teams.addFault({ method: 'activities.post', connection: 'reset', when: 'after' });
    expect(await out.platform.postCard(person(ALICE), 'crd_1', card)).toMatchObject({ kind: 'unknown' });
    expect(out.teams.messagesOf(ALICE)).toHaveLength(1);
    expect(await out.platform.findCard(person(ALICE), 'crd_1', 0)).toEqual({ kind: 'sent', ref: null });
    // The orphan heals itself when it is looked at.
    const [orphan] = out.teams.messagesOf(ALICE);
    expect(refreshers(out, { channel: out.teams.chatOf(ALICE), message: orphan!.id })).toHaveLength(1);
  });

  it('says plainly whom Teams cannot reach, and is brought again as soon as they can be', async () => {
    await using out = await startOutbound();
    out.teams.addPerson({ aadObjectId: 'without-app', name: 'Nora', installed: false });
    const post = (id: string) => out.platform.postCard(person(id), 'crd_1', card);
    expect(await post('without-app')).toEqual({
      kind: 'unreachable',
      why: expect.stringContaining('install the Countersign app'),
    });
    expect(await post('nobody-at-all')).toMatchObject({ kind: 'unreachable' });
    const at = await posted(out, person(ALICE));
    out.teams.block(ALICE);
    expect(await post(ALICE)).toEqual({
      kind: 'unreachable',
      why: 'This person has blocked the bot in Teams.',
    });
    expect(await out.conversations.find(key(ALICE))).toMatchObject({ state: 'blocked' });
    expect(await out.platform.updateCard(at, 'crd_1', card)).toMatchObject({ kind: 'unreachable' });
    out.teams.block(ALICE, false);
    expect(await post(ALICE)).toMatchObject({ kind: 'sent' });
    expect(await out.conversations.find(key(ALICE))).toMatchObject({ state: 'active' });
    await out.teams.uninstall(ALICE, { silently: true });
    expect(await post(ALICE)).toMatchObject({
      kind: 'unreachable',
      why: expect.stringContaining('not installed'),
    });
    expect(await out.conversations.find(key(ALICE))).toMatchObject({ state: 'removed' });
    await out.teams.install(ALICE, { silently: true });
    out.clock.advance(1000);
    expect(await post(ALICE)).toMatchObject({ kind: 'sent' });
  });

  it('that was deleted is gone', async () => {
    await using out = await startOutbound();
    const at = await posted(out, person(ALICE));
    await out.connector.delete(out.place(at.channel), at.message);
    expect(await out.platform.updateCard(at, 'crd_1', card)).toEqual({ kind: 'gone' });
  });

  it('of another organization or tenant is not brought', async () => {
    await using out = await startOutbound();
    for (const foreign of [{ organizationId: 2 }, { tenant: 'another-tenant' }])
      expect(await out.platform.postCard({ ...person(ALICE), ...foreign }, 'crd_1', card)).toMatchObject({
        kind: 'unreachable',
        why: expect.stringContaining('not connected'),
      });
    expect(out.teams.calls).toEqual([]);
    expect(await out.platform.postCard({ ...person(ALICE), tenant: '' }, 'crd_1', card)).toMatchObject({
      kind: 'sent',
      ref: { tenant: TENANT },
    });
  });
});

describe('a card that many read', () => {
  it('is refreshed for those who may decide, each looked up once', async () => {
    await using out = await startOutbound();
    await posted(out, person(ALICE));
    const mris = [ALICE, BOB].map((id) => out.teams.person(id).mri);
    const at = await posted(out, channel(CHANNEL), shared(ALICE, BOB));
    expect(at.channel).toBe(CHANNEL);
    expect(refreshers(out, at)).toEqual(mris);
    // Alice's id was known from her own chat.
    expect(callsOf(out, 'members.get').filter(({ conversation }) => conversation === CHANNEL)).toHaveLength(
      1,
    );
    await out.platform.updateCard(at, 'crd_1', shared(BOB));
    expect(refreshers(out, at)).toEqual([out.teams.person(BOB).mri]);
    await out.platform.updateCard(at, 'crd_1', shared());
    expect(refreshers(out, at)).toEqual([]);
    expect(callsOf(out, 'members.get').filter(({ conversation }) => conversation === CHANNEL)).toHaveLength(
      1,
    );
  });

  it('leaves out who is not in the channel, and asks again only later', async () => {
    await using out = await startOutbound();
    const looked = () => callsOf(out, 'members.get').length;
    const at = await posted(out, channel(CHANNEL), shared('somebody-else', ALICE));
    expect(refreshers(out, at)).toEqual([out.teams.person(ALICE).mri]);
    expect(looked()).toBe(2);
    await out.platform.updateCard(at, 'crd_1', shared('somebody-else', ALICE));
    expect(looked()).toBe(2);
    out.clock.advance(10 * 60_000);
    await out.platform.updateCard(at, 'crd_1', shared('somebody-else', ALICE));
    expect(looked()).toBe(3);
  });

  it('is refreshed for sixty people at most', async () => {
    await using out = await startOutbound();
    const many = Array.from({ length: 70 }, (_, n) => `decider-${n}`);
    for (const [n, aadObjectId] of many.entries()) {
      out.teams.addPerson({ aadObjectId, name: `Decider ${n}` });
      const { mri } = out.teams.person(aadObjectId);
      const conversationId = out.teams.chatOf(aadObjectId);
      const { serviceUrl } = out.teams;
      const scope = 'personal' as const;
      await out.conversations.note({
        ...key(aadObjectId),
        scope,
        conversationId,
        serviceUrl,
        mri,
        state: 'active',
      });
    }
    const at = await posted(out, channel(CHANNEL), shared(...many));
    expect(refreshers(out, at)).toEqual(many.slice(0, 60).map((id) => out.teams.person(id).mri));
  });

  it('goes out all the same where the roster is silent', async () => {
    await using out = await startOutbound();
    out.teams.addFault({ method: 'members', status: 503, times: Number.POSITIVE_INFINITY });
    const at = await posted(out, channel(CHANNEL), shared(ALICE, BOB));
    expect(refreshers(out, at)).toEqual([]);
    expect(callsOf(out, 'members.get')).toHaveLength(1);
  });

  it('is told about in its own thread in a channel, and below it in a group chat', async () => {
    await using out = await startOutbound();
    const line = [text('Alice approved. *not bold* <b>'), { kind: 'channel', externalId: 'x' } as const];
    const inChannel = await posted(out, channel(CHANNEL), shared(ALICE));
    const told = await out.platform.postReply(inChannel, 'crd_1.1', line);
    expect(told).toEqual({ kind: 'sent', message: expect.any(String) });
    expect(out.teams.threadOf(CHANNEL, inChannel.message)).toMatchObject([
      { textFormat: 'plain', text: expect.stringContaining('Alice approved.') },
    ]);
    const inGroup = await posted(out, channel(GROUP), shared(ALICE));
    expect(await out.platform.postReply(inGroup, 'crd_1.2', line)).toMatchObject({ kind: 'sent' });
    expect(out.teams.messagesOf(GROUP)).toHaveLength(2);
    expect(await out.platform.findReply(inChannel, 'crd_1.1', 0)).toEqual({
      kind: 'sent',
      message: null,
      looked: false,
    });
    await out.connector.delete(out.place(CHANNEL), inChannel.message);
    expect(await out.platform.postReply(inChannel, 'crd_1.3', line)).toEqual({ kind: 'gone' });
  });

  it('says why it cannot be brought', async () => {
    await using out = await startOutbound();
    expect(await out.platform.postCard(channel('19:nowhere@thread.tacv2'), 'crd_1', shared())).toMatchObject({
      kind: 'unreachable',
      why: expect.stringContaining('add the app there'),
    });
    await out.teams.removeBot(GROUP, ALICE, { silently: true });
    expect(await out.platform.postCard(channel(GROUP), 'crd_1', shared())).toMatchObject({
      kind: 'unreachable',
      why: expect.stringContaining('not installed there'),
    });
  });
});

describe('the rest', () => {
  it('a notice is a message to one person; a Home is drawn nowhere', async () => {
    await using out = await startOutbound();
    expect(await out.platform.postNotice(key(MARIA), 'ntc_1', page)).toMatchObject({ kind: 'sent' });
    expect(out.teams.messagesOf(MARIA)).toMatchObject([{ summary: 'Not reachable: Bob cannot be reached.' }]);
    expect(await out.platform.findNotice(key(MARIA), 'ntc_1', 0)).toEqual({ kind: 'sent', found: false });
    const calls = out.teams.calls.length;
    expect(await out.platform.publishHome(key(MARIA), page)).toEqual({ kind: 'sent' });
    expect(out.teams.calls).toHaveLength(calls);
  });

  it('what an edit has to wait is known before it is drawn', async () => {
    await using out = await startOutbound();
    const at = await posted(out, person(ALICE));
    for (const _each of [1, 2, 3, 4]) await out.platform.updateCard(at, 'crd_1', card);
    expect(await out.platform.updateWait(at)).toBe(1000);
    expect(await out.platform.updateCard(at, 'crd_1', card)).toEqual({
      kind: 'throttled',
      retryAfterMs: 1000,
    });
    out.clock.advance(1000);
    expect(await out.platform.updateWait(at)).toBe(0);
  });

  it('its health is in plain words', async () => {
    await using out = await startOutbound();
    expect(await out.platform.checkHealth()).toEqual({ ok: true });
    expect(await out.platform.checkHealth(ORGANIZATION)).toEqual({ ok: true });
    expect(await out.platform.checkHealth(2)).toMatchObject({ ok: false });
    out.teams.graphConsent = false;
    expect(await out.platform.checkHealth()).toEqual({
      ok: false,
      detail: expect.stringMatching(/User\.Read\.All.+admin consent/),
    });
    await using wrong = await startOutbound({ credential: { kind: 'secret', secret: 'wrong' } });
    expect(await wrong.platform.checkHealth()).toEqual({
      ok: false,
      detail: expect.stringContaining('check MicrosoftAppPassword'),
    });
    await using gone = await startOutbound({
      serviceUrl: 'http://127.0.0.1:9/',
      serviceHosts: ['127.0.0.1:9'],
    });
    expect(await gone.platform.checkHealth()).toMatchObject({
      ok: false,
      detail: expect.stringContaining('could not be reached'),
    });
  });
});
