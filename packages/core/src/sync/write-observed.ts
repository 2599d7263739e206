// Writing what a sweep found: records that differ, gauges that moved, records that are gone.

import type { Session } from '../engine/engine.ts';
import { hasSamples } from '../history/series/sample-buffer.ts';
import type { StoredRow, StoredValue } from '../schema/codec.ts';
import type { Instant } from '../schema/instant.ts';
import type { ObservedTable } from './observed-table.ts';

/** Observed values in the order of the plan, completed from what is stored. */
export type Cells = (StoredValue | undefined)[];

/**
 * The rows of a plan that has a series, each with what was seen of it: itself or, where a gauge was not observed and
 * will be filled in from the store, a copy.
 */
export function asSeen(plan: ObservedTable, rows: Iterable<Cells>): Map<Cells, Cells> {
  const { metricStart, width } = plan;
  if (!hasSamples(plan)) return new Map();
  const seen = new Map<Cells, Cells>();
  for (const cells of rows) {
    let whole = true;
    for (let index = metricStart; index < width; index++) if (cells[index] === undefined) whole = false;
    seen.set(cells, whole ? cells : cells.slice(0, width));
  }
  return seen;
}

/** Inserts new records, and updates the observed columns of known ones; a record that was absent is present again. */
export async function writeRecords(
  session: Session,
  plan: ObservedTable,
  records: readonly Cells[],
  at: Instant,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (records.length === 0) return;
  const { metricStart, hasPresence } = plan;
  const stamp = plan.codec.instant(at);
  const automatic = plan.writeRecords.columns.length - metricStart - (hasPresence ? 1 : 0);
  await session.bulk(
    plan.writeRecords,
    records.length,
    (index, into, offset) => {
      const cells = records[index]!;
      let to = offset;
      for (let from = 0; from < metricStart; from++) into[to++] = cells[from]!;
      if (hasPresence) into[to++] = null;
      for (let each = 0; each < automatic; each++) into[to++] = stamp;
    },
    { signal },
  );
}

export async function writeGauges(
  session: Session,
  plan: ObservedTable,
  gauges: readonly Cells[],
  at: Instant,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (gauges.length === 0 || plan.writeGauges === undefined) return;
  const { keyWidth, metricStart, width } = plan;
  const stamp = plan.codec.instant(at);
  await session.bulk(
    plan.writeGauges,
    gauges.length,
    (index, into, offset) => {
      const cells = gauges[index]!;
      let to = offset;
      for (let from = 0; from < keyWidth; from++) into[to++] = cells[from]!;
      for (let from = metricStart; from < width; from++) into[to++] = cells[from]!;
      into[to] = stamp;
    },
    { signal },
  );
}

export async function markAbsent(
  session: Session,
  plan: ObservedTable,
  absent: readonly StoredRow[],
  at: Instant,
): Promise<void> {
  const instants = new Array<StoredValue>(plan.instants).fill(plan.codec.instant(at));
  for (const stored of absent)
    await session.run(plan.markAbsent, [...instants, ...stored.slice(0, plan.keyWidth)]);
}
