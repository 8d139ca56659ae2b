import { countByBeginning, ENCRYPTED_COLUMNS } from '../../store/encrypted-values.ts';
import type { Context } from '../context.ts';
import type { Encryption } from '../ports.ts';

/** How many encrypted values there are, by the key they are under. */
export interface KeysInUse {
  underFirst: number;
  /** What every other key is known by, and how many values need it. */
  underOthers: ReadonlyMap<string, number>;
}

/** `enc1.`, the key's 16 hex digits, and a full stop. */
const BEGINNING = 22;

/** Counts them; `encryption` says which key is the first. Reads no value, and changes nothing. */
export async function keysInUse({ db }: Pick<Context, 'db'>, encryption: Encryption): Promise<KeysInUse> {
  const underOthers = new Map<string, number>();
  let underFirst = 0;
  for (const column of ENCRYPTED_COLUMNS)
    for (const { beginning, count } of await countByBeginning(db, column, BEGINNING)) {
      const key = beginning.split('.')[1] ?? '';
      if (beginning === encryption.prefix) underFirst += count;
      else underOthers.set(key, (underOthers.get(key) ?? 0) + count);
    }
  return { underFirst, underOthers };
}
