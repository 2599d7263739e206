// Rows of the binary protocol to columns. Texts stay where they are.

import type { StoredValue } from '../../schema/codec.ts';
import { addException, addNull, type BatchColumn, emptyBatch, formOf } from '../column-batch.ts';
import type { ReadBatch } from '../raw-rows.ts';
import type { ResultColumn } from './columns.ts';
import { compileReader, lengthAt, type ReadRow, types } from './decode-row.ts';

/** Row packets, one behind the other. */
export interface Packets {
  readonly bytes: Uint8Array;
  /** Where the next one begins. */
  readonly at: number;
  /** From there on. */
  readonly rows: number;
  readonly columns: readonly ResultColumn[];
}

const word = 2 ** 32;
/** Of a packet: its length and number, and the mark of a row. */
const headBytes = 5;
/** The first two bits of the map of nulls stand for nothing. */
const firstBit = 2;

export const readBatch: ReadBatch<Packets> = (columns, packets, limit) => {
  const { bytes, at: first, rows } = packets;
  const count = Math.min(rows, limit.rows);
  const batch = emptyBatch(columns, limit.rows);
  batch.rows = count;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const cells = batch.columns.map((column, index) => new Cells(column, packets.columns[index]!, buffer));
  const mapBytes = (columns.length + 7 + firstBit) >> 3;
  let at = first;
  for (let row = 0; row < count; row++) {
    const nulls = at + headBytes;
    at = nulls + mapBytes;
    for (let index = 0; index < cells.length; index++) {
      const bit = index + firstBit;
      if (((buffer[nulls + (bit >> 3)]! >> (bit & 7)) & 1) === 1) addNull(cells[index]!.column, row);
      else at = cells[index]!.take(row, at);
    }
  }
  for (const each of cells) each.finish();
  return { batch, rest: count === rows ? undefined : { ...packets, at, rows: rows - count } };
};

/** The cells of one column. */
class Cells {
  readonly column: BatchColumn;
  readonly #type: number;
  readonly #isSigned: boolean;
  readonly #isPlace: boolean;
  readonly #buffer: Buffer;
  readonly #halves: Int32Array;
  /** Of what is none of the usual types. */
  readonly #read: ReadRow;
  #texts: string[] = [];
  #at = 0;

  constructor(column: BatchColumn, described: ResultColumn, buffer: Buffer) {
    const { kind, wide } = column;
    this.column = column;
    this.#type = described.type;
    this.#isSigned = !described.unsigned;
    this.#buffer = buffer;
    this.#halves = new Int32Array(wide.buffer, wide.byteOffset, wide.length * 2);
    const exact = kind === 'bigint' || kind === 'bool' ? kind : 'number';
    this.#read = compileReader([described], [exact]);
    const isBinary = described.characterSet === binary && described.type !== types.newdecimal;
    this.#isPlace = isOfLength(described.type) && formOf(kind) === 'bytes' && isBinary === (kind === 'bytes');
  }

  /** @returns where the next one begins */
  take(row: number, at: number): number {
    const { column } = this;
    const buffer = this.#buffer;
    if (this.#isPlace) {
      const mark = buffer[at]!;
      const start = mark > 250 ? at + 1 + lengthBytes(mark) : at + 1;
      const length = mark > 250 ? lengthAt(buffer, mark, start) : mark;
      column.starts[row] = start;
      column.lengths[row] = length;
      return start + length;
    }
    if (this.#type === types.longlong && this.#isSigned) {
      const low = buffer.readInt32LE(at);
      const high = buffer.readInt32LE(at + 4);
      if (column.kind === 'bigint') {
        this.#halves[row * 2] = low;
        this.#halves[row * 2 + 1] = high;
        return at + 8;
      }
      const value = high * word + (low >>> 0);
      if ((column.kind === 'int' || column.kind === 'instant') && Number.isSafeInteger(value)) {
        column.numbers[row] = value;
        return at + 8;
      }
    }
    if (this.#type === types.double && column.kind === 'real') {
      column.numbers[row] = buffer.readDoubleLE(at);
      return at + 8;
    }
    if (this.#type === types.tiny && column.kind === 'bool' && buffer[at]! < 2) {
      column.numbers[row] = buffer[at]!;
      return at + 1;
    }
    const end = endOf(this.#type, buffer, at);
    // A row of nothing else.
    this.#other(row, this.#read(Buffer.concat([Buffer.alloc(2), buffer.subarray(at, end)]), 0)[0]!);
    return end;
  }

  finish(): void {
    this.column.bytes = this.#texts.length > 0 ? Buffer.from(this.#texts.join('')) : this.#buffer;
  }

  #other(row: number, value: StoredValue): void {
    const { column } = this;
    const { kind } = column;
    if (typeof value === 'string' && formOf(kind) === 'bytes' && kind !== 'bytes') {
      column.starts[row] = this.#at;
      column.lengths[row] = Buffer.byteLength(value);
      this.#at += column.lengths[row]!;
      this.#texts.push(value);
    } else if (
      typeof value === 'number' &&
      (kind === 'real' || ((kind === 'int' || kind === 'instant') && Number.isSafeInteger(value)))
    )
      column.numbers[row] = value;
    else addException(column, row, value);
  }
}

const binary = 63;
const lengthBytes = (mark: number): number => (mark === 0xfc ? 2 : mark === 0xfd ? 3 : 8);

/** Bytes of types that have always as many. */
const fixed: Readonly<Record<number, number>> = {
  [types.tiny]: 1,
  [types.short]: 2,
  [types.year]: 2,
  [types.long]: 4,
  [types.int24]: 4,
  [types.longlong]: 8,
  [types.float]: 4,
  [types.double]: 8,
};
const clocks: ReadonlySet<number> = new Set([types.date, types.datetime, types.timestamp, types.time]);
const isOfLength = (type: number): boolean => fixed[type] === undefined && !clocks.has(type);

function endOf(type: number, buffer: Buffer, at: number): number {
  const known = fixed[type];
  if (known !== undefined) return at + known;
  const mark = buffer[at]!;
  if (clocks.has(type) || mark <= 250) return at + 1 + mark;
  const start = at + 1 + lengthBytes(mark);
  return start + lengthAt(buffer, mark, start);
}
