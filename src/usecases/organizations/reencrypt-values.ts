import { ENCRYPTED_COLUMNS, placeOf, replaceValue, valuesUnlike } from '../../store/encrypted-values.ts';
import { type Context, commit } from '../context.ts';
import { CannotDecrypt, type Encryption } from '../ports.ts';

const AT_ONCE = 100;

/**
 * Brings every encrypted value under the present key, so that the keys before it can be dropped. One transaction per
 * value; what cannot be read is logged and left as it is. Run while no other process writes such values.
 */
export async function reencryptValues(
  context: Pick<Context, 'db' | 'wake' | 'log'>,
  encryption: Encryption,
): Promise<{ renewed: number; unreadable: number }> {
  const counts = { renewed: 0, unreadable: 0 };
  const { prefix } = encryption;
  if (prefix === null) return counts;
  for (const column of ENCRYPTED_COLUMNS) {
    let after = '';
    for (;;) {
      const found = await valuesUnlike(context.db, column, prefix, after, AT_ONCE);
      for (const { key, value } of found) {
        const place = placeOf(column, key);
        try {
          const renewed = encryption.encrypt(encryption.decrypt(value, place), place);
          await commit(context, (trx) => replaceValue(trx, column, key, value, renewed));
          counts.renewed += 1;
        } catch (error) {
          if (!(error instanceof CannotDecrypt)) throw error;
          context.log.error({ place }, error.message);
          counts.unreadable += 1;
        }
      }
      if (found.length < AT_ONCE) break;
      after = found.at(-1)!.key;
    }
  }
  if (counts.renewed > 0) context.log.info(counts, 'encrypted values were brought under the first key');
  return counts;
}
