// One batch of observed records against the stored ones: what is new, what changed, what is gone.

import type { Session } from '../engine/engine.ts';
import { type ErrorCode, isHoldfastError } from '../errors.ts';
import { invalidValue, type StoredRow, type StoredValue } from '../schema/codec.ts';
import type { Instant } from '../schema/instant.ts';
import type { TableCodec } from '../store/table-codec.ts';
import type { Transaction } from '../store/transaction.ts';
import { Parameters, whereSql } from '../store/where.ts';
import type { ObservedBatch, ObservedRow, Rejection } from './observation.ts';
import { type ObservedTable, observedTable } from './observed-table.ts';
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

/** Keys looked up in one statement. */
const lookupKeys = 200;

export interface ApplyOptions {
  /** Whether absence counts. */
  readonly complete: boolean;
  /** The sweep's instant. */
  readonly at: Instant;
  /** Write record by record, so that one that the engine refuses does not take the others with it. */
  readonly oneByOne: boolean;
}

/** What a batch did, and the gauges that are still to be written. */
export interface AppliedBatch {
  readonly counts: BatchCounts;
  readonly plan: ObservedTable;
  readonly moved: readonly Cells[];
}

/** Compares, and writes records that differ, inside the caller's transaction. Unchanged records cost no write. */
export async function applyBatch(
  { session, savepoint, signal }: Transaction,
  codec: TableCodec,
  batch: ObservedBatch,
  { complete, at, oneByOne }: ApplyOptions,
): Promise<AppliedBatch> {
  const plan = observedTable(codec, batch.rows);
  const counts: BatchCounts = { created: 0, changed: 0, deleted: 0, unchanged: 0, gauges: 0, rejected: [] };
  const observed = encodeRows(plan, batch, counts.rejected);
  const records: Cells[] = [];
  const gauges = new Set<Cells>();
  const absent: StoredRow[] = [];
  const { keyWidth, metricStart, width } = plan;
  let met = 0;

  const meet = (row: StoredRow): void => {
    const stored = plan.normalise(row);
    const cells = observed.get(keyOf(stored, plan));
    if (cells === undefined) {
      if (stored[width] === null && !batch.seenElsewhere?.(stored.slice(0, keyWidth))) absent.push(stored);
      return;
    }
    met++;
    cells[width] = true;
    const moved = fill(cells, stored, metricStart, width);
    if (moved) gauges.add(cells);
    // A record that was absent and is back has changed, even if nothing else did.
    if (fill(cells, stored, keyWidth, metricStart) || stored[width] !== null) records.push(cells);
    else {
      counts.unchanged++;
      if (moved) counts.gauges++;
    }
  };

  if (batch.owns !== undefined) (await readOwned(session, plan, batch.owns)).forEach(meet);
  if (met < observed.size) {
    // What the scope shows but did not own before: new, or moved here.
    const others = [...observed.values()].filter((cells) => cells[width] === undefined);
    for (const rows of await readKeys(session, plan, others)) rows.forEach(meet);
  }
  counts.changed = records.length;
  if (met < observed.size)
    for (const cells of observed.values()) {
      if (cells[width] !== undefined) continue;
      const missing = plan.mandatory.find(({ at: place }) => (cells[place] ?? null) === null);
      if (missing !== undefined) {
        const { message } = invalidValue(codec.table.name, missing.spec, undefined);
        counts.rejected.push({ id: cells.slice(0, plan.keyWidth).join('/'), message });
        continue;
      }
      records.push(cells);
      counts.created++;
      if (fill(cells, plan.initial, metricStart, width)) gauges.add(cells);
      fill(cells, plan.initial, keyWidth, metricStart);
    }

  if (oneByOne) {
    const existing = counts.changed;
    for (const [index, cells] of records.entries()) {
      try {
        await savepoint(() => writeRecords(session, plan, [cells], at, signal));
      } catch (error) {
        if (!isHoldfastError(error) || !recordErrors.has(error.code)) throw error;
        counts.rejected.push({ id: cells.slice(0, keyWidth).join('/'), message: error.message });
        gauges.delete(cells);
        if (index < existing) counts.changed--;
        else counts.created--;
      }
    }
  } else await writeRecords(session, plan, records, at, signal);
  if (complete && counts.rejected.length === 0 && plan.hasPresence && batch.owns !== undefined) {
    await markAbsent(session, plan, absent, at);
    counts.deleted = absent.length;
  }
  return { counts, plan, moved: [...gauges] };
}

