import { type CardSpan, text } from '../../approval/card.ts';
import type { SubscriberChannel } from '../../approval/workflow.ts';
import { PLATFORM_NAMES } from '../people/platform-names.ts';
import type { PlatformName } from '../ports.ts';

/** Slack: C… or G…. Teams: a channel's or a group chat's conversation id. */
const IDS: Readonly<Record<PlatformName, RegExp>> = {
  slack: /^[CG][A-Z0-9]{2,20}$/,
  teams: /^19:[A-Za-z0-9_.=-]{1,160}@(thread\.(tacv2|skype|v2)|unq\.gbl\.spaces)$/,
};
const TENANT = /^[A-Za-z0-9-]{1,64}$/;

/** What a channel's id looks like, to follow “must name”. */
export const CHANNEL_WORDS =
  'Slack channels by id, such as C0123456789, or Teams channels, such as 19:…@thread.tacv2';

/** Whether this can be a channel of its platform, and its tenant a workspace or tenant. */
export function isChannel({ platform, channelId, tenant }: SubscriberChannel): boolean {
  return IDS[platform]?.test(channelId) === true && (tenant === undefined || TENANT.test(tenant));
}

/** Each once, as it was named last. */
export function uniqueChannels(channels: readonly SubscriberChannel[]): SubscriberChannel[] {
  return [
    ...new Map(
      channels.map(({ platform, channelId, tenant }) => [
        `${platform} ${tenant ?? ''} ${channelId}`,
        { platform, channelId, ...(tenant !== undefined && { tenant }) },
      ]),
    ).values(),
  ];
}

/** Channels named without their workspace or tenant keep the one they had: not every door names it. */
export function withKnownTenants(
  channels: readonly SubscriberChannel[],
  before: readonly SubscriberChannel[],
): SubscriberChannel[] {
  return channels.map((channel) => {
    if (channel.tenant !== undefined) return channel;
    const known = before.find(
      ({ platform, channelId }) => platform === channel.platform && channelId === channel.channelId,
    );
    return known?.tenant === undefined ? channel : { ...channel, tenant: known.tenant };
  });
}

/**
 * Channels as a reader is shown them: by name on the reader's own platform, elsewhere in words: “#deploys”,
 * “2 channels in Microsoft Teams”. `reader` null = on none.
 */
export function channelSpans(
  channels: readonly SubscriberChannel[],
  reader: PlatformName | null,
): CardSpan[] {
  const here = channels.filter(({ platform }) => platform === reader);
  const elsewhere = Map.groupBy(
    channels.filter(({ platform }) => platform !== reader),
    ({ platform }) => platform,
  );
  return [
    ...here.map(({ channelId }): CardSpan => ({ kind: 'channel', externalId: channelId })),
    ...[...elsewhere].map(([platform, { length }]) =>
      text(`${length === 1 ? 'a channel' : `${length} channels`} in ${PLATFORM_NAMES[platform]}`),
    ),
  ];
}
