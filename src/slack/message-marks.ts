import type { MessageMetadata } from '@slack/types';

/** What a message of ours says it is: whoever reads the conversation can read it, so it holds ids only. */
export interface Mark {
  kind: 'card' | 'notice' | 'reply';
  id: string;
  /** The request that a card shows. */
  requestId?: string;
}

/** The message's metadata that carries the mark. */
export function metadataOf({ kind, id, requestId }: Mark): MessageMetadata {
  return {
    event_type: eventOf(kind),
    event_payload: { [nameOf(kind)]: id, ...(requestId !== undefined && { request_id: requestId }) },
  };
}

/**
 * Whether a message carries the mark, or, where the mark names a request, is a card of it. Anybody with a token may copy
 * it, so the author counts, too.
 */
export function isMarked(
  metadata: { event_type?: string; event_payload?: unknown } | undefined,
  { kind, id, requestId }: Mark,
): boolean {
  if (metadata?.event_type !== eventOf(kind)) return false;
  const payload = metadata.event_payload;
  if (typeof payload !== 'object' || payload === null) return false;
  const said = payload as Readonly<Record<string, unknown>>;
  return said[nameOf(kind)] === id || (requestId !== undefined && said.request_id === requestId);
}

function eventOf(kind: Mark['kind']): string {
  return `countersign_${kind}`;
}

function nameOf(kind: Mark['kind']): string {
  return `${kind}_id`;
}
