import { z } from 'zod';
import { type IdentifierForm, isIdentifier } from './identifiers.ts';

/** A pasted expression that Harness left as it was. */
const UNRESOLVED = /<\+|^null$/;

/** How Harness's own words for "no value" read: absent, null, ''. */
export const blank = (value: unknown) => (value === null || value === '' ? undefined : value);

/** Text of at most `max` characters without NUL or half characters, either of which a database would trip over. */
export function words(max: number, min = 0) {
  return z
    .string({ error: (issue) => (issue.input === undefined ? 'is missing' : 'must be text') })
    .min(min, { error: 'must not be empty' })
    .max(max, { error: `must be at most ${max} characters` })
    .refine((text) => !text.includes('\0'), { error: 'must not hold NUL characters' })
    .refine((text) => text.isWellFormed(), { error: 'holds half of a surrogate pair' });
}

/** Text, or a number or boolean taken as text, as Harness does itself. */
export function scalar(max: number, min = 0) {
  return z.preprocess(
    (value) => (typeof value === 'number' || typeof value === 'boolean' ? String(value) : value),
    words(max, min),
  );
}

/** A name that people see and that is sent to Harness as it is: no control or direction characters. */
export function label(max: number) {
  return words(max, 1).refine((text) => !/[\p{Cc}\p{Cf}]/u.test(text), {
    error: 'must not hold control or invisible characters',
  });
}

export const FORM_WORDS: Readonly<Record<IdentifierForm, string>> = {
  name: 'must be a Harness identifier: letters, digits, _ and $, not beginning with a digit, at most 128',
  id: 'must be a Harness id: letters, digits, _ and -, at most 128',
  callbackId: 'must hold only letters, digits and _ . ( ) - once resolved, at most 256',
};

/** An identifier (R3). An expression that Harness did not resolve is told apart from a bad one. */
export function identifier(form: IdentifierForm, expression: string) {
  return z
    .string({ error: (issue) => (issue.input === undefined ? 'is missing' : 'must be text') })
    .superRefine((text, context) => {
      if (UNRESOLVED.test(text))
        context.addIssue({
          code: 'custom',
          message: `Harness did not resolve ${expression}: check the expression in the step’s requestBody`,
        });
      else if (!isIdentifier(form, text)) context.addIssue({ code: 'custom', message: FORM_WORDS[form] });
    });
}

/** true, false, or the same as text, as a pasted expression gives it. */
export const flag = z.preprocess(
  (value) => (value === 'true' ? true : value === 'false' ? false : (blank(value) ?? false)),
  z.boolean({ error: 'must be true or false' }),
);

/** An e-mail in lower case; null when it is none, for it is only a hint (R5). */
export const emailHint = z
  .unknown()
  .optional()
  .transform((value) =>
    typeof value === 'string' &&
    /^[^\s<>@,;]+@[^\s<>@,;]+$/.test(value.trim()) &&
    value.length <= 254 &&
    noControls(value)
      ? value.trim().toLowerCase()
      : null,
  );

function noControls(text: string): boolean {
  return text.isWellFormed() && !/[\p{Cc}\p{Cf}]/u.test(text.trim());
}

const SECONDS_BELOW = 100_000_000_000;
const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const LONGEST_MS = 366 * UNIT_MS.d;

/** ISO 8601 with a zone, or epoch ms; gives epoch ms. */
export const moment = z.unknown().transform((value, context): number => {
  const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isInteger(number) && number >= SECONDS_BELOW && number < 8.64e15)
    return number;
  const seconds = typeof number === 'number' && number >= 0 && number < SECONDS_BELOW;
  const iso = typeof value === 'string' && z.iso.datetime({ offset: true }).safeParse(value).success;
  if (iso && !Number.isNaN(Date.parse(value))) return Date.parse(value);
  context.addIssue({
    code: 'custom',
    message: seconds
      ? 'looks like seconds: give milliseconds since 1970, or a time such as 2026-12-31T17:00:00Z'
      : 'must be a time with its zone, such as 2026-12-31T17:00:00Z, or milliseconds since 1970',
  });
  return z.NEVER;
});

/** "30m", "2h", "1d"; gives ms. */
export const duration = z.unknown().transform((value, context): number => {
  const parts = typeof value === 'string' ? /^(\d{1,6})([smhdw])$/.exec(value) : null;
  const ms = parts ? Number(parts[1]) * UNIT_MS[parts[2] as keyof typeof UNIT_MS] : 0;
  if (ms > 0 && ms <= LONGEST_MS) return ms;
  context.addIssue({ code: 'custom', message: 'must be a time span such as 30m, 2h or 1d, at most 366d' });
  return z.NEVER;
});
