import { describe, expect, it } from 'vitest';
import { createTeamsDirectory } from '../../src/teams/directory.ts';
import { ALICE, BOB, MARIA, ORGANIZATION, type Outbound, startOutbound, TENANT } from './outbound.ts';

const account = (externalId: string, tenant: string | null = TENANT) => ({
  organizationId: ORGANIZATION,
  tenant,
  externalId,
});
const alice = {
  tenant: TENANT,
  externalId: ALICE,
  name: 'Alice Amsel',
  email: 'alice@acme.io',
  standing: 'member',
};
const found = (change: object = {}) => ({ kind: 'found', value: { ...alice, ...change } });
const byEmail = (out: Outbound, email: string) => out.directory.findByEmail(ORGANIZATION, email);

describe('somebody', () => {
  it('is found by mail or sign-in name, in any case, and by object id', async () => {
    await using out = await startOutbound();
    out.teams.updatePerson(BOB, { email: null, userPrincipalName: 'Bob.Bell@acme.io' });
    expect(await byEmail(out, ' ALICE@acme.io ')).toEqual(found());
    expect(await byEmail(out, 'bob.bell@acme.io')).toMatchObject(
      found({ externalId: BOB, name: 'Bob Bell', email: 'bob.bell@acme.io' }),
    );
    expect(await out.directory.lookUp(account(ALICE))).toEqual(found());
    expect(await out.directory.lookUp(account(ALICE, null))).toEqual(found());
    expect(await byEmail(out, 'nobody@acme.io')).toEqual({ kind: 'missing' });
    expect(await out.directory.lookUp(account('nobody'))).toEqual({ kind: 'missing' });
  });

  it.each(["o'brien@acme.io", "x' or mail eq 'bob@acme.io", '%@acme.io'])(
    'no address is more than an address: %s',
    async (email) => {
      await using out = await startOutbound();
      out.teams.addPerson({ aadObjectId: 'obrien', name: 'Pat O’Brien', email: "o'brien@acme.io" });
      const answer = await byEmail(out, email);
      if (email.startsWith("o'"))
        expect(answer).toMatchObject({ kind: 'found', value: { externalId: 'obrien' } });
      else expect(answer).toEqual({ kind: 'missing' });
    },
  );

  it('R17: of two accounts with one address neither is taken', async () => {
    await using out = await startOutbound();
    out.teams.addPerson({
      aadObjectId: 'second',
      name: 'Alice Two',
      email: 'x@acme.io',
      userPrincipalName: 'alice@acme.io',
    });
    expect(await byEmail(out, 'alice@acme.io')).toEqual({
      kind: 'refused',
      detail: expect.stringContaining('Several accounts in Entra have the address alice@acme.io'),
    });
  });

  it('R13: is what Entra says: guest, turned off, or gone', async () => {
    await using out = await startOutbound();
    out.teams.updatePerson(BOB, { enabled: false });
    out.teams.addPerson({
      ...{ aadObjectId: 'guest', name: 'Gast', email: 'gast@partner.io', isGuest: true },
      userPrincipalName: 'gast_partner.io#EXT#@acme.onmicrosoft.com',
    });
    out.teams.addPerson({
      ...{ aadObjectId: 'no-mail', name: 'Ohne', email: null, isGuest: true },
      userPrincipalName: 'ohne_partner.io#EXT#@acme.onmicrosoft.com',
    });
    expect(await out.directory.lookUp(account(BOB))).toMatchObject({ value: { standing: 'deactivated' } });
    expect(await out.directory.lookUp(account('guest'))).toMatchObject({
      value: { standing: 'guest', email: 'gast@partner.io' },
    });
    expect(await out.directory.lookUp(account('no-mail'))).toMatchObject({
      value: { standing: 'guest', email: null },
    });
  });

  it('of another organization or tenant is not asked about', async () => {
    await using out = await startOutbound();
    const none = { kind: 'not_connected' };
    expect(await out.directory.findByEmail(2, 'alice@acme.io')).toEqual(none);
    expect(await out.directory.lookUp(account(ALICE, 'T0SLACK'))).toEqual(none);
    expect(await out.directory.managerOf({ ...account(ALICE), organizationId: 2 })).toEqual(none);
    expect(out.teams.calls).toEqual([]);
  });

  it.each(['..', '', 'a/b', '../users'])('no id leads to another address: %j', async (id) => {
    await using out = await startOutbound();
    expect(await out.directory.lookUp(account(id))).toEqual({ kind: 'missing' });
    for (const { request } of out.teams.calls)
      expect(request).toMatch(/^(POST .*\/token|GET .*\/v1\.0\/users\/[^/]+\?)/);
  });
});

