import type { TeamsConnector } from './connector.ts';
import type { TeamsActor, TeamsWhere } from './events.ts';
import type { Typed, TypedPiece } from './typed.ts';

/** How many people of a message are looked up in a roster. */
const LOOKUPS_MAX = 50;

/**
 * What was typed in the form that commands are parsed in (commands/parse.ts), people by their Entra object ids, or a
 * sentence that says whose cannot be told. May ask the roster of the conversation.
 */
export async function commandText(
  connector: Pick<TeamsConnector, 'member'>,
  { account, mri }: TeamsActor,
  { place, conversationId }: TeamsWhere,
  { pieces }: Typed,
): Promise<{ text: string } | { sentence: string }> {
  const ids = new Map<string, string>([[mri, account.externalId]]);
  const unmet = new Set<string>();
  for (const piece of pieces)
    if (piece.kind === 'mention' && piece.aadObjectId !== null) ids.set(piece.id, piece.aadObjectId);
  for (const piece of pieces) if (isPerson(piece) && !ids.has(piece.id)) unmet.add(piece.id);
  if (unmet.size > LOOKUPS_MAX) return { sentence: `A command can name ${LOOKUPS_MAX} people at most.` };
  for (const id of unmet) {
    const asked = await connector.member({ ...place, conversationId }, id);
    if (asked.kind === 'sent' && asked.value) ids.set(id, asked.value.aadObjectId);
  }
  const nobody = pieces.find((piece) => isPerson(piece) && !ids.has(piece.id));
  if (nobody?.kind === 'mention')
    return {
      sentence: `Teams does not say whose account “${nobody.name.slice(0, 100)}” is, so nothing was done. Name them by e-mail address.`,
    };
  return {
    text: pieces
      .map((piece) => textOf(piece, ids))
      .join('')
      .trim(),
  };
}

type Mention = Extract<TypedPiece, { kind: 'mention' }>;

function isPerson(piece: TypedPiece): piece is Mention {
  return piece.kind === 'mention' && !piece.id.startsWith('19:');
}

function textOf(piece: TypedPiece, ids: ReadonlyMap<string, string>): string {
  if (piece.kind === 'words') return piece.words.replaceAll('<', '&lt;');
  const label = piece.name.replace(/[<>|]/g, ' ');
  return piece.id.startsWith('19:') ? ` <#${piece.id}|${label}> ` : ` <@${ids.get(piece.id)}|${label}> `;
}
