import { sql } from 'kysely';
import { slotsOf } from '../../src/store/slots.ts';
import { createToken } from '../../src/usecases/tokens/manage-tokens.ts';
import type { Account } from '../helpers/harness-accounts.ts';
import { call } from '../helpers/inbound.ts';
import { operatorOf, type TwoWorlds } from '../helpers/installs.ts';
import { eventData } from '../helpers/notifications.ts';
import { ok, personId, token } from '../helpers/principals.ts';
import { email } from '../helpers/world.ts';
import type { SlackDoors } from './slack-doors.ts';
import type { Outcome } from './table.ts';

const JSON_API = 'application/vnd.api+json';
const EVENT = 'deploy-to-production';

/** A token of everybody who can have one; the guest's and the deactivated person's from before they were. */
export async function tokensOf(world: TwoWorlds): Promise<Readonly<Record<string, string>>> {
  const of = async (name: string, role: 'admin' | 'member' = 'member') =>
    (await token(world, { email: `${name}@acme.io` }, role)).secret;
  const secrets = {
    stranger: 'cs_1_a-token-that-nobody-ever-made-0000000000000',
    guest: await of('guest'),
    deactivated: await of('gone'),
    member: await of('carol'),
    approver: await of('alice'),
    'former approver': await of('bob'),
    requester: await of('dana'),
    admin: await of('ada', 'admin'),
    'admin elsewhere': ok(
      await createToken(world.app.context, operatorOf(world.beta), {
        ...{ holder: { email: 'ivy@beta.io' }, role: 'admin', name: null, scope: null },
      }),
    ).secret,
    pipeline: (await token(world, { machine: 'ci', ownerEmail: email('ada') }, 'pipeline', {})).secret,
  };
  const { db } = world.app.context;
  await sql`update people set status = 'deactivated' where email = 'gone@acme.io'`.execute(db);
  for (const [name, id, standing] of [
    ['guest', 'U0GUEST', 'guest'],
    ['gone', 'U0GONE', 'deactivated'],
  ])
    await sql`insert into identities (organization_id, platform, tenant, external_id, person_id, standing, checked_at)
      select organization_id, 'slack', 'T0ACME', ${id}, id, ${standing}, ${world.clock.now()} from people
      where email = ${`${name}@acme.io`}`.execute(db);
  return secrets;
}

