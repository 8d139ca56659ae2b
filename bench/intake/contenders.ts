import { createHmac, randomBytes } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../src/demo/page/free-port.ts';
import { startBot } from '../bot.ts';
import type { Make } from '../clicks/load.ts';
import { type MeasuredProcess, startMeasured } from '../clicks/measured-process.ts';
import { WEBHOOK_TOKEN } from '../webhook.ts';

/** Somebody who takes webhooks, in a process and with a database of their own. */
export interface Contender {
  name: string;
  /** Where its database is. */
  isOnDisk: boolean;
  start(): Promise<Running>;
}

export interface Running extends MeasuredProcess {
  url: string;
  /** A webhook that it answers with `right`. */
  make: Make;
  right: number;
  end(): Promise<void>;
}

const SECRET = randomBytes(24);
const SIGNING_SECRET = 'secret-of-the-limit';

/** What a pipeline's step posts, of a run of its own each time. */
function body(): string {
  const run = randomBytes(11).toString('hex');
  return JSON.stringify({
    accountIdentifier: 'acme',
    orgIdentifier: 'default',
    projectIdentifier: 'shop',
    pipelineIdentifier: 'deploy',
    planExecutionId: run,
    callbackId: `approve-${run}`,
    executionUrl: `https://app.harness.io/ng/account/acme/all/orgs/default/projects/shop/pipelines/deploy/executions/${run}/pipeline`,
    triggeredByEmail: 'dana@acme.io',
    message: 'Deploys checkout 4.2.0 to production. Changes: three fixes and the new shipping form.',
    facts: [
      { name: 'Service', value: 'checkout' },
      { name: 'Version', value: '4.2.0' },
    ],
    links: [{ title: 'Changes', url: 'https://git.acme.io/shop/checkout/compare/4.1.9...4.2.0' }],
  });
}

const JSON_TYPE = { 'content-type': 'application/json' };
const PATH = '/hooks/harness/deploy-0';

const byBearer: Make = () => ({
  path: PATH,
  headers: { ...JSON_TYPE, authorization: `Bearer ${WEBHOOK_TOKEN}` },
  body: body(),
});

const bySignature: Make = () => {
  const text = body();
  const id = `msg_${randomBytes(12).toString('hex')}`;
  const at = String(Math.floor(Date.now() / 1000));
  const signature = createHmac('sha256', SECRET).update(`${id}.${at}.${text}`).digest('base64');
  return {
    path: PATH,
    headers: {
      ...JSON_TYPE,
      'webhook-id': id,
      'webhook-timestamp': at,
      'webhook-signature': `v1,${signature}`,
    },
    body: text,
  };
};

/** The Limit checks the HMAC of a body as Slack makes it: bench/clicks/limit.ts. */
const bySlack: Make = () => {
  const text = body();
  const at = String(Math.floor(Date.now() / 1000));
  const signature = createHmac('sha256', SIGNING_SECRET).update(`v0:${at}:${text}`).digest('hex');
  return {
    path: PATH,
    headers: { ...JSON_TYPE, 'x-slack-request-timestamp': at, 'x-slack-signature': `v0=${signature}` },
    body: text,
  };
};

/** What no bot can be faster than, with a commit for each request or one for all of a turn of the event loop. */
export function limit(name: string, parent: string, isOnDisk: boolean, isGrouped: boolean): Contender {
  return {
    name,
    isOnDisk,
    async start() {
      const folder = mkdtempSync(join(parent, 'countersign-limit-'));
      const port = String(await freePort());
      const url = `http://127.0.0.1:${port}`;
      const environment = { PORT: port, DATABASE: join(folder, 'limit.db'), SECRET: SIGNING_SECRET };
      const limiting = await startMeasured({
        script: 'bench/clicks/limit.ts',
        environment: isGrouped ? { ...environment, GROUP: '1' } : environment,
        logFile: join(folder, 'limit.log'),
        readyUrl: url,
      });
      return running(limiting, folder, { url, make: bySlack, right: 200 });
    },
  };
}

/** The bot, on a copy of a database that has people and a workflow. */
export function bot(
  name: string,
  parent: string,
  isOnDisk: boolean,
  given: { seeded: string; environment: Record<string, string>; isSigned: boolean; nodeFlags: string[] },
): Contender {
  return {
    name,
    isOnDisk,
    async start() {
      const folder = mkdtempSync(join(parent, 'countersign-intake-'));
      const file = join(folder, 'bot.db');
      copyFileSync(given.seeded, file);
      const secret = `whsec_${SECRET.toString('base64')}`;
      const environment = { ...given.environment, WEBHOOK_SECRET: secret, DATABASE_URL: `sqlite:${file}` };
      const started = await startBot(folder, environment, given.nodeFlags);
      return running(started, folder, {
        url: started.url,
        make: given.isSigned ? bySignature : byBearer,
        right: 202,
      });
    },
  };
}

function running(
  process: MeasuredProcess,
  folder: string,
  rest: Pick<Running, 'url' | 'make' | 'right'>,
): Running {
  return {
    ...process,
    ...rest,
    async end() {
      await process.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
