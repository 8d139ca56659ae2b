import { parseSeedFile } from '../../src/cli/seed-file.ts';
import type { SlackTeamDouble } from '../../src/demo/doubles/slack/handle.ts';
import { createConnection } from '../../src/usecases/connections/add-connection.ts';
import { issueInstallLink } from '../../src/usecases/installations/install-links.ts';
import type { Principal } from '../../src/usecases/managing/managing.ts';
import { createOrganization } from '../../src/usecases/organizations/add-organization.ts';
import { createToken } from '../../src/usecases/tokens/manage-tokens.ts';
import { loadConfiguration } from '../../src/usecases/workflows/load-configuration.ts';
import { ok } from './principals.ts';
import { startWorld, type World, type WorldOptions } from './world.ts';

export interface Seen {
  status: number;
  html: string;
  headers: Headers;
  /** Where the page's one button leads. */
  button: string | null;
}

/** A browser with its cookies, for which the bot's public address leads to the bot. */
export class Browser {
  readonly #world: World;
  readonly cookies = new Map<string, string>();

  constructor(world: World) {
    this.#world = world;
  }

  async open(url: string, method = 'GET'): Promise<Seen> {
    const { pathname, search } = new URL(url);
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(this.#world.url + pathname + search, {
      method,
      redirect: 'manual',
      headers: cookie ? { cookie } : {},
    });
    for (const line of answer.headers.getSetCookie()) {
      const [name = '', value = ''] = line.split(';')[0]!.split('=', 2);
      if (line.includes('Max-Age=0')) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    const html = await answer.text();
    const button = /<a href="([^"]+)"/.exec(html)?.[1]?.replaceAll('&amp;', '&') ?? null;
    return { status: answer.status, html, headers: answer.headers, button };
  }
}

/** Whoever runs the bot, acting in an organization. */
export function operatorOf(organizationId: number): Principal {
  return { organizationId, role: 'admin', personId: null, tokenId: 'bootstrap', via: 'cli' };
}

export async function linkFor(world: World, organizationId: number, hours?: number): Promise<string> {
  return ok(await issueInstallLink(world.app.context, operatorOf(organizationId), hours)).url;
}

export interface Consent {
  teamId: string;
  userId: string;
}

/** Opens the link and consents in Slack; the address Slack sends the browser back to. */
export async function consent(world: World, browser: Browser, link: string, who: Consent): Promise<string> {
  const { button, status } = await browser.open(link);
  if (button === null) throw new Error(`the page has no button (${status})`);
  return world.slack.authorize({ url: button, ...who });
}

/** The whole way, as a person goes it. */
export async function install(
  world: World,
  organizationId: number,
  who: Consent,
  browser = new Browser(world),
): Promise<Seen> {
  const link = await linkFor(world, organizationId);
  return browser.open(await consent(world, browser, link, who));
}

/** Two organizations behind one bot, over OAuth; nothing is installed yet. */
export interface TwoWorlds extends World {
  acme: number;
  beta: number;
  /** Acme's second workspace: Gus works there. */
  labs: SlackTeamDouble;
  /** Beta's workspace: Ivy is admin, Zed approves; his id is that of Acme's Alice. */
  betaTeam: SlackTeamDouble;
  /** Opens a request in Beta, by its own pipeline token; its id. */
  askBeta(id: string): Promise<string>;
}

const BETA = `
organization: { name: Beta, domains: [beta.io] }
people: [{ email: ivy@beta.io, name: Ivy }, { email: zed@beta.io, name: Zed }]
events: [{ slug: ship, name: Ship it }]
policies: [{ slug: standard, name: Standard, default: true }]
workflows: [{ policy: standard, event: ship, requirement: any, approvers: [zed@beta.io] }]
`;

export async function startTwoWorlds(options: WorldOptions = {}): Promise<TwoWorlds> {
  const world = await startWorld({ oauth: {}, ...options });
  const { slack } = world;
  const { context, organizationId: acme } = world.app;
  const labs = slack.addTeam({ teamId: 'T0LABS', name: 'Acme Labs' });
  labs.addUser({ id: 'U0GUS', name: 'gus', realName: 'Gus', email: 'gus@acme.io' });
  const betaTeam = slack.addTeam({ teamId: 'T0BETA', name: 'Beta <b>Works</b>' });
  betaTeam.addUser({ id: 'U0IVY', name: 'ivy', realName: 'Ivy', email: 'ivy@beta.io' });
  betaTeam.addUser({ id: 'U0ALICE', name: 'zed', realName: 'Zed', email: 'zed@beta.io' });
  const cli = { personId: null, via: 'cli' } as const;
  const beta = ok(
    await createOrganization(context, { name: 'Beta', domains: ['beta.io'], admins: ['ivy@beta.io'] }, cli),
  );
  const parsed = parseSeedFile(BETA);
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'));
  await loadConfiguration(context, beta, parsed.wanted, cli);
  const { baseUrl, apiKey, pathPrefix } = world.config.harness;
  const wanted = { name: 'beta', account: 'acme', baseUrl, pathPrefix, apiKey };
  ok(await createConnection(context, operatorOf(beta), wanted));
  const holder = { machine: 'beta-ci', ownerEmail: 'ivy@beta.io' };
  const scope = { events: null, pipelines: null, mayChoosePolicy: false };
  const token = ok(
    await createToken(context, operatorOf(beta), { holder, role: 'pipeline', name: null, scope }),
  );
  return Object.assign(Object.create(world) as World, {
    acme,
    beta,
    labs,
    betaTeam,
    async askBeta(id: string) {
      world.run(id);
      const authorization = `Bearer ${token.secret}`;
      const { status, body } = await world.post('ship', world.webhook(id), { authorization });
      if (status !== 202) throw new Error(`the webhook answered ${status}: ${JSON.stringify(body)}`);
      world.reach(id);
      await world.pass(1_000);
      return body.id as string;
    },
  });
}

/** Everything is installed: Acme twice, Beta once. */
export async function startInstalled(options: WorldOptions = {}): Promise<TwoWorlds> {
  const worlds = await startTwoWorlds(options);
  for (const [organizationId, teamId, userId] of [
    [worlds.acme, 'T0ACME', 'U0ADA'],
    [worlds.acme, 'T0LABS', 'U0GUS'],
    [worlds.beta, 'T0BETA', 'U0IVY'],
  ] as const) {
    const { status, html } = await install(worlds, organizationId, { teamId, userId });
    if (status !== 200) throw new Error(`not installed (${status}): ${html}`);
  }
  return worlds;
}
