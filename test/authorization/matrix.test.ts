import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reassignSlot } from '../../src/usecases/approvers/reassign-slot.ts';
import { type Dump, differences, dump } from '../faults/chat-ledger.ts';
import { startChatWorld } from '../faults/chat-world.ts';
import { type Account, startAccount } from '../helpers/harness-accounts.ts';
import type { TwoWorlds } from '../helpers/installs.ts';
import { mapPipeline } from '../helpers/notifications.ts';
import { personId } from '../helpers/principals.ts';
import { ENTRA, STAFF, type StaffName } from '../helpers/world.ts';
import { type SlackDoors, slackDoors } from './slack-doors.ts';
import { CALLERS, CELLS, OPEN_DOORS, TABLE } from './table.ts';
import { GONE, GUEST, teamsDoors } from './teams-doors.ts';
import { tokenDoors, tokensOf } from './token-doors.ts';

const EVENT = 'deploy-to-production';
const PEOPLE = 'people: [{ email: guest@acme.io, name: Guest }, { email: gone@acme.io, name: Gone }]';

let world: TwoWorlds;
let doors: SlackDoors;
let globex: Account;
let shared: string;
let asked = 0;

/** A request of dana's that alice may decide, and bob might until his place was given to maria. */
async function ask(): Promise<string> {
  asked += 1;
  const id = await world.ask(EVENT, `run${asked}`);
  const [bob, maria, ada] = await Promise.all([
    personId(world, 'bob'),
    personId(world, 'maria'),
    personId(world, 'ada'),
  ]);
  const admin = { personId: ada, via: 'slack' } as const;
  expect(await reassignSlot(world.app.context, id, bob, maria, admin)).toBeNull();
  await world.pass(61_000);
  return id;
}

/** The rows of Acme. */
function ours(rows: Dump): Dump {
  return new Map([...rows].filter(([, columns]) => columns.get('organization_id') !== String(world.beta)));
}

beforeAll(async () => {
  world = await startChatWorld({ teams: {}, env: { API_RATE_LIMIT: '100000/1' } });
  world.teams.addPerson({ aadObjectId: GUEST, name: 'Guest', email: 'guest@acme.io', isGuest: true });
  world.teams.addPerson({ aadObjectId: GONE, name: 'Gone', email: 'gone@acme.io', enabled: false });
  await world.load(PEOPLE);
  const secrets = await tokensOf(world);
  await mapPipeline(world, EVENT);
  for (const name of Object.keys(STAFF) as StaffName[]) await world.teams.type(ENTRA[name], 'help');
  await world.teams.type(GUEST, 'help');
  await world.settle();
  globex = await startAccount(world, 'globex');
  doors = { ...(await slackDoors(world)), ...teamsDoors(world), ...tokenDoors(world, secrets, globex) };
  shared = await ask();
});
afterAll(async () => {
  await world?.close();
  await globex?.harness.close();
});

describe('who comes to which door', () => {
  test.each(CELLS)('$door, $caller: $outcome', async ({ door, caller, outcome }) => {
    // Whoever guesses is slowed down, and Slack counts by the minute.
    world.clock.advance(61_000);
    const request = outcome === 'acts' ? await ask() : shared;
    const before = await dump(world);
    const changed = async () => differences(before, await dump(world)).length > 0;
    expect(await doors[door]!(caller, request, changed)).toBe(outcome);
    const after = await dump(world);
    if (outcome === 'acts') expect(differences(before, after)).not.toEqual([]);
    else if (outcome === 'theirs') expect(differences(ours(before), ours(after))).toEqual([]);
    else expect(differences(before, after)).toEqual([]);
    if (outcome === 'acts') await world.settle();
  });

  test('every caller stands in the table, and nobody else', () => {
    expect([...new Set(CELLS.map(({ caller }) => caller))].sort()).toEqual([...CALLERS].sort());
    expect(new Set(CELLS.map(({ door }) => door))).toEqual(new Set(Object.keys(doors)));
    expect(CELLS.length).toBeGreaterThan(250);
  });
});

describe('doors that ask for no person', () => {
  const TRIED: Readonly<Record<string, readonly string[]>> = {
    'GET /healthz, /readyz': ['GET /healthz'],
    'GET /metrics': ['GET /metrics'],
    'GET /api/docs, /api/openapi.json': ['GET /api/docs', 'GET /api/openapi.json'],
    'GET /hooks/…': ['GET /hooks/harness/anything'],
    'GET /charts/KEY/VERSION.png': [`GET /charts/cht_${'A'.repeat(22)}/0123456789abcdef.png`],
    'GET and POST /connect/harness/SECRET': [
      `GET /connect/harness/csh_${'A'.repeat(43)}`,
      'POST /connect/harness/x',
    ],
    'GET /slack/install': ['GET /slack/install', `GET /slack/install?link=csl_${'A'.repeat(43)}`],
    'GET /slack/oauth_redirect': ['GET /slack/oauth_redirect', 'GET /slack/oauth_redirect?code=x&state=y'],
    'POST /slack/events': ['POST /slack/events'],
    'POST /api/messages': ['POST /api/messages'],
    'POST /hooks/harness/EVENT': [`POST /hooks/harness/${EVENT}`],
    'any method /api/v2/…': [
      'GET /api/v2/people',
      'PATCH /api/v2/people/1',
      'DELETE /api/v2/approval_workflows/1',
    ],
    'GET and POST …/approvals/execution/ID': [
      ...['GET', 'POST'].map((verb) => `${verb} /v1/orgs/default/projects/payments/approvals/execution/run1`),
    ],
  };

  test('answer as the table says, and nothing is changed', async () => {
    world.clock.advance(61_000);
    const rows = OPEN_DOORS.split('\n')
      .slice(2)
      .map((line) =>
        line
          .slice(1, -1)
          .split('|')
          .map((cell) => cell.trim()),
      );
    expect(rows.map(([door]) => door)).toEqual(Object.keys(TRIED));
    const before = await dump(world);
    for (const [door = '', , status] of rows)
      for (const one of TRIED[door]!) {
        const [method = '', path = ''] = one.split(' ');
        const body = method === 'POST' ? new URLSearchParams() : null;
        const answer = await fetch(world.url + path, { method, body, redirect: 'manual' });
        await answer.arrayBuffer();
        expect([one, answer.status]).toEqual([one, Number(status)]);
      }
    expect(differences(before, await dump(world))).toEqual([]);
  });
});

test('docs/security.md shows these tables; UPDATE_DOCS=1 writes them there', () => {
  const file = new URL('../../docs/security.md', import.meta.url);
  const text = readFileSync(file, 'utf8');
  const shown = [
    ['callers', TABLE],
    ['doors', OPEN_DOORS],
  ].reduce(
    (page, [name, table]) =>
      page.replace(
        new RegExp(`(<!-- ${name}:begin -->)[\\s\\S]*?(<!-- ${name}:end -->)`),
        (_, begin: string, end: string) => `${begin}\n\n${table}\n\n${end}`,
      ),
    text,
  );
  // biome-ignore lint/style/noProcessEnv: whoever changes the table says so.
  if (process.env.UPDATE_DOCS === '1') return writeFileSync(file, shown);
  expect(shown).toContain(TABLE);
  expect(text).toBe(shown);
});
