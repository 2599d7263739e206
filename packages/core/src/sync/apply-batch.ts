// Writing what a comparison found: records that are new, differ or are gone. Unchanged records cost no write.

import { type ErrorCode, isHoldfastError } from '../errors.ts';
import type { Instant } from '../schema/instant.ts';
import type { Transaction } from '../store/transaction.ts';
import type { JudgedBatch } from './absences.ts';
import type { ComparedBatch } from './compare-batch.ts';
import type { Rejection } from './observation.ts';
import type { ObservedTable } from './observed-table.ts';
import { type Cells, markAbsent, writeRecords } from './write-observed.ts';

export interface BatchCounts {
  created: number;
  changed: number;
  deleted: number;
  unchanged: number;
  gauges: number;
  readonly rejected: Rejection[];
}

/** Refusals of the engine that are about one record. */
export const recordErrors: ReadonlySet<ErrorCode> = new Set([
  'CONFLICT',
  'REFERENCE_MISSING',
  'CHECK_FAILED',
  'RECORD_INVALID',
]);

export interface ApplyOptions {
  /** The sweep's instant. */
  readonly at: Instant;
  /** Write record by record, so that one that the engine refuses does not take the others with it. */
  readonly oneByOne: boolean;
  /** Mark nothing absent. */
  readonly keepAbsent: boolean;
  /** Leave changes that weigh unwritten. */
  readonly keepChanged: boolean;
}

/** What a batch did, and the gauges that are still to be written. */
export interface AppliedBatch {
  readonly counts: BatchCounts;
  readonly plan: ObservedTable;
  readonly moved: readonly Cells[];
  /** Every record that is stored and was seen, as it was seen: undefined where a gauge was not observed. */
  readonly seen: readonly Cells[];
  /** Whether what is missing may be judged: no row of the answer was refused. */
  readonly whole: boolean;
}

/** Writes inside the caller's transaction. */
export async function applyBatch(
  { session, savepoint, signal }: Transaction,
  compared: ComparedBatch,
  judged: JudgedBatch,
  { at, oneByOne, keepAbsent, keepChanged }: ApplyOptions,
): Promise<AppliedBatch> {
  const { plan, created, unchanged, moved } = compared;
  const kept = keepChanged ? compared.changed.filter(({ weighs }) => weighs) : [];
  const changed = keepChanged ? compared.changed.filter(({ weighs }) => !weighs) : compared.changed;
  const records = [...changed.map(({ cells }) => cells), ...created];
  const gauges = new Set(compared.gauges);
  const seen = new Map(compared.seen);
  const counts: BatchCounts = {
    created: created.length,
    changed: changed.length,
    deleted: 0,
    unchanged,
    // A record that is kept as it was has its gauges all the same.
    gauges: moved + kept.filter(({ cells }) => gauges.has(cells)).length,
    rejected: [...compared.rejected],
  };
  if (oneByOne) {
    for (const [index, cells] of records.entries()) {
      try {
        await savepoint(() => writeRecords(session, plan, [cells], at, signal));
      } catch (error) {
        if (!isHoldfastError(error) || !recordErrors.has(error.code)) throw error;
        counts.rejected.push({ id: cells.slice(0, plan.keyWidth).join('/'), message: error.message });
        gauges.delete(cells);
        seen.delete(cells);
        if (index < changed.length) counts.changed--;
        else counts.created--;
      }
    }
  } else await writeRecords(session, plan, records, at, signal);
  const whole = counts.rejected.length === 0;
  if (whole && !keepAbsent) {
    await markAbsent(
      session,
      plan,
      judged.confirmed.map(({ stored }) => stored),
      at,
    );
    counts.deleted = judged.confirmed.length;
  }
  return { counts, plan, moved: [...gauges], seen: [...seen.values()], whole };
}
