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
  /** What ended a stored record, by its key and in the system's own name, where the system tells. */
  readonly causeOf?: (key: readonly unknown[]) => string | undefined;
  /** Properties that may change on many records at once, as a status does; such changes are never held back. */
  readonly swings?: readonly string[];
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

/** Records of one table that would be marked absent, or changed. */
export interface HeldEffect {
  readonly table: string;
  readonly change: 'deleted' | 'changed';
  readonly count: number;
  /** Keys of the first of them, in order, their parts joined by `/`. */
  readonly ids: readonly string[];
}

/** What a scope would have done beyond what a sweep does unasked. */
export interface HeldBack {
  /** Id of the plan that waits for consent; the scopes of one source share it. Empty until all of them are in. */
  readonly plan: string;
  readonly deleted: number;
  readonly changed: number;
  /** Which records, table by table. */
  readonly effects: readonly HeldEffect[];
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
  /** Records that were not shown and wait for a later sweep to confirm it; left out when there are none. */
  readonly unconfirmed?: number;
  /** What was not written because it is too much for one sweep. */
  readonly heldBack?: HeldBack;
  /** Records whose gauges moved; they count as unchanged. */
  readonly gauges: number;
  readonly rejected: readonly Rejection[];
}
