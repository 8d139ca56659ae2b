import { z } from 'zod';
import type { WireActivity } from './wire.ts';

/** What was typed: words, and who or what was mentioned among them, in order. */
export type TypedPiece =
  | { kind: 'words'; words: string }
  | {
      kind: 'mention';
      /** 29:… of a person, 19:… of a channel. */
      id: string;
      /** Seldom said by Teams. */
      aadObjectId: string | null;
      name: string;
    };

export interface Typed {
  pieces: readonly TypedPiece[];
  /** The bot itself was mentioned. */
  addressed: boolean;
}

const MENTIONED = /<at(?:\s[^<>]{0,100})?>([^<>]{0,1000})<\/at>/gi;

const mentionSchema = z.looseObject({
  type: z.literal('mention'),
  text: z.string().max(2_000),
  mentioned: z.looseObject({
    id: z.string().min(1).max(1_000),
    aadObjectId: z.string().min(1).max(100).optional(),
    name: z.string().max(1_000).optional(),
  }),
});

/** The text of a message; mentions of the bot are left out, and those without an entity are words. */
export function readTyped({ text, entities, recipient }: WireActivity): Typed {
  const mentions = (entities ?? []).flatMap((entity) => mentionSchema.safeParse(entity).data ?? []);
  const pieces: TypedPiece[] = [];
  let addressed = false;
  let at = 0;
  const whole = text ?? '';
  for (const match of whole.matchAll(MENTIONED)) {
    pieces.push(words(whole.slice(at, match.index)));
    at = match.index + match[0].length;
    const nth = mentions.findIndex((mention) => mention.text === match[0]);
    const [mention] = nth < 0 ? [] : mentions.splice(nth, 1);
    if (mention?.mentioned.id === recipient.id) addressed = true;
    else if (mention) {
      const { id, aadObjectId = null, name } = mention.mentioned;
      pieces.push({ kind: 'mention', id, aadObjectId, name: name ?? match[1]! });
    } else pieces.push(words(` ${match[1]} `));
  }
  pieces.push(words(whole.slice(at)));
  return { pieces: pieces.filter((piece) => piece.kind === 'mention' || piece.words !== ''), addressed };
}

function words(text: string): TypedPiece {
  return { kind: 'words', words: text.replace(/&nbsp;|&#160;/gi, ' ') };
}
