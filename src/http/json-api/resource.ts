import type { z } from 'zod';
import type {
  FilterOperator,
  ListQuery,
  Managed,
  Page,
  Principal,
} from '../../usecases/managing/managing.ts';

/** What a resource shows under `attributes`. */
export interface Attribute<Row> {
  /** What stands there: for the OpenAPI document. */
  schema: z.ZodType;
  read(row: Row): unknown;
  /** An addition to the seed's shape: left out while true, unless fields[TYPE] names it. */
  hidden?(row: Row): boolean;
}

/** A link to other resources. Shown as `{"meta":{"included":false}}` unless included or `alwaysData`. */
export interface Relationship<Row> {
  /** The type it leads to: the key under which that resource is registered. */
  type: string;
  many: boolean;
  description?: string;
  /** The ids, as far as the row knows them: at most one unless `many`. */
  ids(row: Row): readonly (number | string)[];
  /** For ids that the row does not know: id of the row → ids. Asked for only when the relationship is followed. */
  find?(
    principal: Principal,
    rows: readonly Row[],
  ): Promise<ReadonlyMap<string, readonly (number | string)[]>>;
  /** The related rows, where the row holds them itself. */
  rows?(row: Row): readonly unknown[];
  /** As with attributes; shown all the same when included. */
  hidden?(row: Row): boolean;
  /** The seed shows `organization` with data at all times. */
  alwaysData?: boolean;
  /** The attribute a write sends it as: `event_id`, `approver_ids` (contract §1.10 #9). */
  attribute?: string;
  /** Offers /relationships/<name>. Without `change` it can only be read there. */
  endpoint?: RelationshipEndpoint<Row>;
}

export type RelationshipChange = { op: 'replace' | 'add' | 'remove'; ids: readonly string[] };

export interface RelationshipEndpoint<Row> {
  /** Adds and removes are idempotent and lose no concurrent change (contract §2, "/relationships/approvers"). */
  change?(principal: Principal, id: string, change: RelationshipChange): Promise<Managed<Row>>;
}

/** Values are several by comma as well, but for `text`, which may hold one. */
export interface FilterSpec {
  kind: 'id' | 'integer' | 'boolean' | 'time' | 'text' | 'word';
  description?: string;
  /** `eq` alone unless said otherwise. */
  ops?: readonly FilterOperator[];
  /** The values there are. */
  choices?: readonly string[];
}

/** A body that writes: its attributes as a schema, and what is done with them. */
export interface Write<Row> {
  schema: z.ZodObject;
  description?: string;
  run(principal: Principal, id: string, input: Record<string, unknown>): Promise<Managed<Row>>;
}

/** `PUT /TYPE`: makes what the body's natural key does not name yet, and changes what it does. */
export interface Upsert<Row> extends Omit<Write<Row>, 'run'> {
  summary: string;
  run(principal: Principal, input: Record<string, unknown>): Promise<Managed<{ row: Row; created: boolean }>>;
}

/** `PATCH /:id/<name>`: what changes a resource otherwise than by its attributes. */
export type Action<Row> = Write<Row> & { summary: string };

/**
 * Everything the API says of one resource; routes, serialization, input checks and the OpenAPI document come from it.
 * Operations that are left out are answered with 405.
 */
export interface Resource<Row> {
  type: string;
  description: string;
  id(row: Row): number | string;
  /** The form an id has in a URL; decimal integers unless said otherwise. Anything else is 404. */
  idForm?: RegExp;
  attributes: Readonly<Record<string, Attribute<Row>>>;
  relationships: Readonly<Record<string, Relationship<Row>>>;
  filters: Readonly<Record<string, FilterSpec>>;
  sorts: readonly string[];
  defaultSort?: ListQuery['sort'];
  /** Other spellings taken in bodies (contract §1.10 #1). */
  aliases?: Readonly<Record<string, string>>;
  list?(principal: Principal, query: ListQuery): Promise<Managed<Page<Row>>>;
  get?(principal: Principal, id: string): Promise<Managed<Row>>;
  /** For includes: the rows of these ids that the principal may see. Without it they are listed by `filter[id]`. */
  load?(principal: Principal, ids: readonly string[]): Promise<readonly Row[]>;
  create?: Write<Row>;
  upsert?: Upsert<Row>;
  update?: Write<Row>;
  /** Warnings turn the 204 into a 200 with `meta.warnings` (R30). */
  remove?(principal: Principal, id: string): Promise<Managed<Removed>>;
  actions?: Readonly<Record<string, Action<Row>>>;
}

export type Removed = { warnings?: readonly string[] } | null;

/** A resource of whatever rows: rows only ever come from it and go back to it. */
export type AnyResource = Resource<unknown>;

/** Every resource that can be addressed or included, by type. */
export type Registry = ReadonlyMap<string, AnyResource>;

type Camel<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Name;

/** `event_id` → `eventId`, for every key. */
export type CamelKeys<T> = { [Key in keyof T as Key extends string ? Camel<Key> : Key]: T[Key] };

/** Ties a body's schema to the function that takes what it lets through, in the code's own spelling. */
export function writes<Row, Shape extends z.ZodObject>(
  schema: Shape,
  run: (principal: Principal, id: string, input: CamelKeys<z.output<Shape>>) => Promise<Managed<Row>>,
): Write<Row> {
  return {
    schema,
    run: (principal, id, input) => run(principal, id, camelKeys(input) as CamelKeys<z.output<Shape>>),
  };
}

/** As `writes`, for a body that is known by its natural key. */
export function upserts<Row, Shape extends z.ZodObject>(
  schema: Shape,
  summary: string,
  run: (
    principal: Principal,
    input: CamelKeys<z.output<Shape>>,
  ) => Promise<Managed<{ row: Row; created: boolean }>>,
): Upsert<Row> {
  return {
    schema,
    summary,
    run: (principal, input) => run(principal, camelKeys(input) as CamelKeys<z.output<Shape>>),
  };
}

function camelKeys(input: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => [
      name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );
}

/** A resource with its rows' type forgotten, so that different ones stand in one registry. */
export function resource<Row>(descriptor: Resource<Row>): AnyResource {
  return descriptor as unknown as AnyResource;
}

/** Looks a name up among own keys only: names come from outside. */
export function named<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
