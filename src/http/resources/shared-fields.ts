import { z } from 'zod';
import type { FilterOperator } from '../../usecases/managing/managing.ts';
import type { Attribute, FilterSpec, Relationship } from '../json-api/resource.ts';

export const timeSchema = z.iso.datetime().nullable().meta({ description: 'ISO 8601 in UTC.' });

/** Epoch ms as ISO 8601; null stays null. */
export function isoTime(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

/** An attribute that is a time. */
export function timeAttribute<Row>(read: (row: Row) => number | null): Attribute<Row> {
  return { schema: timeSchema, read: (row) => isoTime(read(row)) };
}

/** What a vote rests on: a test run, a build. */
export const evidence = z.strictObject({ title: z.string(), url: z.url() });

/** `organization`: always with data, as in the seed. */
export function organizationOf<Row>(read: (row: Row) => number): Relationship<Row> {
  return { type: 'organizations', many: false, alwaysData: true, ids: (row) => [read(row)] };
}

/** Zero or one id. */
export function oneOrNone(id: number | string | null): readonly (number | string)[] {
  return id === null ? [] : [id];
}

/** The filters a use case says it has. Its operators stand; what it does not say of a value's form is said here. */
export function filtersOf(
  vocabulary: Readonly<
    Record<string, { kind: string; operators: readonly FilterOperator[]; choices?: readonly string[] }>
  >,
  kinds: Readonly<Record<string, FilterSpec['kind']>> = {},
): Record<string, FilterSpec> {
  return Object.fromEntries(
    Object.entries(vocabulary).map(([name, { kind, operators, choices }]) => [
      name,
      {
        kind: kinds[name] ?? (choices ? 'word' : (KINDS[kind] ?? 'text')),
        ops: operators,
        ...(choices && { choices }),
      },
    ]),
  );
}

const KINDS: Readonly<Record<string, FilterSpec['kind']>> = { integer: 'integer', flag: 'boolean' };

/** As `filtersOf`, where only operators are known. */
export function filtersBy<Name extends string>(
  operators: Readonly<Record<Name, readonly FilterOperator[]>>,
  kinds: Readonly<Record<Name, FilterSpec['kind']>>,
): Record<string, FilterSpec> {
  return Object.fromEntries(
    (Object.keys(kinds) as Name[]).map((name) => [name, { kind: kinds[name], ops: operators[name] }]),
  );
}
