import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ChatAccount } from '../usecases/chat-commands.ts';
import { type ActionData, readActionData } from './action-data.ts';
import type { JsonObject } from './json.ts';

const LENGTH = 22;

/**
 * Tells our own forms and buttons from others'. In Teams anybody may post a card with buttons of their own making in
 * the app's name, or link to such a dialog, and whoever presses one sends what it says: authority is theirs, the words
 * on the button were not ours. What acts without a further question therefore carries a seal for one account, made with a key
 * that lives as long as the process; afterwards the question is put once more.
 */
export interface Seal {
  /** The card with a seal for this account in each of its forms and commands. */
  on(card: JsonObject, account: ChatAccount): JsonObject;
  /** Whether this came from a button or form that was made for this account. */
  holds(data: ActionData, account: ChatAccount): boolean;
}

export function createSeal(key: Buffer = randomBytes(32)): Seal {
  function of(data: ActionData, { tenant, externalId }: ChatAccount): string {
    const said = Object.entries(data)
      .filter(([name]) => name !== 'seal')
      .sort(([one], [other]) => (one < other ? -1 : 1));
    return createHmac('sha256', key)
      .update(JSON.stringify([tenant, externalId, said]))
      .digest('base64url')
      .slice(0, LENGTH);
  }

  function sealed(value: unknown, account: ChatAccount): unknown {
    if (Array.isArray(value)) return value.map((one) => sealed(one, account));
    if (typeof value !== 'object' || value === null) return value;
    const node = Object.fromEntries(
      Object.entries(value).map(([name, child]) => [name, name === 'data' ? child : sealed(child, account)]),
    );
    const data = readActionData(node.data);
    if (data && isSealed(data)) node.data = { ...node.data, seal: of(data, account) };
    return node;
  }

  return {
    on: (card, account) => sealed(card, account) as JsonObject,
    holds(data, account) {
      const seal = Buffer.from(('seal' in data && data.seal) || '');
      const right = Buffer.from(of(data, account));
      return seal.length === right.length && timingSafeEqual(seal, right);
    },
  };
}

/** A press opens a form, or decides by somebody's own card, whose id nobody else knows. */
function isSealed({ do: what }: ActionData): boolean {
  return ['submit', 'command', 'save_workflow', 'preview_workflow'].includes(what);
}
