// What a collector reports: an observation for each scope, complete or with the reason why not.

import type { HoldfastError } from '../errors.ts';
import type { AnyTable } from '../schema/table.ts';

/** Properties of one record as they were seen; undefined means not observed, and keeps what is stored. */
export type ObservedRow = Readonly<Record<string, unknown>>;

/** Records of one table, as one scope showed them. */
export interface ObservedBatch {
  readonly table: AnyTable;
  readonly rows: readonly ObservedRow[];
  /**
   * The stored records this scope answers for. In a complete scope, one of them that is not among the rows
   * is absent. Without it, absence means nothing (a log, a partial view).
   */
  readonly owns?: Readonly<Record<string, unknown>>;
  /** True for a stored record, by its key, that another scope of the same sweep has shown: it only moved. */
  readonly seenElsewhere?: (key: readonly unknown[]) => boolean;
}

/** A record that cannot be kept as it was sent; the others go on. */
export interface Rejection {
  /** What the system calls it, for messages. */
  readonly id: string;
  readonly message: string;
}

/** One scope's part of a sweep. */
export interface Observation {
  /** The part of the system that this is about, as `node/pve1/qemu`. */
  readonly scope: string;
  /** Why the scope is incomplete; undefined when it answered in full. */
  readonly error?: HoldfastError | undefined;
  readonly batches: readonly ObservedBatch[];
  readonly rejected?: readonly Rejection[];
}

/** What a scope's observation did to the store. */
export interface ScopeResult {
  readonly scope: string;
  readonly complete: boolean;
  readonly error?: { readonly code: string; readonly message: string; readonly hint: string };
  readonly created: number;
  readonly changed: number;
  readonly deleted: number;
  readonly unchanged: number;
  /** Records whose gauges moved; they count as unchanged. */
  readonly gauges: number;
  readonly rejected: readonly Rejection[];
}
