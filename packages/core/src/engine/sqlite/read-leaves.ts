// Leaf pages of a table with row ids, as the file has them, to columns. Texts stay where they are in the pages.

import { readSync } from 'node:fs';
import { HoldfastError } from '../../errors.ts';
import type { StoredValue } from '../../schema/codec.ts';
import {
  addException,
  addNull,
  type BatchColumn,
  type ColumnBatch,
  emptyBatch,
  formOf,
} from '../column-batch.ts';
import type { BatchLimit, ReadBatch } from '../raw-rows.ts';
import { textOf } from './exact-rows.ts';

/** Where a column's value is in a record. */
export interface Field {
  /** In the record. */
  readonly place: number;
  /** Not in the record: it is the row's number. */
  readonly isRowId: boolean;
  /** Whole numbers in it are doubles that take less room. */
  readonly isReal: boolean;
  /** Of records that were written before there was the column. */
  readonly missing: StoredValue;
}

/** Pages of one table, in order, and where to go on among them. */
export interface Leaves {
  readonly file: number;
  readonly pageSize: number;
  /** Without what is reserved at the end of each page. */
  readonly usable: number;
  readonly pages: Uint32Array;
  readonly cell: number;
  readonly fields: readonly Field[];
  /** Rows whose value in this place of the record is not below 9 are none; -1 where all are. */
  readonly markPlace: number;
}

const word = 2 ** 32;
const leaf = 0x0d;
const leafHeader = 8;
/** Bytes of what points to a row. */
const leastCell = 2;

/** Numbers are signed. */
let arena = Buffer.alloc(0);
let arenaView = new DataView(arena.buffer);
let types = new Float64Array(64);
let offsets = new Uint32Array(64);

const unsound = (what: string): HoldfastError =>
  new HoldfastError('DATABASE_CORRUPT', `a page of the database ${what}`);

/** Rows of the pages, up to a limit. */
export const readBatch: ReadBatch<Leaves> = (columns, leaves, limit) => {
  const { pages, pageSize } = leaves;
  const batch = emptyBatch(columns, Math.min(limit.rows, Math.ceil((pages.length * pageSize) / leastCell)));
  return { batch, rest: new LeafReader(leaves, batch, limit).read() };
};

class LeafReader {
  readonly #leaves: Leaves;
  readonly #batch: ColumnBatch;
  readonly #limit: BatchLimit;
  /** Of the record that is read. */
  #fields = 0;
  /** Where the arena is free. */
  #free = 0;
  #varint = 0;

  constructor(leaves: Leaves, batch: ColumnBatch, limit: BatchLimit) {
    this.#leaves = leaves;
    this.#batch = batch;
    this.#limit = limit;
  }

  read(): Leaves | undefined {
    const { pages, pageSize, cell: first } = this.#leaves;
    const batch = this.#batch;
    const size = pages.length * pageSize;
    this.#reserve(size);
    this.#readPages(0, pages);
    this.#free = size;
    const full = size + this.#limit.bytes;
    for (let page = 0; page < pages.length; page++) {
      const at = page * pageSize;
      if (arena[at] !== leaf) throw unsound(`is no leaf of a table: ${pages[page]}`);
      const cells = arenaView.getUint16(at + 3);
      if (leafHeader + cells * 2 > pageSize) throw unsound(`has too many cells: ${pages[page]}`);
      for (let cell = page === 0 ? first : 0; cell < cells; cell++) {
        if (batch.rows >= this.#limit.rows || (this.#free >= full && batch.rows > 0)) {
          this.#finish();
          return { ...this.#leaves, pages: pages.slice(page), cell };
        }
        this.#row(at, arenaView.getUint16(at + leafHeader + cell * 2));
      }
    }
    this.#finish();
    return undefined;
  }

  #finish(): void {
    for (const column of this.#batch.columns) column.bytes = arena;
  }

  #reserve(length: number): void {
    if (arena.length >= length) return;
    const grown = Buffer.allocUnsafeSlow(
      Math.max(length, Math.min(arena.length * 2, arena.length + 2 ** 24)),
    );
    arena.copy(grown);
    arena = grown;
    arenaView = new DataView(arena.buffer);
  }

