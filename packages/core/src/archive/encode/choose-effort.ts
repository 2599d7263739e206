// How hard a chunk is compressed: by what pays for the values in it, whatever they say.

import { type BatchColumn, type ColumnBatch, cell, formOf } from '../../engine/column-batch.ts';
import type { Effort } from '../format/compression.ts';

/** Bytes from which on a text is long. */
const long = 64;
/** Share of a chunk that long texts must have. */
const most = 0.75;

/**
 * In long texts, what repeats is long as well: looking for short repetitions takes one and a half times as long, or many times
 * where nothing repeats, and finds less of the others. In numbers and short texts they are an eighth of the chunk.
 * @param raw bytes of the chunk
 */
export function effortFor({ columns, rows }: ColumnBatch, raw: number): Effort {
  let bytes = 0;
  for (const column of columns) bytes += longBytes(column, rows);
  return bytes > raw * most ? 'fast' : 'usual';
}

function longBytes({ kind, cells, gaps, lengths }: BatchColumn, rows: number): number {
  if (formOf(kind) !== 'bytes' || kind === 'uuid') return 0;
  let bytes = 0;
  for (let row = 0; row < rows; row++) if (cells[row] === cell.value) bytes += lengths[row]!;
  return bytes >= (rows - gaps) * long ? bytes : 0;
}
