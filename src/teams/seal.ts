import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ChatAccount } from '../usecases/chat-commands.ts';
import type { Clock } from '../usecases/ports.ts';
import { type ActionData, readActionData } from './action-data.ts';
import type { JsonObject } from './json.ts';

const LENGTH = 22;
/** Seals of this stretch of time and of the one before hold: half a day at least, a day at most. */
const STRETCH_MS = 12 * 60 * 60_000;

/**
 * Tells our own forms and buttons from others'. In Teams anybody may post a card with buttons of their own making in
 * the app's name, or link to such a dialog, and whoever presses one sends what it says: authority is theirs, the words
 * on the button were not ours. What acts without a further question therefore carries a seal for one account, made with a key
 * that every instance of the bot has, and that changes twice a day; afterwards the question is put once more.
 */
export interface Seal {
  /** The card with a seal for this account in each of its forms and commands. */
  on(card: JsonObject, account: ChatAccount): JsonObject;
  /** Whether this came from a button or form that was made for this account. */
  holds(data: ActionData, account: ChatAccount): boolean;
}

/** `secret`: the same in every instance; without one, seals of this process alone hold. */
export function createSeal(clock: Clock, secret: string | Buffer = randomBytes(32)): Seal {
  const keys = new Map<number, Buffer>();

  function keyOf(stretch: number): Buffer {
    const known = keys.get(stretch);
    if (known) return known;
    const key = Buffer.from(hkdfSync('sha256', secret, '', `countersign teams seal ${stretch}`, 32));
    const [oldest] = keys.keys();
    if (keys.size > 3 && oldest !== undefined) keys.delete(oldest);
    keys.set(stretch, key);
    return key;
  }

  const stretchNow = () => Math.floor(clock.now() / STRETCH_MS);

  function of(data: ActionData, { tenant, externalId }: ChatAccount, stretch: number): string {
    const said = Object.entries(data)
      .filter(([name]) => name !== 'seal')
      .sort(([one], [other]) => (one < other ? -1 : 1));
    return createHmac('sha256', keyOf(stretch))
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
    const data = node.data === undefined ? null : readActionData(node.data);
    if (data && isSealed(data)) node.data = { ...node.data, seal: of(data, account, stretchNow()) };
    return node;
  }

  return {
    on: (card, account) => sealed(card, account) as JsonObject,
    holds(data, account) {
      const seal = Buffer.from(('seal' in data && data.seal) || '');
      // Another instance's clock may be a little ahead.
      return [0, -1, 1].some((step) => {
        const right = Buffer.from(of(data, account, stretchNow() + step));
        return seal.length === right.length && timingSafeEqual(seal, right);
      });
    },
  };
}

/** A press opens a form, or decides by somebody's own card, whose id nobody else knows. */
function isSealed({ do: what }: ActionData): boolean {
  return ['submit', 'command', 'save_workflow', 'preview_workflow'].includes(what);
}
