// Rows as columns before they are encoded: numbers in typed arrays, texts and bytes where their source has them, so that
// they need not become values of the language. Its buffers can be handed to another thread.

import type { StoredValue } from '../schema/codec.ts';
import type { ColumnSpec, Kind } from '../schema/spec.ts';

/** What a column has in a row. A gap is null. */
export const cell = { value: 0, gap: 1, exception: 2 } as const;

export interface BatchColumn {
  readonly kind: Kind;
  readonly scale: number | undefined;
  /** Of each row, a `cell`. */
  readonly cells: Uint8Array;
  /** Rows without a value of the kind. */
  gaps: number;
  /** Values that are not of the kind, by row, in ascending order of rows. */
  readonly exceptions: Map<number, StoredValue>;
  /** Of int, instant and real; of bool 0 and 1. */
  readonly numbers: Float64Array;
  /** Of bigint. */
  readonly wide: BigInt64Array;
  /** Of all other kinds: where their UTF-8, or their bytes, begin, how many there are, and in what. */
  readonly starts: Uint32Array;
  readonly lengths: Uint32Array;
  bytes: Uint8Array;
}

export interface ColumnBatch {
  rows: number;
  readonly columns: readonly BatchColumn[];
}

export type Form = 'numbers' | 'wide' | 'bytes';

export const formOf = (kind: Kind): Form =>
  kind === 'int' || kind === 'instant' || kind === 'real' || kind === 'bool'
    ? 'numbers'
    : kind === 'bigint'
      ? 'wide'
      : 'bytes';

const nothing = new Uint8Array(0);
/** What a column's kind does not use. */
const none = { numbers: new Float64Array(0), wide: new BigInt64Array(0), places: new Uint32Array(0) };

/** An empty batch with room for so many rows; it may be filled again and again. */
export function makeBatch(
  columns: readonly Pick<ColumnSpec, 'kind' | 'scale'>[],
  room: number,
): ColumnBatch & { rows: number } {
  return {
    rows: 0,
    columns: columns.map(({ kind, scale }) => {
      const form = formOf(kind);
      return {
        kind,
        scale,
        cells: new Uint8Array(room),
        gaps: 0,
        exceptions: new Map(),
        numbers: form === 'numbers' ? new Float64Array(room) : none.numbers,
        wide: form === 'wide' ? new BigInt64Array(room) : none.wide,
        starts: form === 'bytes' ? new Uint32Array(room) : none.places,
        lengths: form === 'bytes' ? new Uint32Array(room) : none.places,
        bytes: nothing,
      };
    }),
  };
}

let kept: { readonly key: string; readonly batch: ColumnBatch } | undefined;

/** The one that was given before, emptied, where it is of the same columns: it is used by one at a time. */
export function emptyBatch(
  columns: readonly Pick<ColumnSpec, 'kind' | 'scale'>[],
  room: number,
): ColumnBatch {
  const key = `${room} ${columns.map(({ kind, scale = '' }) => `${kind}${scale}`).join(' ')}`;
  if (kept?.key !== key) kept = { key, batch: makeBatch(columns, room) };
  clearBatch(kept.batch);
  return kept.batch;
}

function clearBatch(batch: ColumnBatch): void {
  for (const column of batch.columns) {
    if (column.gaps > 0) column.cells.fill(cell.value, 0, batch.rows);
    column.gaps = 0;
    column.exceptions.clear();
  }
  batch.rows = 0;
}

export function addNull(column: BatchColumn, row: number): void {
  column.cells[row] = cell.gap;
  column.gaps++;
}

export function addException(column: BatchColumn, row: number, value: StoredValue): void {
  column.cells[row] = cell.exception;
  column.gaps++;
  column.exceptions.set(row, value);
}
