import { z } from 'zod';

const id = z.string().min(1).max(1_000);
const account = z.looseObject({
  id,
  aadObjectId: z.string().min(1).max(100).optional(),
  name: z.string().max(1_000).optional(),
});
const tenant = z.looseObject({ id: z.string().max(100).optional() });

const activity = z.looseObject({
  type: z.string().min(1).max(100),
  id: id.optional(),
  channelId: z.string().max(100),
  serviceUrl: z.string().min(1).max(2_000),
  /** Which invoke it is. */
  name: z.string().max(200).optional(),
  text: z.string().nullish(),
  value: z.unknown().optional(),
  replyToId: id.optional(),
  from: account,
  recipient: z.looseObject({ id, isTargeted: z.boolean().optional() }),
  conversation: z.looseObject({
    id,
    conversationType: z.string().max(100).optional(),
    tenantId: z.string().max(100).optional(),
  }),
  channelData: z
    .looseObject({
      tenant: tenant.nullish(),
      channel: z.looseObject({ id: id.optional() }).nullish(),
      eventType: z.string().max(100).nullish(),
    })
    .nullish(),
  entities: z.array(z.unknown()).max(500).nullish(),
  membersAdded: z.array(z.looseObject({ id })).max(10_000).nullish(),
  membersRemoved: z.array(z.looseObject({ id })).max(10_000).nullish(),
  /** What an installationUpdate did. */
  action: z.string().max(100).nullish(),
});

/** What Teams sends, as far as it is read; more members than these are let be. */
export type WireActivity = z.infer<typeof activity>;

/** A posted body as an activity; null when it is none that Teams sends. */
export function readActivity(body: unknown): WireActivity | null {
  return activity.safeParse(body).data ?? null;
}
