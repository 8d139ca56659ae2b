import { adaptiveCard, paragraph, prose, run } from './elements.ts';
import type { JsonObject } from './json.ts';
import { LENGTH } from './limits.ts';

/** A few plain words as a card, in a dialog's place or as a message. */
export function noticeView(sentence: string): JsonObject {
  const said = prose(sentence, LENGTH.sentence, '…');
  return adaptiveCard(said.length > 0 ? said : [paragraph([run('–')])!]);
}
