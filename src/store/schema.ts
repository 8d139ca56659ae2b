import type { Insertable, Selectable } from 'kysely';
import type { BookkeepingTables } from './bookkeeping-tables.ts';
import type { ChatTables } from './chat-tables.ts';
import type { ConfigurationTables } from './configuration-tables.ts';
import type { ConnectionTables } from './connection-tables.ts';
import type { PeopleTables } from './people-tables.ts';
import type { RequestTables } from './request-tables.ts';

/** The tables as they are in the database: epoch milliseconds, JSON as text, 0/1 for booleans. */
export interface Tables
  extends PeopleTables,
    ConfigurationTables,
    RequestTables,
    ChatTables,
    ConnectionTables,
    BookkeepingTables {}

export type Row<T extends keyof Tables> = Selectable<Tables[T]>;
export type NewRow<T extends keyof Tables> = Insertable<Tables[T]>;
