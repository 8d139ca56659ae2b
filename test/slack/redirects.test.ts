import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { boltLogger } from '../../src/slack/bolt-log.ts';
import { createSlackClient } from '../../src/slack/client.ts';
import { createAnswerUrl } from '../../src/slack/response-urls.ts';
import { RecordingLog } from '../helpers/recording.ts';

let elsewhere: Server;
let slack: Server;
let status: number;
let asked: { here: number; elsewhere: number };

async function listening(server: Server): Promise<Server> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}

const urlOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

beforeEach(async () => {
  asked = { here: 0, elsewhere: 0 };
  elsewhere = await listening(
    createServer((_, response) => {
      asked.elsewhere += 1;
      response.setHeader('content-type', 'application/json').end('{"ok":true}');
    }),
  );
  slack = await listening(
    createServer((request, response) => {
      asked.here += 1;
      response.writeHead(status, { location: `${urlOf(elsewhere)}${request.url}` }).end();
    }),
  );
});
afterEach(() => {
  elsewhere.close();
  slack.close();
});

describe.each([301, 302, 307, 308])('a redirect (%i) in the place of Slack’s answer', (given) => {
  beforeEach(() => {
    status = given;
  });

  test('takes no token, no code and no secret of the app elsewhere', async () => {
    const parts = { apiUrl: `${urlOf(slack)}/api/`, logger: boltLogger(new RecordingLog()) };
    const withToken = createSlackClient({ ...parts, botToken: 'xoxb-1' });
    await expect(withToken.apiCall('auth.test')).rejects.toThrow();
    const exchange = createSlackClient({ ...parts, botToken: null });
    const secrets = { client_id: '1', client_secret: 'x', code: 'y' };
    await expect(exchange.apiCall('oauth.v2.access', secrets)).rejects.toThrow();
    expect(asked).toEqual({ here: 2, elsewhere: 0 });
  });

  test('takes no answer to a press elsewhere', async () => {
    const answer = createAnswerUrl({ apiUrl: `${urlOf(slack)}/api/` });
    expect(await answer(`${urlOf(slack)}/actions/1`, { text: 'told' })).not.toBeNull();
    expect(asked).toEqual({ here: 1, elsewhere: 0 });
  });
});