  /** Neighbours in the file come in one reading. */
  #readPages(at: number, pages: Uint32Array): void {
    const { file, pageSize } = this.#leaves;
    for (let from = 0; from < pages.length; ) {
      let to = from + 1;
      while (to < pages.length && pages[to] === pages[to - 1]! + 1) to++;
      const length = (to - from) * pageSize;
      const position = (pages[from]! - 1) * pageSize;
      if (readSync(file, arena, at + from * pageSize, length, position) !== length)
        throw unsound(`is beyond its end: ${pages[to - 1]}`);
      from = to;
    }
  }

  /** A number of seven bits a byte, up to nine bytes. @returns where it ends */
  #readVarint(at: number): number {
    let byte = arena[at]!;
    if (byte < 128) {
      this.#varint = byte;
      return at + 1;
    }
    let value = byte & 127;
    for (let index = 1; index < 8; index++) {
      byte = arena[at + index]!;
      value = value * 128 + (byte & 127);
      if (byte < 128) {
        this.#varint = value;
        return at + index + 1;
      }
    }
    this.#varint = value * 256 + arena[at + 8]!;
    return at + 9;
  }

  #row(page: number, offset: number): void {
    const { usable, pageSize, markPlace, fields } = this.#leaves;
    if (offset + 4 > pageSize) throw unsound('has a cell beyond its end');
    let at = this.#readVarint(page + offset);
    const payload = this.#varint;
    const rowId = at;
    at = this.#readVarint(at);
    const number = this.#varint;
    let start = at;
    const most = usable - 35;
    if (payload > most) {
      const least = Math.floor(((usable - 12) * 32) / 255) - 23;
      const some = least + ((payload - least) % (usable - 4));
      start = this.#gather(at, some <= most ? some : least, payload);
    } else if (at + payload > page + usable) throw unsound('has a record beyond its end');
    this.#header(start, payload);
    if (markPlace >= 0 && !this.#isMarked(markPlace)) return;
    const { columns } = this.#batch;
    const row = this.#batch.rows++;
    for (let index = 0; index < columns.length; index++) {
      const column = columns[index]!;
      const field = fields[index]!;
      if (field.isRowId) this.#rowId(column, row, number, rowId, at);
      else if (field.place < this.#fields)
        this.#value(column, row, types[field.place]!, offsets[field.place]!, field.isReal);
      else this.#missing(column, row, field.missing);
    }
  }

  /** A record that goes on in other pages, brought together. @returns where it begins */
  #gather(at: number, local: number, payload: number): number {
    const { file, pageSize, usable } = this.#leaves;
    const start = this.#free;
    if (payload > 2 ** 31) throw unsound('has a record that is too long');
    // Room for a whole page at the end.
    this.#reserve(start + payload + pageSize);
    arena.copyWithin(start, at, at + local);
    let page = arenaView.getUint32(at + local);
    for (let have = local; have < payload; ) {
      // The number of the next page is put where the rest will be written over it.
      const to = start + have;
      const part = Math.min(usable - 4, payload - have);
      if (page === 0 || readSync(file, next, 0, 4, (page - 1) * pageSize) !== 4)
        throw unsound('of a long record is missing');
      if (readSync(file, arena, to, part, (page - 1) * pageSize + 4) !== part)
        throw unsound('of a long record is missing');
      page = next.readUInt32BE();
      have += part;
    }
    this.#free = start + payload;
    return start;
  }

  #header(start: number, payload: number): void {
    let at = this.#readVarint(start);
    const end = start + this.#varint;
    let body = end;
    let count = 0;
    while (at < end) {
      at = this.#readVarint(at);
      const type = this.#varint;
      if (count === types.length) growFields();
      types[count] = type;
      offsets[count++] = body;
      body += type >= 12 ? Math.floor((type - 12) / 2) : sizes[type]!;
    }
    if (body > start + payload) throw unsound('has a record that is longer than it says');
    this.#fields = count;
  }

  #isMarked(place: number): boolean {
    if (place >= this.#fields) return false;
    const value = this.#number(types[place]!, offsets[place]!);
    return value !== undefined && value < 9;
  }

  /** Of one that has a whole number or a double. */
  #number(type: number, at: number): number | undefined {
    switch (type) {
      case 1:
        return (arena[at]! << 24) >> 24;
      case 2:
        return arenaView.getInt16(at);
      case 3:
        return ((arena[at]! << 24) >> 8) | (arena[at + 1]! << 8) | arena[at + 2]!;
      case 4:
        return arenaView.getInt32(at);
      case 5:
        return arenaView.getInt16(at) * word + arenaView.getUint32(at + 2);
      case 6:
        return arenaView.getInt32(at) * word + arenaView.getUint32(at + 4);
      case 7:
        return arenaView.getFloat64(at);
      case 8:
        return 0;
      case 9:
        return 1;
    }
    return undefined;
  }

  #rowId(column: BatchColumn, row: number, number: number, at: number, end: number): void {
    // Below nine bytes it is exact, and positive.
    if (end - at < 8) {
      if (column.kind === 'bigint') setWide(column, row, number);
      else column.numbers[row] = number;
      return;
    }
    let value = 0n;
    for (let index = at; index < end; index++)
      value =
        index === at + 8
          ? (value << 8n) | BigInt(arena[index]!)
          : (value << 7n) | BigInt(arena[index]! & 127);
    this.#integer(column, row, BigInt.asIntN(64, value));
  }

  /** A whole number that may have more digits than a double. */
  #integer(column: BatchColumn, row: number, value: bigint): void {
    const number = Number(value);
    if (column.kind === 'bigint') column.wide[row] = value;
    else if (!Number.isSafeInteger(number)) addException(column, row, value);
    else if (column.kind === 'int' || column.kind === 'instant' || column.kind === 'real')
      column.numbers[row] = number;
    else addException(column, row, number);
  }

  #value(column: BatchColumn, row: number, type: number, at: number, isReal: boolean): void {
    const { kind } = column;
    if (type >= 12) {
      const length = Math.floor((type - 12) / 2);
      const isText = (type & 1) === 1;
      if (formOf(kind) === 'bytes' && isText !== (kind === 'bytes')) {
        column.starts[row] = at;
        column.lengths[row] = length;
        return;
      }
      const bytes = Uint8Array.from(arena.subarray(at, at + length));
      const found = isText ? textOf(bytes) : bytes;
      if (kind === 'bytes' && typeof found !== 'string') {
        column.starts[row] = at;
        column.lengths[row] = length;
      } else addException(column, row, found);
      return;
    }
    if (type === 0) {
      addNull(column, row);
      return;
    }
    if (type === 6) {
      const high = arenaView.getInt32(at);
      if (isReal && kind === 'real') column.numbers[row] = Number(arenaView.getBigInt64(at));
      else if (high >= 2 ** 21 || high < -(2 ** 21) || kind === 'bigint')
        this.#integer(column, row, arenaView.getBigInt64(at));
      else this.#small(column, row, high * word + arenaView.getUint32(at + 4));
      return;
    }
    const value = this.#number(type, at);
    if (value === undefined) throw unsound(`has a value of type ${type}`);
    if (type !== 7 || kind === 'bool') this.#small(column, row, value === 0 ? 0 : value);
    else if (
      kind === 'real' ||
      ((kind === 'int' || kind === 'instant') && Number.isSafeInteger(value) && !Object.is(value, -0))
    )
      column.numbers[row] = value;
    else addException(column, row, value);
  }

  /** A whole number that is exact. */
  #small(column: BatchColumn, row: number, value: number): void {
    const { kind } = column;
    if (kind === 'int' || kind === 'instant' || kind === 'real') column.numbers[row] = value;
    else if (kind === 'bigint') setWide(column, row, value);
    else if (kind === 'bool' && (value === 0 || value === 1)) column.numbers[row] = value;
    else addException(column, row, value);
  }

  #missing(column: BatchColumn, row: number, value: StoredValue): void {
    if (value === null) addNull(column, row);
    else if (typeof value === 'number')
      if (Number.isInteger(value)) this.#small(column, row, value);
      else if (column.kind === 'real') column.numbers[row] = value;
      else addException(column, row, value);
    else if (typeof value === 'bigint') this.#integer(column, row, value);
    else if (typeof value === 'string' && formOf(column.kind) === 'bytes' && column.kind !== 'bytes') {
      const bytes = Buffer.from(value);
      this.#reserve(this.#free + bytes.length);
      bytes.copy(arena, this.#free);
      column.starts[row] = this.#free;
      column.lengths[row] = bytes.length;
      this.#free += bytes.length;
    } else addException(column, row, value);
  }
}

const next = Buffer.alloc(4);
/** Bytes of the types below 12. */
const sizes = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0];

function growFields(): void {
  const [before, places] = [types, offsets];
  types = new Float64Array(before.length * 2);
  types.set(before);
  offsets = new Uint32Array(places.length * 2);
  offsets.set(places);
}

function setWide({ wide }: BatchColumn, row: number, value: number): void {
  const halves = new Int32Array(wide.buffer, wide.byteOffset + row * 8, 2);
  const high = Math.floor(value / word);
  halves[0] = value - high * word;
  halves[1] = high;
}
