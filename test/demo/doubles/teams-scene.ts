import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { afterEach, beforeEach } from 'vitest';
import type { JsonObject } from '../../../src/demo/doubles/common/json.ts';
import type { TeamsDouble } from '../../../src/demo/doubles/teams/handle.ts';
import type { TeamsDoubleOptions } from '../../../src/demo/doubles/teams/setup.ts';
import { startTeamsDouble } from '../../../src/demo/doubles/teams/teams-double.ts';

export const APP = '00000000-0000-0000-0000-00000000c0de';
export const TENANT = '00000000-0000-0000-0000-00000000feed';
export const SECRET = 'a client secret';
export const ALICE = 'aad-alice';
export const BOB = 'aad-bob';
export const CAROL = 'aad-carol';
export const CHANNEL = '19:ops@thread.tacv2';
export const TEAM = '19:general@thread.tacv2';
export const GROUP = '19:group@thread.v2';
export const CONNECTOR_SCOPE = 'https://api.botframework.com/.default';
export const GRAPH_SCOPE = 'https://graph.microsoft.com/.default';

interface Reply {
  status?: number;
  body?: unknown;
  never?: true;
}

const NOON = Date.UTC(2026, 10, 22, 12);

/** The double of this test, a bot that answers as told, and the time. */
export const scene = {
  time: NOON,
  double: undefined as unknown as TeamsDouble,
  receiver: undefined as unknown as Server,
  heard: [] as JsonObject[],
  reply: (() => ({})) as (activity: JsonObject) => Reply | Promise<Reply>,
  token: '',
};

/** Whether the bot may believe it: signed by a published key, for us, by the Connector, from where it says. */
async function isGenuine(request: IncomingMessage, activity: JsonObject): Promise<boolean> {
  const metadata = (await (await fetch(scene.double.openIdUrl)).json()) as {
    issuer: string;
    jwks_uri: string;
  };
  const keys = (await (await fetch(metadata.jwks_uri)).json()) as { keys: { endorsements: string[] }[] };
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet(keys as never), {
      issuer: metadata.issuer,
      audience: APP,
      algorithms: ['RS256'],
      clockTolerance: 300,
    });
    return (
      payload.serviceurl === activity.serviceUrl && keys.keys[0]?.endorsements.includes('msteams') === true
    );
  } catch {
    return false;
  }
}

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  const activity = JSON.parse(text) as JsonObject;
  if (!(await isGenuine(request, activity))) return void response.writeHead(401).end();
  scene.heard.push(activity);
  const answer = await scene.reply(activity);
  if (answer.never) return;
  response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' });
  response.end(answer.body === undefined ? '' : JSON.stringify(answer.body));
}

/** A fresh double with its people and places. */
export async function start(options: Partial<TeamsDoubleOptions> = {}): Promise<TeamsDouble> {
  await scene.double?.close();
  const { port } = scene.receiver.address() as AddressInfo;
  scene.double = await startTeamsDouble({
    appId: APP,
    appPassword: SECRET,
    tenantId: TENANT,
    requestUrl: `http://127.0.0.1:${port}/api/messages`,
    now: () => scene.time,
    ...options,
  });
  const { double } = scene;
  double.addPerson({ aadObjectId: ALICE, name: 'Alice Ames', email: 'alice@example.com', manager: BOB });
  double.addPerson({ aadObjectId: BOB, name: 'Bob', email: "bob.o'hara@example.com" });
  double.addPerson({
    aadObjectId: CAROL,
    name: 'Carol Cole',
    email: 'carol@other.example',
    isGuest: true,
    installed: false,
  });
  double.addTeam({ id: TEAM, name: 'Operations', members: [ALICE, BOB] });
  double.addChannel({ id: CHANNEL, name: 'ops', team: TEAM });
  double.addGroupChat({ id: GROUP, name: 'Release', members: [ALICE, CAROL] });
  scene.token = await accessToken();
  return double;
}

/** Registers the set-up and tear-down of one double per test. */
export function everyTestItsOwnDouble(options: Partial<TeamsDoubleOptions> = {}): void {
  beforeEach(async () => {
    scene.time = NOON;
    scene.heard = [];
    scene.reply = () => ({});
    scene.receiver = createServer((request, response) => void receive(request, response));
    await new Promise<void>((resolve) => scene.receiver.listen(0, '127.0.0.1', resolve));
    await start(options);
  });
  afterEach(async () => {
    await scene.double.close();
    scene.receiver.closeAllConnections();
    await new Promise((resolve) => scene.receiver.close(resolve));
  });
}

/** A request for a token, as an app makes it. */
export function askForToken(form: Record<string, string>, tenant = TENANT): Promise<Response> {
  const whole = {
    grant_type: 'client_credentials',
    client_id: APP,
    client_secret: SECRET,
    scope: CONNECTOR_SCOPE,
    ...form,
  };
  const body = new URLSearchParams(Object.entries(whole).filter(([, value]) => value !== ''));
  return fetch(`${scene.double.loginUrl}/${tenant}/oauth2/v2.0/token`, { method: 'POST', body });
}

export async function accessToken(scope = CONNECTOR_SCOPE): Promise<string> {
  const body = (await (await askForToken({ scope })).json()) as { access_token: string };
  return body.access_token;
}

export interface Answered {
  status: number;
  body: JsonObject & { id?: string; error?: { code: string; message: string } };
  headers: Headers;
}

/** A request to the Connector; `path` is below v3/conversations. */
export async function connector(
  verb: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answered> {
  const answer = await fetch(`${scene.double.serviceUrl}v3/conversations${path}`, {
    method: verb,
    headers: { authorization: `Bearer ${scene.token}`, 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? {} : JSON.parse(text), headers: answer.headers };
}

export const at = (conversation: string, id = '') =>
  `/${encodeURIComponent(conversation)}/activities${id && `/${encodeURIComponent(id)}`}`;

/** A card that Teams draws, with these things changed. */
export function card(change: JsonObject = {}): JsonObject {
  return {
    type: 'AdaptiveCard',
    version: '1.5',
    body: [{ type: 'TextBlock', text: 'Deploy?', wrap: true }],
    ...change,
  };
}

export function message(content: JsonObject = card(), change: JsonObject = {}): JsonObject {
  return {
    type: 'message',
    summary: 'Deploy?',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content }],
    ...change,
  };
}

/** Posts it and answers its id. */
export async function posted(
  conversation: string,
  activity: JsonObject = message(),
  query = '',
): Promise<string> {
  const { status, body } = await connector('POST', `${at(conversation)}${query}`, activity);
  if (status !== 201) throw new Error(`not posted: ${status} ${JSON.stringify(body)}`);
  return String(body.id);
}

export const execute = (title: string, change: JsonObject = {}): JsonObject => ({
  type: 'Action.Execute',
  title,
  verb: title.toLowerCase(),
  data: { card: 'c1' },
  ...change,
});

export const cardAnswer = (value: JsonObject) => ({
  body: { statusCode: 200, type: 'application/vnd.microsoft.card.adaptive', value },
});

export const dialogAnswer = (content: JsonObject, title = 'A form') => ({
  body: {
    task: {
      type: 'continue',
      value: { title, card: { contentType: 'application/vnd.microsoft.card.adaptive', content } },
    },
  },
});
