import { z } from 'zod';

const id = z.string().min(1).max(100);
const version = z.number().int().min(0).max(1_000_000);
/** Whose button it is (seal.ts). */
const seal = z.string().max(100).optional();
const recordId = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

/** The buttons of a card, each with the word its platform sends. */
export const PRESSES = [
  'approve',
  'approve_with_comment',
  'reject',
  'retry_submission',
  'choose_instance',
  'supply_inputs',
  'review',
  'ask_question',
  'answer_question',
] as const;
export type PressVerb = (typeof PRESSES)[number];

/** The forms that are filled in and submitted. */
export const ENTRIES = [
  'approve',
  'reject',
  'supply_inputs',
  'ask_question',
  'answer_question',
  'choose_instance',
] as const;

const actionData = z.discriminatedUnion('do', [
  z.object({
    do: z.literal('press'),
    verb: z.enum(PRESSES),
    card: id,
    version,
    /** Pressed on a page that names the card: the message is not the card itself. */
    page: z.literal(true).optional(),
  }),
  z.object({ do: z.literal('submit'), form: z.enum(ENTRIES), card: id, version, seal }),
  z.object({ do: z.literal('refresh'), card: id, version }),
  z.object({ do: z.literal('command'), command: z.string().max(4000), seal }),
  z.object({
    do: z.enum(['save_workflow', 'preview_workflow']),
    workflow: recordId.nullable(),
    seenAt: z.number().nullable(),
    kept: z.array(recordId).max(200),
    seal,
  }),
  /** Opens the list of what waits for whoever asks, from the compose box. */
  z.object({ do: z.literal('choose') }),
]);

/**
 * What our buttons and forms carry: ids and a command's text, never authority. It comes back from the client, where
 * anybody may change it, with what was entered beside it; the server looks everything up and authorizes it again.
 */
export type ActionData = z.infer<typeof actionData>;

/** What a client sent back, or null when it is nothing of ours. */
export function readActionData(value: unknown): ActionData | null {
  return actionData.safeParse(value).data ?? null;
}

const anyFields = z.record(z.string(), z.unknown());

/** Texts a person entered, by the ids of the inputs; whatever is no text is left out. */
export function readEntered(value: unknown): Readonly<Record<string, string>> {
  const entered = anyFields.safeParse(value).data ?? {};
  return Object.fromEntries(
    Object.entries(entered).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
