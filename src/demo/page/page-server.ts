import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { Doubles } from './doubles.ts';
import { type FaultSwitches, isSwitch } from './fault-switches.ts';
import { peopleShown, playerOf } from './people-shown.ts';
import type { CheckResult } from './pipeline-run.ts';
import type { Pipelines } from './pipelines.ts';
import { runShown } from './run-shown.ts';
import { SCENARIOS, scenarioOf } from './scenarios.ts';
import {
  type EnteredField,
  enterField,
  type MessagePress,
  type Press,
  pressInMessage,
  pressInView,
  submitForm,
  typeCommand,
} from './slack-acts.ts';
import { slackShown } from './slack-shown.ts';
import {
  type DialogPress,
  lookIn,
  openExtension,
  pressInDialog,
  pressInTeams,
  sayInTeams,
  setInstalled,
  type TeamsPress,
} from './teams-acts.ts';
import { CHAT, teamsShown } from './teams-shown.ts';

const RUNS_SHOWN = 8;
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
  json: 'application/json; charset=utf-8',
};
const POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: http://127.0.0.1:*; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

interface Acts {
  '/act/press': MessagePress;
  '/act/press-in-view': Press & { viewId: string };
  '/act/enter': EnteredField;
  '/act/submit': { userId: string; viewId: string; values: Record<string, string | string[] | null> };
  '/act/close': { userId: string; viewId: string };
  '/act/open-home': { userId: string };
  '/act/command': { userId: string; place: string; text: string };
  '/act/teams-press': TeamsPress;
  '/act/teams-dialog': DialogPress;
  '/act/teams-close': { userId: string };
  '/act/teams-look': { userId: string; place: string };
  '/act/teams-say': { userId: string; place: string; text: string };
  '/act/teams-extension': { userId: string; place: string };
  '/act/teams-install': { userId: string; installed: boolean };
  '/act/run': { event: string; message: string };
  '/act/switch': { name: string; on: boolean };
  '/act/decide-in-ui': { run: string; action: 'APPROVE' | 'REJECT' };
  '/act/abort': { run: string };
  '/act/check': { run: string; result: CheckResult };
}

/** As whom the page looks, and at which place of each platform. */
interface StateQuery {
  as?: string;
  slack?: string;
  teams?: string;
}

/** The demo's page: what everybody sees, live, and what a visitor can do. */
export class PageServer {
  readonly #server: FastifyInstance;
  readonly #doubles: Doubles;
  readonly #pipelines: Pipelines;
  readonly #switches: FaultSwitches;
  readonly #watchers = new Set<ServerResponse>();
  #told: NodeJS.Timeout | null = null;

