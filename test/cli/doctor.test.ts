import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startSlackDouble } from '../../src/demo/doubles/slack/slack-double.ts';
import type { TeamsDouble } from '../../src/demo/doubles/teams/handle.ts';
import { startTeamsDouble } from '../../src/demo/doubles/teams/teams-double.ts';
import { inTransaction, openDatabase } from '../../src/store/database.ts';
import { pinIdentity } from '../../src/store/identities.ts';
import { personByEmail } from '../../src/store/people.ts';
import { ACME, APP_TOKEN, type World } from '../helpers/world.ts';
import { envOf, runCli, startSharedWorld } from './run-cli.ts';

let world: World;
beforeEach(async () => {
  world = await startSharedWorld();
});
afterEach(() => world.close());

/** Runs `npm run doctor` beside the bot; its lines. */
async function doctor(changed: Record<string, string> = {}) {
  const { code, out, err } = await runCli('doctor', [], { ...envOf(world), ...changed });
  expect(err).toBe('');
  const lines = out.trimEnd().split('\n');
  for (const line of lines) expect(line).toMatch(/^[✓!✗] \w+: /);
  return { code, lines, out };
}

const subjects = (lines: readonly string[]) => lines.map((line) => line.slice(0, line.indexOf(':')));

describe('when all is well', () => {
  test('one line per check beside the running bot, and exit 0', async () => {
    await world.load(ACME);
    await world.ask('deploy-to-production', 'run1');
    const { code, lines, out } = await doctor();
    expect(subjects(lines)).toEqual([
      '✓ Configuration',
      '✓ Database',
      '✓ Organization',
      '✓ People',
      '✓ Workflows',
      '✓ Slack',
      '✓ Harness',
      '✓ Authorization',
      '✓ Gates',
    ]);
    expect(out).toContain('WAL with full sync');
    expect(out).toContain('Acme, with the e-mail domains acme.io');
    expect(code).toBe(0);
  });

  test('no gate waiting: what is not known is said, not claimed', async () => {
    await world.load(ACME);
    const { code, out } = await doctor();
    expect(out).toContain('! Authorization: no gate is waiting');
    expect(code).toBe(0);
  });
});

describe('configuration', () => {
  test('every problem at once; the parts that are in order are looked at all the same', async () => {
    await world.load(ACME);
    const { code, lines } = await doctor({ PORT: 'http', ADMIN_EMAILS: '', HARNESS_API_KEY: '' });
    expect(subjects(lines)).toEqual([
      '✗ Configuration',
      '✗ Configuration',
      '✗ Configuration',
      '✓ Database',
      '✓ Organization',
      '✓ People',
      '✓ Workflows',
      '✓ Slack',
      '! Harness',
    ]);
    expect(code).toBe(1);
  });

  test('with nothing set it names every variable, and makes no database', async () => {
    const { code, out, err } = await runCli('doctor', [], { DATABASE_URL: 'sqlite:./nowhere/none.db' });
    expect({ code, err }).toEqual({ code: 1, err: '' });
    for (const name of [
      'WEBHOOK_TOKEN',
      'ADMIN_EMAILS',
      'HARNESS_API_KEY',
      'SLACK_BOT_TOKEN',
      'SLACK_SIGNING_SECRET',
    ])
      expect(out).toContain(`✗ Configuration: ${name} is not set.`);
    expect(out).toContain(
      '! Database: there is none yet at ./nowhere/none.db. The first npm run seed or npm start makes it.',
    );
    expect(out).toContain('! Slack: not looked at');
    expect(out).toContain('! Harness: not looked at');
  });

  test('secrets are never printed', async () => {
    const { out } = await doctor({
      WEBHOOK_TOKEN: 'short-secret',
      API_TOKEN: 'tiny',
      SLACK_BOT_TOKEN: 'xoxb-hidden',
    });
    for (const secret of ['short-secret', 'tiny', 'xoxb-hidden', 'secret-of-the-bot'])
      expect(out).not.toContain(secret);
  });

  test('an address that nobody outside can reach is a warning', async () => {
    const { code, out } = await doctor({ PUBLIC_URL: 'http://127.0.0.1:3000' });
    expect(out).toContain('! Configuration: PUBLIC_URL is http://127.0.0.1:3000, which neither Slack nor');
    expect(code).toBe(0);
  });
});

