import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lineText } from '../../src/approval/card.ts';
import type { SubscriberChannel } from '../../src/approval/workflow.ts';
import { cardsOf } from '../../src/store/cards.ts';
import { channelSpans } from '../../src/usecases/cards/subscriber-channels.ts';
import { createCardPresses } from '../../src/usecases/deciding/answer-press.ts';
import type { Principal } from '../../src/usecases/managing/managing.ts';
import { createEvent } from '../../src/usecases/workflows/manage-events.ts';
import {
  createWorkflow,
  getWorkflow,
  updateWorkflow,
} from '../../src/usecases/workflows/manage-workflows.ts';
import { accepted, problemsOf } from '../helpers/management.ts';
import { startTwoPlatforms, type TwoPlatforms, WORKFLOW } from '../helpers/two-platforms.ts';

const SLACK = { platform: 'slack', channelId: 'C0DEPLOYS' } as const;
const TEAMS = { platform: 'teams', channelId: '19:Deploys_-1=@thread.tacv2' } as const;
const SEED = WORKFLOW(
  `requirement: any, approvers: [alice@acme.io, bob@acme.io], channels: [{ slack: C0DEPLOYS }, { teams: "${TEAMS.channelId}" }]`,
);

let two: TwoPlatforms;
let admin: Principal;
beforeEach(async () => {
  two = await startTwoPlatforms();
  await two.load(SEED);
  const { organizationId } = two;
  admin = { organizationId, role: 'admin', personId: null, tokenId: 'bootstrap', via: 'api' };
  for (const name of ['dana', 'alice', 'bob']) two.directories.teams.add(name);
});
afterEach(() => two.close());

const workflowId = async () =>
  (await two.context.db.selectFrom('approval_workflows').select('id').executeTakeFirstOrThrow()).id;
const channels = async () =>
  accepted(await getWorkflow(two.context, admin, await workflowId())).subscriberChannels;
const write = async (subscriberChannels: readonly SubscriberChannel[]) =>
  updateWorkflow(two.context, admin, await workflowId(), { subscriberChannels });

test('a seed file names channels of both platforms; each gets one card, and hears the outcome below it', async () => {
  expect(await channels()).toEqual([SLACK, TEAMS]);
  const id = await two.ask('run-1');
  const shared = (await cardsOf(two.context.db, id)).filter(({ target }) => target.kind === 'channel');
  expect(shared.map(({ platform, target }) => `${platform} ${target.externalId}`).sort()).toEqual([
    `slack ${SLACK.channelId}`,
    `teams ${TEAMS.channelId}`,
  ]);
  const card = two.platforms.teams.cardOf(TEAMS.channelId, id)!;
  expect(card.deciders.toSorted()).toEqual(['aad-alice-0001', 'aad-bob-0001']);
  const { tenant, externalId } = two.directories.teams.accounts.get('aad-bob-0001')!;
  const own = two.platforms.teams.cardOf(externalId, id)!;
  await createCardPresses(two.context).approve({
    ...{ platform: 'teams', organizationId: two.organizationId, tenant, externalId },
    ...{ cardId: own.cardId, contentVersion: own.contentVersion, ref: null },
  });
  await two.pass(5_000);
  expect(two.platforms.slack.replies.map(({ channel }) => channel)).toEqual([SLACK.channelId]);
  expect(two.platforms.teams.replies.map(({ channel }) => channel)).toEqual([TEAMS.channelId]);
});

describe('a channel’s workspace or tenant', () => {
  const there = { ...TEAMS, tenant: '11111111-2222-4333-8444-555555555555' };

  test('stays where a change names the channel without it', async () => {
    accepted(await write([there, SLACK]));
    accepted(await write([SLACK, TEAMS]));
    expect(await channels()).toEqual([SLACK, there]);
    await two.load(SEED);
    expect(await channels()).toEqual([SLACK, there]);
  });

  test('is the one named, and the same channel in two is two', async () => {
    accepted(
      await write([
        { ...SLACK, tenant: 'T0ONE' },
        { ...SLACK, tenant: 'T0TWO' },
      ]),
    );
    expect(await channels()).toEqual([
      { ...SLACK, tenant: 'T0ONE' },
      { ...SLACK, tenant: 'T0TWO' },
    ]);
  });
});

test.each<[string, SubscriberChannel]>([
  ['a name', { platform: 'teams', channelId: 'Deploys' }],
  ['a Slack channel as one of Teams', { platform: 'teams', channelId: 'C0DEPLOYS' }],
  ['a Teams channel as one of Slack', { platform: 'slack', channelId: TEAMS.channelId }],
  ['a person’s chat', { platform: 'teams', channelId: 'a:1pers' }],
  ['a path', { platform: 'teams', channelId: '19:x/../y@thread.tacv2' }],
  ['another host’s thread', { platform: 'teams', channelId: '19:x@evil.example' }],
  ['a tenant that is none', { ...TEAMS, tenant: 'a b' }],
])('%s is no channel', async (_, channel) => {
  expect(problemsOf(await write([channel]))).toEqual([
    'subscriber_channels: must name Slack channels by id, such as C0123456789, or Teams channels, such as 19:…@thread.tacv2',
  ]);
});

test.each(['19:abc@thread.tacv2', '19:abc@thread.skype', '19:meeting_x@thread.v2'])(
  '%s is one of Teams',
  async (channelId) => {
    const event = accepted(await createEvent(two.context, admin, { name: 'Other' }));
    const policy = await two.context.db
      .selectFrom('approval_policies')
      .select('id')
      .executeTakeFirstOrThrow();
    accepted(
      await createWorkflow(two.context, admin, {
        ...{ eventId: event.id, approvalPolicyId: policy.id, approvalRequirementId: 1 },
        subscriberChannels: [{ platform: 'teams', channelId }],
      }),
    );
  },
);

test('are named on the reader’s own platform, and told of in words elsewhere', () => {
  const all = [SLACK, TEAMS, { ...TEAMS, channelId: '19:b@thread.tacv2' }];
  const words = (reader: 'slack' | 'teams' | null) =>
    lineText(channelSpans(all, reader).flatMap((span) => [span, { kind: 'text' as const, text: '|' }]));
  expect(words('slack')).toBe('C0DEPLOYS|2 channels in Microsoft Teams|');
  expect(words('teams')).toBe(`${TEAMS.channelId}|19:b@thread.tacv2|a channel in Slack|`);
  expect(words(null)).toBe('a channel in Slack|2 channels in Microsoft Teams|');
  expect(channelSpans(all, 'teams').filter(({ kind }) => kind === 'channel')).toHaveLength(2);
});