  constructor(given: { doubles: Doubles; pipelines: Pipelines; switches: FaultSwitches }) {
    this.#doubles = given.doubles;
    this.#pipelines = given.pipelines;
    this.#switches = given.switches;
    this.#server = Fastify({ logger: false, forceCloseConnections: true });
    this.#server.addHook('onSend', async (_request, reply) => {
      reply.header('content-security-policy', POLICY).header('x-content-type-options', 'nosniff');
    });
    this.#routes();
    this.#actRoutes();
    this.#teamsRoutes();
  }

  /** Listens on loopback and answers the URL; on any free port if this one is taken. */
  async listen(port: number): Promise<string> {
    try {
      return await this.#server.listen({ host: '127.0.0.1', port });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
      return await this.#server.listen({ host: '127.0.0.1', port: 0 });
    }
  }

  /** Tells every open page to look again; many changes at once are told once. */
  changed(): void {
    this.#told ??= setTimeout(() => {
      this.#told = null;
      for (const watcher of this.#watchers) watcher.write('data: changed\n\n');
    }, 25);
  }

  async close(): Promise<void> {
    if (this.#told) clearTimeout(this.#told);
    for (const watcher of this.#watchers) watcher.end();
    await this.#server.close();
  }

  #routes(): void {
    this.#server.get('/', (_request, reply) => sendFile(reply, 'index.html'));
    this.#server.get<{ Params: { name: string } }>('/assets/:name', (request, reply) =>
      sendFile(reply, request.params.name),
    );
    this.#server.get('/live', (_request, reply) => this.#watch(reply));
    this.#server.get('/scenarios', () =>
      SCENARIOS.map(({ event, title, rule, message }) => ({ event, title, rule, message })),
    );
    this.#server.get<{ Querystring: { event?: string } }>('/curl', ({ query }) => ({
      line: this.#pipelines.curlFor(scenarioOf(query.event ?? '')),
    }));
    this.#server.get<{ Querystring: StateQuery }>('/state', ({ query }) => ({
      people: peopleShown(this.#doubles),
      slack: slackShown(this.#doubles.slack, playerOf(query.as ?? ''), query.slack ?? 'dm'),
      teams: teamsShown(this.#doubles.teams, playerOf(query.as ?? ''), query.teams ?? CHAT),
      runs: this.#pipelines.runs
        .slice(0, RUNS_SHOWN)
        .map((run) => runShown(run, this.#pipelines, this.#doubles.harness)),
      switches: this.#switches.shown(),
    }));
  }

  #teamsRoutes(): void {
    const { teams } = this.#doubles;
    this.#act('/act/teams-press', (press) => pressInTeams(teams, press));
    this.#act('/act/teams-dialog', (press) => pressInDialog(teams, press));
    this.#act('/act/teams-close', async ({ userId }) => {
      teams.closeDialog(userId);
      return {};
    });
    this.#act('/act/teams-look', ({ userId, place }) => lookIn(teams, userId, place));
    this.#act('/act/teams-say', ({ userId, place, text }) => sayInTeams(teams, userId, place, text));
    this.#act('/act/teams-extension', ({ userId, place }) => openExtension(teams, userId, place));
    this.#act('/act/teams-install', ({ userId, installed }) => setInstalled(teams, userId, installed));
  }

  #actRoutes(): void {
    const { slack } = this.#doubles;
    this.#act('/act/press', (press) => pressInMessage(slack, press));
    this.#act('/act/press-in-view', (press) => pressInView(slack, press.viewId, press));
    this.#act('/act/enter', (field) => enterField(slack, field));
    this.#act('/act/open-home', async ({ userId }) => {
      await slack.openHome(userId);
      return {};
    });
    this.#act('/act/command', ({ userId, place, text }) => typeCommand(slack, userId, place, text));
    this.#act('/act/submit', ({ userId, viewId, values }) => submitForm(slack, userId, viewId, values));
    this.#act('/act/close', async ({ userId, viewId }) => {
      await slack.closeView(userId, viewId);
      return {};
    });
    this.#act('/act/run', async ({ event, message }) => {
      const scenario = scenarioOf(event);
      const run = this.#pipelines.start(scenario, message.trim() || scenario.message);
      return { run: run.planExecutionId };
    });
    this.#act('/act/switch', async ({ name, on }) => {
      if (isSwitch(name)) this.#switches.set(name, on);
      this.changed();
      return {};
    });
    this.#act('/act/decide-in-ui', async ({ run, action }) => {
      this.#pipelines.decideInUi(run, action);
      return {};
    });
    this.#act('/act/abort', async ({ run }) => {
      this.#pipelines.abort(run);
      return {};
    });
    this.#act('/act/check', async ({ run, result }) => {
      await this.#pipelines.reportCheck(run, result);
      return {};
    });
  }

  #act<Path extends keyof Acts>(path: Path, act: (body: Acts[Path]) => Promise<object>): void {
    this.#server.post(path, async (request, reply) => {
      try {
        return await act(request.body as Acts[Path]);
      } catch (error) {
        const warning = error instanceof Error ? error.message : String(error);
        return await reply.code(409).send({ warning });
      } finally {
        this.changed();
      }
    });
  }

  #watch(reply: FastifyReply): void {
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    raw.write('retry: 1000\ndata: changed\n\n');
    this.#watchers.add(raw);
    raw.on('close', () => this.#watchers.delete(raw));
  }
}

const ASSET = /^[a-z][a-z-]*\.(html|css|js|svg|json)$/;
const RENDERER = 'adaptivecards/dist/adaptivecards.min.js';

async function sendFile(reply: FastifyReply, name: string): Promise<FastifyReply> {
  const extension = ASSET.exec(name)?.[1];
  if (extension === undefined) return reply.code(404).send();
  const text = await textOf(name).catch(() => null);
  if (text === null) return reply.code(404).send();
  return reply.type(CONTENT_TYPES[extension]!).header('cache-control', 'no-store').send(text);
}

function textOf(name: string): Promise<string> {
  if (name === 'library.css') return libraryStyle();
  const file =
    name === 'adaptivecards.js'
      ? import.meta.resolve(RENDERER)
      : new URL(`./public/${name}`, import.meta.url);
  return readFile(new URL(file), 'utf8');
}

/** The library styles one element by id; we draw many. */
async function libraryStyle(): Promise<string> {
  const css = await readFile(new URL(import.meta.resolve('slack-blocks-to-jsx/dist/style.css')), 'utf8');
  return css.replaceAll('#slack_blocks_to_jsx', '.slack_blocks_to_jsx');
}
