// Rows as their engine has them, on their way to the thread that makes columns of them.

import type { ColumnSpec } from '../schema/spec.ts';
import type { ColumnBatch } from './column-batch.ts';

/** What one batch may have, about: one row may be larger by itself. */
export interface BatchLimit {
  readonly rows: number;
  readonly bytes: number;
}

export interface RawRows {
  /** Exports `readBatch`, a `ReadBatch` that takes `given`. */
  readonly module: URL;
  /** What can be sent to another thread. */
  readonly given: unknown;
  /** Bytes that will be read, about. */
  readonly size: number;
  /** All texts are UTF-8: the engine lets nothing else in. */
  readonly wellFormed?: boolean;
  /** Of `given`, what is handed over instead of copied. */
  readonly transfer: readonly ArrayBuffer[];
}

/**
 * Runs in any thread. What it gives is valid until it is called again.
 * @returns the next batch, and what is given the next time where there is more
 */
export type ReadBatch<Given = unknown> = (
  columns: readonly ColumnSpec[],
  given: Given,
  limit: BatchLimit,
) => { readonly batch: ColumnBatch; readonly rest: Given | undefined };

const readers = new Map<string, ReadBatch>();

/** @param module of `RawRows` */
export async function readerOf(module: string): Promise<ReadBatch> {
  let readBatch = readers.get(module);
  if (readBatch === undefined) {
    ({ readBatch } = (await import(module)) as { readonly readBatch: ReadBatch });
    readers.set(module, readBatch);
  }
  return readBatch;
}