export function tokenDoors(
  world: TwoWorlds,
  secrets: Readonly<Record<string, string>>,
  globex: Account,
): SlackDoors {
  let nth = 0;
  const { db } = world.app.context;

  function webhook(event: string, body: (run: string) => unknown) {
    return async (caller: string): Promise<Outcome> => {
      nth += 1;
      const run = `hook${nth}`;
      world.run(run);
      const authorization = caller === 'nobody' ? '' : `Bearer ${secrets[caller]}`;
      const { status } = await world.post(event, body(run), { authorization });
      return outcome(status, true);
    };
  }

  const api =
    (
      method: string,
      given: (request: string, caller: string) => Promise<{ path: string; attributes?: object }>,
    ) =>
    async (caller: string, request: string): Promise<Outcome> => {
      const { path, attributes } = await given(request, caller);
      const answer = await fetch(`${world.url}/api/v2${path}`, {
        method,
        headers: {
          ...(caller !== 'nobody' && { 'x-auth-token': secrets[caller]! }),
          ...(attributes && { 'content-type': JSON_API }),
        },
        ...(attributes && { body: JSON.stringify({ data: { type: path.split(/[/?]/)[1], attributes } }) }),
      });
      const text = await answer.text();
      if (![200, 201, 204, 401, 403, 404].includes(answer.status))
        throw new Error(`${method} ${path}: ${answer.status} ${text}`);
      const isOthers = caller === 'admin elsewhere' && answer.ok;
      return isOthers ? theirs(text) : outcome(answer.status, method !== 'GET');
    };

  /** What somebody of another organization got is all of theirs. */
  async function theirs(text: string): Promise<Outcome> {
    const { data } = JSON.parse(text) as { data: { id: string } | { id: string }[] };
    const beta = String(world.beta);
    for (const one of [data].flat() as {
      id: string;
      relationships?: { organization?: { data: { id: string } } };
    }[])
      if (one.relationships?.organization && one.relationships.organization.data.id !== beta) return 'sees';
    return 'theirs';
  }

  const execution = async (request: string) =>
    (
      await db
        .selectFrom('approval_requests')
        .select('execution_id')
        .where('id', '=', request)
        .executeTakeFirstOrThrow()
    ).execution_id;
  const rowId = async (table: 'approval_workflows' | 'harness_connections') =>
    (
      await db
        .selectFrom(table)
        .select('id')
        .where('organization_id', '=', world.acme)
        .orderBy('id', 'desc')
        .executeTakeFirstOrThrow()
    ).id;

  return {
    'webhook: open a request': webhook(EVENT, (run) => world.webhook(run)),
    'webhook: a notification of Harness': webhook('notifications', (run) =>
      eventData(world, run, 'WaitingForUserAction'),
    ),
    'API: read a request': api('GET', async (request) => ({ path: `/approval_requests/${request}` })),
    'API: decide a place': api('PATCH', async (request) => {
      const alice = await personId(world, 'alice');
      const slot = (await slotsOf(db, request)).find((one) => one.personId === alice);
      return { path: `/approval_statuses/${slot!.id}/approve`, attributes: { note: '', content_version: 1 } };
    }),
    'API: cancel a request': api('PATCH', async (request) => ({
      path: `/approval_requests/${request}/cancel`,
      attributes: {},
    })),
    'API: reassign a place': api('PATCH', async (request) => ({
      path: `/approval_requests/${request}/reassign`,
      attributes: {
        from_person_id: await personId(world, 'alice'),
        to_person_id: await personId(world, 'sam'),
      },
    })),
    'API: change a workflow': api('PATCH', async () => ({
      path: `/approval_workflows/${await rowId('approval_workflows')}`,
      attributes: { disallow_requester: true },
    })),
    'API: make somebody an admin': api('PATCH', async () => ({
      path: `/people/${await personId(world, 'sam')}`,
      attributes: { role: 'admin' },
    })),
    'API: read the audit': api('GET', async () => ({ path: '/audit_events' })),
    'API: make oneself a token': api('POST', async (_, caller) => ({
      path: '/api_tokens',
      attributes: { role: 'admin', email: caller === 'admin elsewhere' ? 'ivy@beta.io' : email('ada') },
    })),
    'API: connect a Harness account': api('POST', async () => ({
      path: '/harness_connections',
      attributes: {
        ...{ name: 'globex', account: 'globex', api_key: globex.apiKey },
        ...{ base_url: globex.harness.url, path_prefix: '/gateway' },
      },
    })),
    'API: remove a Harness connection': api('DELETE', async () => ({
      path: `/harness_connections/${await rowId('harness_connections')}`,
    })),
    async 'Harness’s approval API here: list'(caller, request) {
      const key = caller === 'nobody' ? null : secrets[caller]!;
      const { status, body } = await call(world, key, await execution(request), null, { method: 'GET' });
      if (status === 200 && Array.isArray(body) && body.length === 0) return 'no';
      return outcome(status, false);
    },
    async 'Harness’s approval API here: vote'(caller, request) {
      const key = caller === 'nobody' ? null : secrets[caller]!;
      const { status } = await call(world, key, await execution(request), {
        action: 'APPROVE',
        comments: 'yes',
      });
      return outcome(status, true);
    },
  };
}

function outcome(status: number, writes: boolean): Outcome {
  if (status === 401) return 'shut';
  if (status >= 400) return 'no';
  return writes ? 'acts' : 'sees';
}