describe('database', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-doctor-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('a file that is no database', async () => {
    const path = join(folder, 'letter.txt');
    writeFileSync(path, 'Dear reader, this is no database. '.repeat(50));
    const { code, out } = await doctor({ DATABASE_URL: `sqlite:${path}` });
    expect(out).toMatch(
      /✗ Database: .+letter\.txt cannot be opened \(file is not a database\)\. Check DATABASE_URL/,
    );
    expect(code).toBe(1);
  });

  test('a database without its tables is left as it is', async () => {
    const path = join(folder, 'fresh.db');
    await openDatabase(`sqlite:${path}`).destroy();
    for (const _twice of [1, 2]) {
      const { code, out } = await doctor({ DATABASE_URL: `sqlite:${path}` });
      expect(out).toContain('fresh.db lacks migrations. The next npm start runs them.');
      expect(code).toBe(0);
    }
  });
});

describe('readiness (R7)', () => {
  test('without workflows', async () => {
    expect((await doctor()).out).toContain('! Workflows: there are none, so every webhook is refused');
  });

  test('a workflow nobody can approve, a place nobody holds, and none without pipelines', async () => {
    await world.load(
      `${ACME.replace(
        '{ email: alice@acme.io, name: Alice }',
        '{ email: alice@acme.io, name: Alice, deactivated: true }',
      )
        .replace('{ email: bob@acme.io, name: Bob }', '{ email: bob@acme.io, name: Bob, deactivated: true }')
        .replace(
          ', pipelines: [{ account: acme, org: default, project: payments, pipeline: deploy_payments }]',
          '',
        )}`,
    );
    const { code, out } = await doctor();
    expect(out).toContain(
      '! Workflows: nobody can approve “Deploy to production” by the Standard policy: Alice is deactivated; Bob is deactivated. Change',
    );
    expect(out).toContain('! Workflows: only the requester’s manager can approve “Database migration”');
    expect(out).toContain(
      '! Workflows: “Rollback” by the Standard policy needs no approval, but its event lists no pipelines',
    );
    expect(code).toBe(0);
  });

  test('a place that nobody could fill under all; an address outside the domains; managers nobody knows', async () => {
    await world.load(
      ACME.replaceAll('bob@acme.io', 'bob@elsewhere.io').replace(', manager: maria@acme.io', ''),
    );
    const { out } = await doctor();
    expect(out).toContain(
      '“Database migration” by the Standard policy would stop at a place nobody holds: Bob has an e-mail address outside',
    );
    expect(out).toContain('nobody’s manager is on record');
    const { out: withField } = await doctor({ SLACK_MANAGER_FIELD_ID: 'Xf0MANAGER' });
    expect(withField).not.toContain('nobody’s manager is on record');
  });
});

