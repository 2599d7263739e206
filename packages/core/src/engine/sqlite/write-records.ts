// Rows of columns to records, as the file has them.

import { type BatchColumn, type ColumnBatch, cell, formOf } from '../column-batch.ts';

const word = 2 ** 32;
/** Values up to this many bytes are copied one by one: asking the runtime takes longer. */
const few = 64;
/** Bytes of the types below 12. */
const sizes = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0];

/** How the values of a column are written. */
const way = { rowId: 0, whole: 1, real: 2, wide: 3, text: 4, bytes: 5 } as const;

interface Source extends Pick<BatchColumn, 'cells' | 'numbers' | 'starts' | 'lengths' | 'bytes'> {
  readonly way: number;
  /** Of wide ones, the low half and the high half of each. */
  readonly halves: Int32Array;
}

/** Writes one row after the other; `measure` comes before `write`. */
export class RecordWriter {
  readonly #rowId: number;
  readonly #double = new Float64Array(1);
  readonly #doubleBytes = new Uint8Array(this.#double.buffer);
  #sources: Source[] = [];
  #types = new Float64Array(0);
  #rowIds = new Float64Array(0);
  #header = 0;
  #apart = Buffer.alloc(0);

  /** @param rowId which column is the row's number; -1 for none */
  constructor(rowId: number) {
    this.#rowId = rowId;
  }

