import { z } from 'zod';
import type { OutgoingMessage, TeamsMember } from './connector.ts';
import type { JsonObject } from './json.ts';

export const CARD_TYPE = 'application/vnd.microsoft.card.adaptive';

/** The message as an activity; what is in no card is plain text, so that no Markdown of anybody's is drawn. */
export function activityOf({ summary, text, card }: OutgoingMessage): JsonObject {
  return {
    type: 'message',
    summary,
    ...(text !== undefined && { text, textFormat: 'plain' }),
    ...(card && { attachments: [{ contentType: CARD_TYPE, content: card }] }),
  };
}

const text = z.string().nullish();

/** A person of a roster as the Connector writes it; both spellings of the object id occur. */
export const wireMember = z.looseObject({
  id: z.string().min(1),
  name: text,
  aadObjectId: text,
  objectId: text,
  email: text,
  userPrincipalName: text,
  tenantId: text,
  userRole: text,
});

/** null: somebody without an account in Entra, such as a bot. Who is of no tenant that is named is not of ours. */
export function memberOf(wire: z.infer<typeof wireMember>): TeamsMember | null {
  const aadObjectId = wire.aadObjectId || wire.objectId;
  if (!aadObjectId) return null;
  const userPrincipalName = wire.userPrincipalName || null;
  return {
    mri: wire.id,
    aadObjectId,
    name: wire.name || aadObjectId,
    email: wire.email || null,
    userPrincipalName,
    tenantId: wire.tenantId ?? '',
    isGuest: wire.userRole?.toLowerCase() === 'guest' || /#EXT#/i.test(userPrincipalName ?? ''),
  };
}

const wireError = z.object({
  error: z.object({ code: z.string().catch(''), message: z.string().catch('') }),
});

/** The Connector's word for what is wrong, and its sentence; empty where it says neither. */
export function errorOf(body: unknown): { code: string; message: string } {
  const found = wireError.safeParse(body).data?.error;
  const clean = (words: string) =>
    words
      .replace(/[\x00-\x1f\x7f]+/g, ' ')
      .trim()
      .slice(0, 200);
  return { code: clean(found?.code ?? '').slice(0, 80), message: clean(found?.message ?? '') };
}
