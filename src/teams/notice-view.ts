import { adaptiveCard, panel, paragraph, prose, run } from './elements.ts';
import type { JsonObject } from './json.ts';
import { LENGTH } from './limits.ts';

/** A few plain words as a card, in a dialog's place or as a message. */
export function noticeView(sentence: string): JsonObject {
  const said = prose(sentence, LENGTH.sentence, '…');
  return adaptiveCard(said.length > 0 ? said : [paragraph([run('–')])!]);
}

/** The same, with what somebody wrote that came to nothing: it stays before them, to be taken along. */
export function keptWordsView(sentence: string, written: readonly string[]): JsonObject {
  const kept = written.flatMap((words) => prose(words, LENGTH.sentence, '…'));
  const { body } = noticeView(sentence) as { body: JsonObject[] };
  return adaptiveCard([...body, paragraph([run('You wrote:', { subtle: true })])!, panel('emphasis', kept)]);
}
