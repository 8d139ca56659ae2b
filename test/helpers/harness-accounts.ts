import pino from 'pino';
import { type App, createApp } from '../../src/app.ts';
import type { Config } from '../../src/config.ts';
import { type HarnessDouble, startHarnessDouble } from '../../src/demo/doubles/harness/harness-double.ts';
import { createConnection } from '../../src/usecases/connections/add-connection.ts';
import type { HarnessConnection } from '../../src/usecases/harness-ports.ts';
import { operatorOf } from './installs.ts';
import { ok } from './principals.ts';
import { BOT, email, type StepOptions, type World } from './world.ts';

export const ENCRYPTED = { ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64') };

/** A further Harness account, with a stand-in of its own. */
export interface Account {
  harness: HarnessDouble;
  account: string;
  apiKey: string;
  /** Run, post, gate, first cards in this account; the request's id. */
  ask(id: string, options?: StepOptions & { token?: string; event?: string }): Promise<string>;
  webhook(id: string, more?: Record<string, unknown>): Record<string, unknown>;
  /** Votes that were sent to it. */
  posts(): number;
  /** Every key it was ever sent. */
  keysSeen(): Set<string>;
}

/** Starts a stand-in for another account; nobody is connected to it yet. */
export async function startAccount(world: World, account: string): Promise<Account> {
  const harness = await startHarnessDouble({ accountId: account, now: world.clock.now });
  const apiKey = `sat.${account}.token.secret-for-${account}`;
  harness.addPrincipal({ ...BOT, apiKey });
  for (const { uuid, name, email: address } of world.harness.users)
    harness.addUser({ uuid, name, email: address });
  const webhook = (id: string, more: Record<string, unknown> = {}) =>
    world.webhook(id, {
      accountIdentifier: account,
      executionUrl: `${harness.url}/ng/account/${account}/executions/${id}`,
      ...more,
    });
  return {
    ...{ harness, account, apiKey, webhook },
    async ask(id, { token, event = 'deploy-to-production', ...step } = {}) {
      harness.startExecution({
        planExecutionId: id,
        orgIdentifier: 'default',
        projectIdentifier: 'payments',
        pipelineIdentifier: 'deploy_payments',
        pipelineName: 'Deploy payments',
        runSequence: 7,
        triggeredBy: { uuid: 'h-dana', identifier: 'dana', email: email('dana'), triggerType: 'MANUAL' },
      });
      const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
      const { status, body } = await world.post(event, webhook(id), headers);
      if (status !== 202) throw new Error(`the webhook answered ${status}: ${JSON.stringify(body)}`);
      harness.reachApproval(id, {
        callbackId: step.callbackId ?? `${id}-gate`,
        approvalMessage: 'Approve in chat',
        approvers: {
          userGroups: [],
          serviceAccounts: ['account.approvalbot'],
          minimumCount: 1,
          ...step.approvers,
        },
        ...(step.timeoutMs !== undefined && { timeoutMs: step.timeoutMs }),
      });
      await world.pass(1_000);
      return body.id as string;
    },
    posts: () => postsAt(harness),
    keysSeen: () => new Set(harness.requests.map(({ headers }) => String(headers['x-api-key']))),
  };
}

export function postsAt(harness: HarnessDouble): number {
  return harness.requests.filter(({ method }) => method === 'POST').length;
}

/** Connects an organization to an account, as whoever runs the bot. */
export async function connect(
  world: World,
  { harness, account, apiKey }: Pick<Account, 'harness' | 'account' | 'apiKey'>,
  { name = account, organizationId = world.app.organizationId } = {},
): Promise<HarnessConnection> {
  const wanted = { name, account, baseUrl: harness.url, pathPrefix: '/gateway', apiKey };
  return ok(await createConnection(world.app.context, operatorOf(organizationId), wanted));
}

/** The bot as another process on the same database; `change` is what differs in its configuration. */
export async function anotherProcess(world: World, change: Partial<Config> = {}): Promise<App> {
  const app = await createApp({ ...world.config, ...change }, pino({ level: 'silent' }), {
    clock: world.clock,
    random: () => 0.5,
    wait: async () => {},
  });
  await app.connect();
  return app;
}