describe('Slack', () => {
  test('each missing scope is named', async () => {
    const poor = await startSlackDouble({
      botToken: 'xoxb-poor',
      signingSecret: 'x'.repeat(20),
      scopes: ['chat:write', 'users:read', 'im:write', 'im:history'],
    });
    try {
      const { code, out } = await doctor({ SLACK_API_URL: poor.url, SLACK_BOT_TOKEN: 'xoxb-poor' });
      expect(out).toContain(
        '✗ Slack: The bot token lacks the scopes commands, users.profile:read, users:read.email: add under',
      );
      expect(code).toBe(1);
    } finally {
      await poor.close();
    }
  });

  test('a socket, where one is wanted, opens or is refused with the remedy', async () => {
    const good = await doctor({ SLACK_APP_TOKEN: APP_TOKEN, SLACK_SIGNING_SECRET: '' });
    expect(good.out).toContain('✓ Slack: a socket can be opened');
    const wrong = await doctor({ SLACK_APP_TOKEN: 'xapp-1-somebody-elses' });
    expect(wrong.out).toMatch(
      /✗ Slack: Slack refuses SLACK_APP_TOKEN with “invalid_auth”: make .+connections:write/,
    );
    expect([good.code, wrong.code]).toEqual([0, 1]);
  });

  test('a wrong token, and nobody there', async () => {
    expect((await doctor({ SLACK_BOT_TOKEN: 'xoxb-wrong' })).out).toContain(
      '✗ Slack: Slack does not accept the bot token: check SLACK_BOT_TOKEN.',
    );
    const { code, out } = await doctor({ SLACK_API_URL: 'http://127.0.0.1:9/api/' });
    expect(out).toMatch(/✗ Slack: no answer from Slack: .+ Check SLACK_API_URL and the network\./);
    expect(code).toBe(1);
  });
});

