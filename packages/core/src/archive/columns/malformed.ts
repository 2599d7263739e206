// Texts that are no UTF-8: engines that do not look at what they are given have them.

import { isAscii, isUtf8 } from 'node:buffer';
import { addException, type BatchColumn, cell, formOf } from '../../engine/column-batch.ts';

/** Bytes up to which looking at one after the other is faster than asking the runtime. */
const few = 64;

/** Bytes that are no UTF-8 are no text, but those bytes. */
export function exceptMalformed(column: BatchColumn, rows: number): void {
  const { kind, cells, starts, lengths, bytes } = column;
  if (kind === 'bytes' || formOf(kind) !== 'bytes') return;
  for (let row = 0; row < rows; row++) {
    if (cells[row] !== cell.value || isPlain(bytes, starts[row]!, lengths[row]!)) continue;
    const found = bytes.subarray(starts[row], starts[row]! + lengths[row]!);
    if (!isUtf8(found)) addException(column, row, Uint8Array.from(found));
  }
}

function isPlain(bytes: Uint8Array, start: number, length: number): boolean {
  if (length > few) return isAscii(bytes.subarray(start, start + length));
  let all = 0;
  for (let at = start; at < start + length; at++) all |= bytes[at]!;
  return all < 128;
}
