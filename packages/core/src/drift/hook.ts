// What a domain does of its own while a drift run covers one of its resources.

import type { Instant } from '../schema/instant.ts';
import type { Store } from '../store/open-store.ts';
import type { Transaction } from '../store/transaction.ts';
import type { CheckedRecord } from './check.ts';
import type { DriftReport } from './report.ts';

export interface DriftRun {
  readonly id: string;
  readonly at: Instant;
  readonly by: string;
  /** The one record it is about. */
  readonly recordId: string | undefined;
  readonly source: string | undefined;
  /** Name of the schedule that it runs for. */
  readonly schedule: string | undefined;
}

/** Called only where the run looks at a record of the resource at all. */
export interface DriftHook {
  /** Before the first record. */
  started?(store: Store, run: DriftRun): Promise<void>;
  /** With each chunk, in the transaction that stores its differences; it may run again. */
  stored?(transaction: Transaction, run: DriftRun, records: readonly CheckedRecord[]): Promise<void>;
  /** After the last one. `report` is about this resource alone; undefined when the run failed or was cancelled. */
  finished?(store: Store, run: DriftRun, report: DriftReport | undefined): Promise<void>;
}