describe('Teams', () => {
  const APP = '11111111-2222-3333-4444-555555555555';
  const TENANT = '99999999-8888-7777-6666-555555555555';
  let teams: TeamsDouble;
  beforeEach(async () => {
    teams = await startTeamsDouble({ appId: APP, appPassword: 'secret-of-the-app', tenantId: TENANT });
    teams.addPerson({ aadObjectId: 'maria', name: 'Maria', email: 'maria@acme.io' });
    teams.addPerson({ aadObjectId: 'alice', name: 'Alice', email: 'alice@acme.io', manager: 'maria' });
    await world.load(ACME);
  });
  afterEach(() => teams.close());

  const connected = (changed: Record<string, string> = {}) =>
    doctor({
      MicrosoftAppId: APP,
      MicrosoftAppPassword: 'secret-of-the-app',
      MicrosoftAppTenantId: TENANT,
      TEAMS_SERVICE_URL: teams.serviceUrl,
      TEAMS_OPENID_METADATA_URL: teams.openIdUrl,
      TEAMS_LOGIN_URL: teams.loginUrl,
      TEAMS_GRAPH_URL: teams.graphUrl,
      ...changed,
    });
  const ofTeams = (lines: readonly string[]) => lines.filter((line) => / Teams: /.test(line));

  async function joinAlice() {
    const { db, organizationId } = { db: world.app.context.db, organizationId: world.app.organizationId };
    const alice = (await personByEmail(db, organizationId, 'alice@acme.io'))!;
    await inTransaction(db, async (trx) => {
      const account = { platform: 'teams', tenant: TENANT, externalId: 'alice', standing: 'member' } as const;
      await pinIdentity(trx, organizationId, alice.id, account, 0);
    });
  }

  test('one line each: token, keys, Connector, people, managers, and who has no account', async () => {
    await joinAlice();
    const { code, lines } = await connected();
    expect(ofTeams(lines)).toEqual([
      '✓ Teams: Microsoft’s login gives the bot a token.',
      '✓ Teams: the keys that Teams signs with can be read.',
      `✓ Teams: ${teams.serviceUrl} answers, and takes the bot’s token.`,
      '✓ Teams: Microsoft Graph lets the bot read people.',
      '✓ Teams: managers can be read.',
      expect.stringMatching(/^! Teams: no account in Teams is known of .*Bob.*\. They are joined/),
    ]);
    expect(lines.join()).not.toMatch(/known of [^.]*Alice/);
    expect(code).toBe(0);
  });

  test('a wrong secret is one line with its remedy, never the secret', async () => {
    const { code, out, lines } = await connected({ MicrosoftAppPassword: 'wrong-secret' });
    expect(ofTeams(lines).slice(0, 2)).toEqual([
      expect.stringMatching(/^✗ Teams: .+check MicrosoftAppPassword/),
      '✓ Teams: the keys that Teams signs with can be read.',
    ]);
    expect(out).not.toContain('wrong-secret');
    expect(code).toBe(1);
  });

  test('missing consent is told apart: for people, and for managers alone', async () => {
    await joinAlice();
    teams.addFault({ method: 'graph.manager', status: 403, code: 'Authorization_RequestDenied' });
    const managers = await connected();
    expect(managers.out).toMatch(/✗ Teams: managers cannot be read, people can\. .+User\.Read\.All/);
    teams.graphConsent = false;
    const people = await connected();
    expect(people.out).toMatch(/✗ Teams: nobody can be found by e-mail address.+User\.Read\.All/);
    expect([managers.code, people.code]).toEqual([1, 1]);
  });

  test('nobody there, at any of the four addresses', async () => {
    const silent = 'http://127.0.0.1:9/';
    const login = await connected({ TEAMS_LOGIN_URL: silent });
    expect(login.out).toMatch(/✗ Teams: Microsoft’s login could not be reached.+Check TEAMS_LOGIN_URL/);
    const { out } = await connected({
      TEAMS_SERVICE_URL: silent,
      TEAMS_OPENID_METADATA_URL: silent,
      TEAMS_GRAPH_URL: silent,
    });
    for (const name of ['TEAMS_OPENID_METADATA_URL', 'TEAMS_SERVICE_URL', 'TEAMS_GRAPH_URL'])
      expect(out).toMatch(new RegExp(`✗ Teams: .+Check ${name} and the network`));
  });

  test('a broken name of Azure’s is told, and the rest is looked at all the same', async () => {
    const { lines, code } = await connected({ MicrosoftAppId: '' });
    expect(lines[0]).toMatch(/^✗ Configuration: MicrosoftAppId is not set/);
    expect(ofTeams(lines)).toEqual([
      '! Teams: not looked at: put the MicrosoftApp… and TEAMS_… variables right first.',
    ]);
    expect(lines).toContainEqual(expect.stringMatching(/^✓ Harness: /));
    expect(code).toBe(1);
  });

  test('without proofs it says so, and asks Microsoft nothing', async () => {
    const here = { HOST: '127.0.0.1', PUBLIC_URL: 'http://127.0.0.1:3000' };
    const off = { TEAMS_AUTH: 'off', MicrosoftAppPassword: '', ...here };
    const { lines, code } = await connected(off);
    expect(ofTeams(lines)[0]).toMatch(/^! Teams: TEAMS_AUTH is off: neither side proves who it is/);
    expect(teams.calls).toEqual([]);
    expect(code).toBe(0);
  });
});

describe('Harness', () => {
  test('a wrong key, and nobody there', async () => {
    const wrong = await doctor({ HARNESS_API_KEY: 'sat.acme.token.wrong-secret' });
    expect(wrong.out).toMatch(/✗ Harness: .+ Set HARNESS_API_KEY to a valid one\./);
    expect(wrong.out).not.toContain('wrong-secret');
    const gone = await doctor({ HARNESS_BASE_URL: 'http://127.0.0.1:9' });
    expect(gone.out).toMatch(/✗ Harness: .+ could not be reached \(ECONNREFUSED\): check HARNESS_BASE_URL/);
    expect([wrong.code, gone.code]).toEqual([1, 1]);
  });

  test('R23: a gate the token may not decide, and others may', async () => {
    await world.load(ACME);
    const approvers = { userGroups: ['account.ops'], serviceAccounts: [] };
    await world.ask('deploy-to-production', 'run1', { approvers });
    const { code, out } = await doctor();
    expect(out).toMatch(
      /✗ Authorization: the token may not decide the gate of apr_.+not authorized.+list its service account/,
    );
    expect(out).toContain(
      '! Gates: those of the pipeline deploy_payments can also be decided in Harness itself, by group account.ops.',
    );
    expect(code).toBe(1);
  });
});
