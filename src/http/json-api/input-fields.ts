import { z } from 'zod';

const ID_WORDS = 'must be an id: a whole number';
const NUMBER_WORDS = 'must be a whole number';

/** Nothing given is blank; anything else is of the wrong form. */
const blankOr = (words: string) => (issue: { input?: unknown }) =>
  issue.input === undefined || issue.input === null ? "can't be blank" : words;

const idForms = z.union(
  [
    z.int(ID_WORDS).min(1, ID_WORDS).max(999_999_999_999_999, ID_WORDS),
    z.string().regex(/^[1-9][0-9]{0,14}$/, ID_WORDS),
  ],
  { error: blankOr(ID_WORDS) },
);

/** An id in a body: 11 or "11" (contract §1.10 #6). */
export const idInput = idForms
  .meta({ description: 'The id of a resource, as a number or as text.', examples: [11] })
  .transform(Number);

/** A list of ids, each once. */
export const idListInput = z
  .array(idInput)
  .max(500)
  .meta({ examples: [[11, 12]] })
  .transform((ids) => [...new Set(ids)]);

const choiceForms = z.union(
  [
    z.int(NUMBER_WORDS).min(0, NUMBER_WORDS).max(1_000_000, NUMBER_WORDS),
    z.string().regex(/^[0-9]{1,6}$/, NUMBER_WORDS),
  ],
  { error: blankOr(NUMBER_WORDS) },
);

/** A small number out of a documented list, as a number or as text; which ones there are is the use case's to say. */
export const choiceInput = choiceForms.meta({ examples: [1] }).transform(Number);

/** Options of dynamic approvers and subscribers: [1] or ["1"] (contract §1.10 #7). */
export const choiceListInput = z
  .array(choiceInput)
  .max(20)
  .meta({ examples: [[1]] })
  .transform((ids) => [...new Set(ids)]);

/** Text of at most so many characters. */
export function textInput(max: number) {
  return z.string().max(max);
}
