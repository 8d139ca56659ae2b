import type { MessageMetadata } from '@slack/types';

/** What a message of ours says it is: whoever reads the conversation can read it, so it holds ids only. */
export interface Mark {
  kind: 'card' | 'notice' | 'reply';
  id: string;
}

/** The message's metadata that carries the mark. */
export function metadataOf({ kind, id }: Mark): MessageMetadata {
  return { event_type: eventOf(kind), event_payload: { [nameOf(kind)]: id } };
}

/** Whether a message carries the mark. Anybody with a token may copy it, so the author counts, too. */
export function isMarked(
  metadata: { event_type?: string; event_payload?: unknown } | undefined,
  { kind, id }: Mark,
): boolean {
  if (metadata?.event_type !== eventOf(kind)) return false;
  const payload = metadata.event_payload;
  if (typeof payload !== 'object' || payload === null) return false;
  return (payload as Readonly<Record<string, unknown>>)[nameOf(kind)] === id;
}

function eventOf(kind: Mark['kind']): string {
  return `countersign_${kind}`;
}

function nameOf(kind: Mark['kind']): string {
  return `${kind}_id`;
}
