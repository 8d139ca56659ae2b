import type { FieldProblem } from './managing.ts';

export const MAX_NAME = 200;
export const MAX_TEXT = 5_000;

/** A name: not blank, not too long. */
export function nameProblems(field: string, value: string | null | undefined): FieldProblem[] {
  if (value === undefined) return [];
  if (value === null || value.trim() === '') return [{ field, detail: "can't be blank" }];
  return tooLong(field, value, MAX_NAME);
}

export function tooLong(field: string, value: string | null | undefined, most: number): FieldProblem[] {
  return value != null && value.length > most
    ? [{ field, detail: `is too long (at most ${most} characters)` }]
    : [];
}

/** One of a few values: `must be 1, 2 or 3`. */
export function choiceProblems<T extends string | number>(
  field: string,
  value: T | null | undefined,
  choices: readonly T[],
): FieldProblem[] {
  if (value === undefined || (value !== null && choices.includes(value))) return [];
  return [{ field, detail: `must be ${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}` }];
}

const SLUG = /^[a-z][a-z0-9-]{0,99}$/;
const RESERVED = 'notifications';

/** A slug that was given: R27's pattern, not reserved. */
export function slugProblems(slug: string | undefined): FieldProblem[] {
  if (slug === undefined) return [];
  if (!SLUG.test(slug))
    return [{ field: 'slug', detail: 'must start with a letter and hold only a–z, 0–9 and -' }];
  return slug === RESERVED ? [{ field: 'slug', detail: 'is reserved' }] : [];
}

/** A slug made from a name (R27): `Deploy to prod.` → `deploy-to-prod`; `fallback` where no letter is left. */
export function slugOf(name: string, fallback: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  const slug = /^[a-z]/.test(plain) ? plain : [fallback, plain].filter(Boolean).join('-');
  return slug.slice(0, 90).replace(/-+$/, '');
}

/** The slug, or the slug with the first number behind it that is free. */
export function freeSlug(slug: string, taken: ReadonlySet<string>): string {
  if (!taken.has(slug) && slug !== RESERVED) return slug;
  let number = 2;
  while (taken.has(`${slug}-${number}`)) number += 1;
  return `${slug}-${number}`;
}
