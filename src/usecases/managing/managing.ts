/** Who asks through the management API or a command: a person or a machine, with what its token may (R1). */
export interface Principal {
  organizationId: number;
  role: 'admin' | 'member' | 'pipeline';
  /** null for the bootstrap API_TOKEN, which stands for nobody in particular. */
  personId: number | null;
  /** The token's own id; 'bootstrap' for those of the environment. */
  tokenId: string;
  via: 'api' | 'harness_api' | 'cli' | 'slack' | 'teams';
}

/** One thing wrong with what was written: the attribute as the API names it, and the sentence. */
export interface FieldProblem {
  /** `event`, `approver_ids` …: the seed's names, without `_id` where the seed drops it. */
  field: string;
  /** Where it really stands in the body, when that differs: `event_id`. */
  attribute?: string;
  detail: string;
}

/** Why nothing was changed. */
export type ManageRefusal =
  | { kind: 'not_found' }
  | { kind: 'forbidden'; why: string }
  | { kind: 'conflict'; why: string }
  | { kind: 'invalid'; problems: readonly FieldProblem[] };

/** What a write came to: refusals are values, since a caller caused them. */
export type Managed<T> = { ok: true; value: T } | { ok: false; refusal: ManageRefusal };

export type FilterOperator = 'eq' | 'not_eq' | 'contains' | 'not_contain' | 'gt' | 'gt_eq' | 'lt' | 'lt_eq';

/** One filter: any of `values` (all of them must differ for not_eq). Values are as they came, already of the right form. */
export interface Filter {
  field: string;
  op: FilterOperator;
  values: readonly string[];
}

/** A page of a list; `number` starts at 1. */
export interface ListQuery {
  filters: readonly Filter[];
  sort: readonly { field: string; descending: boolean }[];
  page: { number: number; size: number };
}

/** Rows of one page and how many there are in all. */
export interface Page<T> {
  rows: readonly T[];
  total: number;
}
