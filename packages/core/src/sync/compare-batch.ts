// One batch of observed records against the stored ones: what is new, what differs, what is no longer shown.

import type { Session } from '../engine/engine.ts';
import { isHoldfastError } from '../errors.ts';
import { invalidValue, type StoredRow, type StoredValue } from '../schema/codec.ts';
import type { TableCodec } from '../store/table-codec.ts';
import { Parameters, whereSql } from '../store/where.ts';
import type { ObservedBatch, ObservedRow, Rejection } from './observation.ts';
import { type ObservedTable, observedTable } from './observed-table.ts';
import { asSeen, type Cells } from './write-observed.ts';

/** Keys looked up in one statement. */
const lookupKeys = 200;

/** A known record that differs from what is stored. */
export interface Change {
  readonly cells: Cells;
  readonly stored: StoredRow;
  /**
   * Whether it counts towards what is too much for one sweep: something known has become something else. A record
   * that is back, a value where there was none, and what may swing on many records at once do not.
   */
  readonly weighs: boolean;
}

/** What a batch would do. Nothing is written yet. */
export interface ComparedBatch {
  readonly batch: ObservedBatch;
  readonly plan: ObservedTable;
  readonly created: readonly Cells[];
  readonly changed: readonly Change[];
  readonly unchanged: number;
  /** Unchanged records whose gauges moved. */
  readonly moved: number;
  /** All records whose gauges moved, new ones included. */
  readonly gauges: ReadonlySet<Cells>;
  /** Stored records that the scope answers for and does not show. */
  readonly missing: readonly StoredRow[];
  /** Records that the scope answers for and that were there before. */
  readonly owned: number;
  /** Records that were there before and are shown. */
  readonly shown: number;
  /** Everything that was shown, by key. */
  readonly observed: ReadonlyMap<unknown, Cells>;
  /** Of every record that is stored, or will be, its gauges as they were seen: undefined where one was not observed. */
  readonly seen: ReadonlyMap<Cells, Cells>;
  readonly rejected: readonly Rejection[];
}

/** Compares inside the caller's transaction. */
export async function compareBatch(
  session: Session,
  codec: TableCodec,
  batch: ObservedBatch,
): Promise<ComparedBatch> {
  const plan = observedTable(codec, batch.rows);
  if (batch.rows.some(codec.hasSecrets)) await codec.secrets.ready(session);
  const rejected: Rejection[] = [];
  const observed = encodeRows(plan, batch, rejected);
  const seen = asSeen(plan, observed.values());
  const created: Cells[] = [];
  const changed: Change[] = [];
  const gauges = new Set<Cells>();
  const missing: StoredRow[] = [];
  const { keyWidth, metricStart, width } = plan;
  const swings = new Set(batch.swings);
  let [met, shown, unchanged, moved] = [0, 0, 0, 0];

  const meet = (row: StoredRow): void => {
    const stored = plan.normalise(row);
    const cells = observed.get(keyOf(stored, plan));
    const present = stored[width] === null;
    if (cells === undefined) {
      if (present && !batch.seenElsewhere?.(stored.slice(0, keyWidth))) missing.push(stored);
      return;
    }
    met++;
    if (present) shown++;
    cells[width] = true;
    const movedNow = fill(cells, stored, metricStart, width);
    if (movedNow) gauges.add(cells);
    // A record that was absent and is back has changed, even if nothing else did.
    if (fill(cells, stored, keyWidth, metricStart) || !present)
      changed.push({ cells, stored, weighs: present && weighs(cells, stored, plan, swings) });
    else {
      unchanged++;
      if (movedNow) moved++;
    }
  };

  if (batch.owns !== undefined) (await readOwned(session, plan, batch.owns)).forEach(meet);
  const owned = shown + missing.length;
  if (met < observed.size) {
    // What the scope shows but did not own before: new, or moved here.
    const others = [...observed.values()].filter((cells) => cells[width] === undefined);
    for (const rows of await readKeys(session, plan, others)) rows.forEach(meet);
  }
  if (met < observed.size)
    for (const cells of observed.values()) {
      if (cells[width] !== undefined) continue;
      const lacking = plan.mandatory.find(({ at: place }) => (cells[place] ?? null) === null);
      if (lacking !== undefined) {
        const { message } = invalidValue(codec.table.name, lacking.spec, undefined);
        rejected.push({ id: cells.slice(0, keyWidth).join('/'), message });
        seen.delete(cells);
        continue;
      }
      created.push(cells);
      if (fill(cells, plan.initial, metricStart, width)) gauges.add(cells);
      fill(cells, plan.initial, keyWidth, metricStart);
    }
  return {
    batch,
    plan,
    created,
    changed,
    unchanged,
    moved,
    gauges,
    missing,
    owned,
    shown,
    observed,
    seen,
    rejected,
  };
}

function weighs(
  cells: Cells,
  stored: StoredRow,
  { fields, keyWidth, metricStart }: ObservedTable,
  swings: ReadonlySet<string>,
): boolean {
  for (let index = keyWidth; index < metricStart; index++)
    if (stored[index] !== null && !same(cells[index], stored[index]) && !swings.has(fields[index]!.property))
      return true;
  return false;
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
    else if (!same(cells[index], stored[index])) differs = true;
  }
  return differs;
}

/** Are two stored values one? */
export const same = (a: unknown, b: unknown): boolean =>
  a === b || (a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0);

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
