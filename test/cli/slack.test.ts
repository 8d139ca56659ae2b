import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { auditOf } from '../../src/store/audit.ts';
import { admins } from '../../src/store/people.ts';
import { installationOf } from '../../src/store/slack-installations.ts';
import { Browser, consent, startInstalled, type TwoWorlds } from '../helpers/installs.ts';
import { envOf, runCli, type Said } from './run-cli.ts';

let worlds: TwoWorlds;
beforeAll(async () => {
  worlds = await startInstalled({ oauth: { tokenRotation: true } });
});
afterAll(() => worlds.close());

const slack = (...args: string[]): Promise<Said> => runCli('slack', args, envOf(worlds));
const refused = (err: string): Said => ({ code: 1, out: '', err: expect.stringContaining(err) as string });
const lastLine = (said: Said): string => said.out.trimEnd().split('\n').at(-1)!;

describe('npm run slack', () => {
  test('alone it prints its help, without a configuration', async () => {
    expect(await runCli('slack', [], {})).toMatchObject({ code: 0, err: '' });
  });

  test.each([
    [['nonsense'], 'There is no command “nonsense”.'],
    [['link', 'x'], 'Use it so: link'],
    [['link', '--hours', '169'], '--hours is a whole number from 1 to 168.'],
    [['list', '--hours', '2'], '--organization and --hours go with “link” only.'],
    [['list', '--yes'], '--yes goes with “remove” only.'],
    [['remove', 'acme'], 'TEAM is a workspace’s id, T…'],
    [['manager-field', 'T0ACME'], 'Use it so: manager-field TEAM FIELD'],
  ])('%j is refused in words', async (args, why) => {
    expect(await runCli('slack', args, {})).toEqual(refused(why));
  });

  test('link makes one for the organization that is named, by name or id', async () => {
    const team = worlds.slack.addTeam({ teamId: 'T0NEW', name: 'New' });
    team.addUser({ id: 'U0IVY', name: 'ivy' });
    const said = await slack('link', '--organization', 'beta', '--hours', '2');
    expect(said).toMatchObject({ code: 0, err: '' });
    expect(said.out).toContain('for Beta, once');
    const browser = new Browser(worlds);
    const back = await consent(worlds, browser, lastLine(said), { teamId: 'T0NEW', userId: 'U0IVY' });
    expect(await browser.open(back)).toMatchObject({ status: 200 });
    expect(await installationOf(worlds.app.context.db, 'T0NEW')).toMatchObject({
      organizationId: worlds.beta,
    });
    expect(await slack('link', '--organization', 'Gamma')).toEqual(
      refused('There is no organization “Gamma”.'),
    );
  });

  test('list shows workspaces, organizations, states and ends, and no token', async () => {
    const { out, code } = await slack('list');
    expect(code).toBe(0);
    expect(out).toMatch(/T0ACME .+ Default \(1\) +installed +\d{4}-.+Z, renewed/);
    expect(out).toMatch(/T0BETA +Beta <b>Works<\/b> +Beta \(2\)/);
    expect(out).not.toMatch(/xoxb|xoxe|enc1/);
  });

  test('manager-field sets and clears a workspace’s own', async () => {
    expect(await slack('manager-field', 'T0LABS', 'Xf0BOSS')).toMatchObject({ code: 0 });
    const { db } = worlds.app.context;
    expect(await installationOf(db, 'T0LABS')).toMatchObject({ managerFieldId: 'Xf0BOSS' });
    expect(await slack('manager-field', 'T0LABS', 'none')).toMatchObject({ code: 0 });
    expect(await installationOf(db, 'T0LABS')).toMatchObject({ managerFieldId: null });
  });

  test('what is not there, or is no field, is said in words', async () => {
    expect(await slack('manager-field', 'T0LABS', 'boss')).toEqual(refused('is the id of a profile field'));
    expect(await slack('manager-field', 'T0NONE', 'none')).toEqual(refused('There is no such workspace.'));
  });

  test('remove asks first, then wipes and releases', async () => {
    expect(await slack('remove', 'T0LABS')).toEqual(refused('Repeat with --yes'));
    const { db } = worlds.app.context;
    expect(await installationOf(db, 'T0LABS')).toMatchObject({ state: 'active' });
    expect(await slack('remove', 'T0LABS', '--yes')).toMatchObject({ code: 0, err: '' });
    expect(await installationOf(db, 'T0LABS')).toBeNull();
    const lines = await auditOf(db, 'slack_workspace', 'T0LABS', 10);
    expect(lines.slice(-2).map(({ action }) => action)).toEqual(['uninstalled', 'released']);
  });

  test('where there is a bot token, link says what to set', async () => {
    const env = {
      ...envOf(worlds),
      SLACK_BOT_TOKEN: 'xoxb-1',
      SLACK_CLIENT_ID: '',
      SLACK_CLIENT_SECRET: '',
      SLACK_STATE_SECRET: '',
    };
    expect(await runCli('slack', ['link'], env)).toEqual(refused('For several, set SLACK_CLIENT_ID'));
  });
});

describe('another organization', () => {
  test('is added with its first admins (R30), once', async () => {
    const args = ['add-organization', 'Gamma', '--domains', 'gamma.io', '--admins', 'gil@gamma.io'];
    const said = await runCli('admin', args, envOf(worlds));
    expect(said).toMatchObject({ code: 0, err: '' });
    const id = Number(/--organization (\d+)/.exec(said.out)![1]);
    expect(await admins(worlds.app.context.db, id)).toMatchObject([{ email: 'gil@gamma.io', role: 'admin' }]);
    expect(await runCli('admin', args, envOf(worlds))).toEqual(refused('There is an organization “Gamma”'));
  });

  test('has no admins from elsewhere', async () => {
    const stranger = ['add-organization', 'Delta', '--domains', 'delta.io', '--admins', 'gil@gamma.io'];
    expect(await runCli('admin', stranger, envOf(worlds))).toEqual(
      refused('admins hold gil@gamma.io, which is of none of the domains.'),
    );
  });

  test('has tokens of its own', async () => {
    const args = ['--organization', 'Beta'];
    const made = await runCli(
      'token',
      ['create', '--person', 'zed@beta.io', '--role', 'member', ...args],
      envOf(worlds),
    );
    expect(made).toMatchObject({ code: 0, err: '' });
    expect((await runCli('token', ['list', ...args], envOf(worlds))).out).toContain('zed@beta.io');
    expect((await runCli('token', ['list'], envOf(worlds))).out).not.toContain('zed@beta.io');
  });

  test('is seeded by name', async () => {
    expect(await runCli('seed', ['x.yml', '--organization'], envOf(worlds))).toEqual(
      refused('Name the file: npm run seed -- FILE.yml [--organization NAME]'),
    );
  });
});

describe('npm run doctor', () => {
  test('looks at every workspace, and names what a person must do', async () => {
    await worlds.slack.uninstall('T0BETA', { silently: true });
    const { out } = await runCli('doctor', [], envOf(worlds));
    expect(out).toMatch(/✓ Slack T0ACME|✓ Slack .+\(T0ACME\): the bot is/);
    expect(out).toMatch(/✗ Slack .+\(T0BETA\): The bot or its workspace is deactivated/);
    expect(out).not.toMatch(/xoxb|xoxe/);
  });

  test('says so when the key of a token is gone', async () => {
    const other = { ...envOf(worlds), ENCRYPTION_KEY: Buffer.alloc(32, 5).toString('base64') };
    expect((await runCli('doctor', [], other)).out).toContain('ENCRYPTION_KEY no longer holds the key');
  });
});