  /**
   * @param first number of the first row, where no column is it
   * @param last number that those of the column have to be above
   * @returns false where row numbers do not rise, or are no safe integers
   */
  take({ rows, columns }: ColumnBatch, first: number, last: number): boolean {
    if (this.#rowIds.length < rows) this.#rowIds = new Float64Array(rows);
    this.#sources = columns.map((column, index) => sourceOf(column, index === this.#rowId));
    if (this.#types.length < columns.length) this.#types = new Float64Array(columns.length);
    if (this.#rowId < 0) {
      for (let row = 0; row < rows; row++) this.#rowIds[row] = first + row;
      return Number.isSafeInteger(first + rows);
    }
    const { gaps } = columns[this.#rowId]!;
    const { numbers, halves } = this.#sources[this.#rowId]!;
    let before = last;
    for (let row = 0; row < rows; row++) {
      const number = numbers.length > 0 ? numbers[row]! : wideAt(halves, row);
      if (!(number > before && Number.isSafeInteger(number))) return false;
      this.#rowIds[row] = before = number;
    }
    return gaps === 0;
  }

  rowIdOf(row: number): number {
    return this.#rowIds[row]!;
  }

  /** Bytes of a row's record. */
  measure(row: number): number {
    let [header, body] = [0, 0];
    const sources = this.#sources;
    for (let index = 0; index < sources.length; index++) {
      const type = typeOf(sources[index]!, row);
      this.#types[index] = type;
      if (type < 12) {
        header++;
        body += sizes[type]!;
      } else {
        header += sizeOfVarint(type);
        body += (type - (type % 2 === 0 ? 12 : 13)) / 2;
      }
    }
    // The length of the header is counted in it.
    let own = 1;
    while (sizeOfVarint(header + own) > own) own++;
    this.#header = header + own;
    return this.#header + body;
  }

  /** A record that is too long for a page. @returns valid until the next one */
  writeApart(row: number, size: number): Buffer {
    if (this.#apart.length < size) this.#apart = Buffer.allocUnsafe(size);
    this.write(this.#apart, 0, row);
    return this.#apart.subarray(0, size);
  }

  write(into: Buffer, start: number, row: number): void {
    const sources = this.#sources;
    let at = this.writeVarint(into, start, this.#header);
    for (let index = 0; index < sources.length; index++) {
      const type = this.#types[index]!;
      if (type < 128) into[at++] = type;
      else at = this.writeVarint(into, at, type);
    }
    for (let index = 0; index < sources.length; index++) {
      const source = sources[index]!;
      const type = this.#types[index]!;
      if (type >= 12) at = copy(source, row, into, at);
      else if (type === 7) at = this.#writeDouble(into, at, source.numbers[row]!);
      else if (source.way !== way.wide) at = writeWhole(into, at, source.numbers[row]!, sizes[type]!);
      else {
        const { halves } = source;
        if (type === 6) at = writeHalves(into, at, halves[row * 2 + 1]!, halves[row * 2]!);
        else at = writeWhole(into, at, wideAt(halves, row), sizes[type]!);
      }
    }
  }

  /** @returns where it ends */
  writeVarint(into: Buffer, start: number, value: number): number {
    if (value >= 0 && value < 128) {
      into[start] = value;
      return start + 1;
    }
    const size = sizeOfVarint(value);
    if (size === 9) return writeNine(into, start, value);
    let rest = value;
    for (let at = start + size - 1; at >= start; at--) {
      into[at] = (rest % 128) + (at === start + size - 1 ? 0 : 128);
      rest = Math.floor(rest / 128);
    }
    return start + size;
  }

  #writeDouble(into: Buffer, at: number, value: number): number {
    this.#double[0] = value;
    const bytes = this.#doubleBytes;
    for (let index = 0; index < 8; index++) into[at + index] = bytes[7 - index]!;
    return at + 8;
  }
}

function sourceOf(column: BatchColumn, isRowId: boolean): Source {
  const { kind, cells, numbers, wide, starts, lengths, bytes } = column;
  const form = formOf(kind);
  const own =
    form === 'wide'
      ? way.wide
      : form === 'numbers'
        ? kind === 'real'
          ? way.real
          : way.whole
        : kind === 'bytes'
          ? way.bytes
          : way.text;
  const halves = new Int32Array(wide.buffer, wide.byteOffset, wide.length * 2);
  return { way: isRowId ? way.rowId : own, cells, numbers, halves, starts, lengths, bytes };
}

/** The serial type of a value. What is the row's number stands as nothing in the record. */
function typeOf(source: Source, row: number): number {
  if (source.way === way.rowId || source.cells[row] !== cell.value) return 0;
  switch (source.way) {
    case way.text:
      return source.lengths[row]! * 2 + 13;
    case way.bytes:
      return source.lengths[row]! * 2 + 12;
    case way.whole:
      return typeOfWhole(source.numbers[row]!);
    case way.real: {
      // As SQLite does, what is a whole number is written as one, where that is shorter.
      const value = source.numbers[row]!;
      const isWhole = value === Math.trunc(value) && Math.abs(value) < 2 ** 47 && !Object.is(value, -0);
      return isWhole ? typeOfWhole(value) : 7;
    }
    default: {
      const high = source.halves[row * 2 + 1]!;
      return high >= 2 ** 15 || high < -(2 ** 15) ? 6 : typeOfWhole(wideAt(source.halves, row));
    }
  }
}

function typeOfWhole(value: number): number {
  if (value === 0) return 8;
  if (value === 1) return 9;
  const size = value < 0 ? -1 - value : value;
  if (size < 2 ** 7) return 1;
  if (size < 2 ** 15) return 2;
  if (size < 2 ** 23) return 3;
  if (size < 2 ** 31) return 4;
  return size < 2 ** 47 ? 5 : 6;
}

/** Of one beyond 2^53, what is near. */
const wideAt = (halves: Int32Array, row: number): number =>
  halves[row * 2 + 1]! * word + (halves[row * 2]! >>> 0);

/** Bytes of a number with seven bits in each, the last of nine with eight. */
export function sizeOfVarint(value: number): number {
  if (value < 0 || value >= 2 ** 56) return 9;
  let size = 1;
  for (let most = 128; value >= most; most *= 128) size++;
  return size;
}

function writeNine(into: Buffer, start: number, value: number): number {
  let rest = BigInt.asUintN(64, BigInt(value));
  into[start + 8] = Number(rest & 255n);
  rest >>= 8n;
  for (let at = start + 7; at >= start; at--) {
    into[at] = Number(rest & 127n) | 128;
    rest >>= 7n;
  }
  return start + 9;
}

/** The last so many bytes of a whole number, the highest first. */
function writeWhole(into: Buffer, start: number, value: number, size: number): number {
  if (size > 4) {
    const high = Math.floor(value / word);
    if (size === 8) return writeHalves(into, start, high, value - high * word);
    into[start] = high >> 8;
    into[start + 1] = high;
    return writeLow(into, start + 2, value - high * word, 4);
  }
  return writeLow(into, start, value, size);
}

const writeHalves = (into: Buffer, start: number, high: number, low: number): number =>
  writeLow(into, writeLow(into, start, high, 4), low, 4);

function writeLow(into: Buffer, start: number, value: number, size: number): number {
  const end = start + size;
  for (let at = end - 1, rest = value | 0; at >= start; at--, rest >>= 8) into[at] = rest;
  return end;
}

function copy({ starts, lengths, bytes }: Source, row: number, into: Buffer, at: number): number {
  const start = starts[row]!;
  const length = lengths[row]!;
  if (length > few) into.set(bytes.subarray(start, start + length), at);
  else for (let index = 0; index < length; index++) into[at + index] = bytes[start + index]!;
  return at + length;
}