describe('a manager', () => {
  it('is who Entra names, none is a normal state', async () => {
    await using out = await startOutbound();
    expect(await out.directory.managerOf(account(ALICE))).toMatchObject({
      kind: 'found',
      value: { externalId: MARIA, email: 'maria@acme.io' },
    });
    expect(await out.directory.managerOf(account(MARIA))).toEqual({ kind: 'missing' });
  });

  it('cannot be read without consent, and the remedy is said', async () => {
    await using out = await startOutbound();
    out.teams.addFault({ method: 'graph.manager', status: 403, code: 'Authorization_RequestDenied' });
    expect(await out.directory.managerOf(account(ALICE))).toEqual({
      kind: 'refused',
      detail: expect.stringMatching(/User\.Read\.All.+admin consent/),
    });
  });
});

describe('Graph', () => {
  it('that does not answer is asked again later', async () => {
    await using out = await startOutbound({ timeoutMs: 1500 });
    for (const fault of [{ status: 503 }, { connection: 'reset' }, { connection: 'hang' }] as const) {
      out.teams.addFault({ method: 'graph', ...fault });
      expect(await byEmail(out, 'alice@acme.io')).toMatchObject({
        kind: 'unavailable',
        retryAfterMs: 15_000,
      });
      expect(await byEmail(out, 'alice@acme.io')).toEqual(found());
    }
  });

  it('that asks to wait is not asked until then', async () => {
    await using out = await startOutbound();
    out.teams.addFault({ method: 'graph', status: 429, retryAfter: 40 });
    await byEmail(out, 'alice@acme.io');
    const asked = out.teams.calls.length;
    out.clock.advance(39_000);
    expect(await byEmail(out, 'alice@acme.io')).toMatchObject({ kind: 'unavailable', retryAfterMs: 1000 });
    expect(out.teams.calls).toHaveLength(asked);
    out.clock.advance(1000);
    expect(await byEmail(out, 'alice@acme.io')).toEqual(found());
  });

  it('that takes the token no more gets another', async () => {
    await using out = await startOutbound();
    await byEmail(out, 'alice@acme.io');
    out.teams.revokeTokens();
    expect(await byEmail(out, 'alice@acme.io')).toMatchObject({ kind: 'unavailable', retryAfterMs: 1000 });
    expect(await byEmail(out, 'alice@acme.io')).toEqual(found());
  });

  it('without consent: who has talked to the bot is known from the roster, nobody is found by address', async () => {
    await using out = await startOutbound();
    out.teams.graphConsent = false;
    const refused = { kind: 'refused', detail: expect.stringContaining('User.Read.All') };
    expect(await byEmail(out, 'alice@acme.io')).toEqual(refused);
    expect(await out.directory.lookUp(account(ALICE))).toEqual(refused);
    await out.conversations.note({
      ...{ ...account(ALICE), tenant: TENANT, scope: 'personal', conversationId: out.teams.chatOf(ALICE) },
      ...{ serviceUrl: out.teams.serviceUrl, mri: null, state: 'active' },
    });
    expect(await out.directory.lookUp(account(ALICE))).toEqual(found());
    out.teams.addFault({ method: 'members', connection: 'reset' });
    expect(await out.directory.lookUp(account(ALICE))).toMatchObject({ kind: 'unavailable' });
    out.teams.updatePerson(ALICE, { isGuest: true });
    expect(await out.directory.lookUp(account(ALICE))).toMatchObject({ value: { standing: 'guest' } });
    await out.teams.uninstall(ALICE, { silently: true });
    expect(await out.directory.lookUp(account(ALICE))).toEqual(refused);
  });

  it('R17: where nobody proves anything, who has talked to the bot is known from the roster, of whatever tenant', async () => {
    const off = { credential: { kind: 'off' }, tenantId: '', double: { auth: 'off' } } as const;
    await using out = await startOutbound(off);
    const mri = out.teams.person(ALICE).mri;
    await out.conversations.note({
      ...{ ...account(ALICE), tenant: '', scope: 'personal', conversationId: out.teams.chatOf(ALICE) },
      ...{ serviceUrl: out.teams.serviceUrl, mri, state: 'active' },
    });
    const asked: string[] = [];
    const directory = createTeamsDirectory({
      ...{ organizationId: ORGANIZATION, tenantId: '', graph: out.graph, conversations: out.conversations },
      connector: {
        ...out.connector,
        member: (place, id) => {
          asked.push(id);
          return out.connector.member(place, id);
        },
      },
    });
    expect(await directory.lookUp(account(ALICE, ''))).toEqual(found({ tenant: '' }));
    // The Agents Playground does not know people by their object ids.
    expect(asked).toEqual([mri]);
  });

  it('is not asked where nobody proves anything', async () => {
    await using out = await startOutbound({ credential: { kind: 'off' } });
    expect(await byEmail(out, 'alice@acme.io')).toMatchObject({ kind: 'refused' });
    expect(out.teams.calls).toEqual([]);
  });
});