/** Observed rows as cells by key. Rows that do not fit, or come twice, are named and left out. */
function encodeRows(plan: ObservedTable, batch: ObservedBatch, rejected: Rejection[]): Map<unknown, Cells> {
  const observed = new Map<unknown, Cells>();
  const { codec, encode, width } = plan;
  const reject = (row: ObservedRow, message: string): void => {
    const parts = codec.keyFields.map(({ property }) => keyText(row[property]));
    rejected.push({ id: parts.join('/'), message });
  };
  for (const row of batch.rows) {
    // One more than it has values: the last cell says that the stored record was met.
    const cells: Cells = new Array(width + 1).fill(undefined);
    try {
      encode(row, cells as StoredValue[], 0, 0);
    } catch (error) {
      if (!isHoldfastError(error)) throw error;
      reject(row, error.message);
      continue;
    }
    const id = keyOf(cells, plan);
    if (observed.has(id)) reject(row, 'the answer has this id twice; the first one counts');
    else observed.set(id, cells);
  }
  return observed;
}

/** A part of an id for messages; what is neither text nor number is named by its kind. */
const keyText = (part: unknown): string =>
  typeof part === 'string' || typeof part === 'number' ? String(part).slice(0, 80) : typeof part;

/** A map key: the parts joined by NUL. Where several are free text, one with a NUL of its own is spelled out. */
export function keyOf(cells: readonly unknown[], { keyWidth, severalTexts }: ObservedTable): unknown {
  if (keyWidth === 1) return cells[0];
  let key = `${cells[0]}`;
  for (let index = 1; index < keyWidth; index++) key += `\u0000${cells[index]}`;
  return severalTexts && hasNul(cells, keyWidth) ? JSON.stringify(cells.slice(0, keyWidth).map(String)) : key;
}

function hasNul(cells: readonly unknown[], width: number): boolean {
  for (let index = 0; index < width; index++) {
    const part = cells[index];
    if (typeof part === 'string' && part.includes('\u0000')) return true;
  }
  return false;
}

/** Completes cells that were not observed; true when an observed one differs from what is stored. */
export function fill(cells: Cells, stored: readonly StoredValue[], from: number, to: number): boolean {
  let differs = false;
  for (let index = from; index < to; index++) {
    if (cells[index] === undefined) cells[index] = stored[index]!;
    else if (cells[index] !== stored[index] && !sameBytes(cells[index], stored[index])) differs = true;
  }
  return differs;
}

const sameBytes = (a: unknown, b: unknown): boolean =>
  a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0;

/**
 * Stored rows of the scope. They are as many as the answer has rows, give or take what is new or gone.
 * Columns that the scope itself fixes (its source, its node) are not read again for every row.
 */
async function readOwned(
  session: Session,
  plan: ObservedTable,
  owns: Readonly<Record<string, unknown>>,
): Promise<StoredRow[]> {
  const { codec } = plan;
  const parameters = new Parameters(codec.syntax);
  const condition = whereSql(owns, codec, codec.syntax, parameters);
  const fixed = plan.fields.flatMap(({ property }, index) =>
    typeof owns[property] === 'string'
      ? [{ index, value: codec.column(property).encode(owns[property]) }]
      : [],
  );
  const select = plan.select(fixed.map(({ index }) => index));
  const rows = await session.all(
    codec.statement(`${select} WHERE ${condition || '1 = 1'}`),
    parameters.values,
  );
  for (const row of rows) for (const { index, value } of fixed) row[index] = value;
  return rows;
}

/** Stored rows for keys, in chunks. */
export async function readKeys(
  session: Session,
  plan: ObservedTable,
  wanted: readonly Cells[],
): Promise<StoredRow[][]> {
  const { codec, keyWidth } = plan;
  const select = plan.select([]);
  const columns = codec.keyFields.map(({ property }) => codec.column(property));
  const found: StoredRow[][] = [];
  for (let start = 0; start < wanted.length; start += lookupKeys) {
    const part = wanted.slice(start, start + lookupKeys);
    const parameters = new Parameters(codec.syntax);
    const keys = part.map((cells) => cells.slice(0, keyWidth).map((value) => parameters.add(value!)));
    const condition = codec.syntax.oneOfRows(columns, keys);
    found.push(await session.all(codec.statement(`${select} WHERE ${condition}`), parameters.values));
  }
  return found;
}
