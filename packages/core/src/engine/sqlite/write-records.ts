// Rows of columns to records, as the file has them.

import { type BatchColumn, type ColumnBatch, cell, formOf } from '../column-batch.ts';

const word = 2 ** 32;
/** Of a record: SQLite takes no longer ones. */
const mostBytes = 1_000_000_000;
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

/** Takes a batch, and writes its rows one by one. */
export class RecordWriter {
  readonly #rowId: number;
  readonly #double = new Float64Array(1);
  readonly #doubleBytes = new Uint8Array(this.#double.buffer);
  #sources: Source[] = [];
  #rows = 0;
  /** Of each value, row by row. */
  #types = new Uint32Array(0);
  /** Of each row: its number, and bytes of its header and of what is behind that. */
  #rowIds = new Float64Array(0);
  #headers = new Uint32Array(0);
  #bodies = new Float64Array(0);

  /** @param rowId which column is the row's number; -1 for none */
  constructor(rowId: number) {
    this.#rowId = rowId;
  }

  /**
   * @param first number of the first row, where no column is it
   * @param last number that those of the column have to be above
   * @returns false where row numbers do not rise, or are no safe integers, and for what SQLite finds too long
   */
  take({ rows, columns }: ColumnBatch, first: number, last: number): boolean {
    this.#sources = columns.map((column, index) => sourceOf(column, index === this.#rowId));
    this.#rows = rows;
    if (this.#rowIds.length < rows) {
      this.#rowIds = new Float64Array(rows);
      this.#headers = new Uint32Array(rows);
      this.#bodies = new Float64Array(rows);
    }
    if (this.#types.length < rows * columns.length) this.#types = new Uint32Array(rows * columns.length);
    return this.#takeRowIds(first, last) && this.#measure();
  }

  #takeRowIds(first: number, last: number): boolean {
    const [rows, rowIds] = [this.#rows, this.#rowIds];
    if (this.#rowId < 0) {
      for (let row = 0; row < rows; row++) rowIds[row] = first + row;
      return Number.isSafeInteger(first + rows);
    }
    const { cells, numbers, halves } = this.#sources[this.#rowId]!;
    let before = last;
    for (let row = 0; row < rows; row++) {
      const number = numbers.length > 0 ? numbers[row]! : wideAt(halves, row);
      if (!(number > before && Number.isSafeInteger(number)) || cells[row] !== cell.value) return false;
      rowIds[row] = before = number;
    }
    return true;
  }

  #measure(): boolean {
    const [rows, sources, headers, bodies] = [this.#rows, this.#sources, this.#headers, this.#bodies];
    headers.fill(sources.length, 0, rows);
    bodies.fill(0, 0, rows);
    for (let index = 0; index < sources.length; index++)
      measure(sources[index]!, {
        types: this.#types,
        place: index,
        width: sources.length,
        rows,
        headers,
        bodies,
      });
    for (let row = 0; row < rows; row++) {
      // The length of the header is counted in it.
      const header = headers[row]!;
      let own = 1;
      while (sizeOfVarint(header + own) > own) own++;
      headers[row] = header + own;
      if (header + own + bodies[row]! > mostBytes) return false;
    }
    return true;
  }

  rowIdOf(row: number): number {
    return this.#rowIds[row]!;
  }

  /** Bytes of a row's record. */
  sizeOf(row: number): number {
    return this.#headers[row]! + this.#bodies[row]!;
  }

  /** A record that is too long for a page. */
  writeApart(row: number): Buffer {
    const record = Buffer.allocUnsafe(this.sizeOf(row));
    this.write(record, 0, row);
    return record;
  }

  write(into: Buffer, start: number, row: number): void {
    const sources = this.#sources;
    const types = this.#types;
    const first = row * sources.length;
    let at = this.writeVarint(into, start, this.#headers[row]!);
    for (let index = 0; index < sources.length; index++) {
      const type = types[first + index]!;
      if (type < 128) into[at++] = type;
      else at = this.writeVarint(into, at, type);
    }
    for (let index = 0; index < sources.length; index++) {
      const source = sources[index]!;
      const type = types[first + index]!;
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

interface Measures {
  /** Row by row, so many of each, and which of them are the column's. */
  readonly types: Uint32Array;
  readonly width: number;
  readonly place: number;
  readonly rows: number;
  readonly headers: Uint32Array;
  readonly bodies: Float64Array;
}

/** Notes the serial type of each value, and adds what it takes. What is the row's number stands as nothing in the record. */
function measure(source: Source, { types, place, width, rows, headers, bodies }: Measures): void {
  const { cells, numbers, halves, lengths } = source;
  if (source.way === way.text || source.way === way.bytes) {
    const least = source.way === way.text ? 13 : 12;
    for (let row = 0; row < rows; row++) {
      const length = lengths[row]!;
      const type = cells[row] === cell.value ? length * 2 + least : 0;
      types[row * width + place] = type;
      if (type === 0) continue;
      bodies[row]! += length;
      if (type >= 128) headers[row]! += sizeOfVarint(type) - 1;
    }
    return;
  }
  for (let row = 0; row < rows; row++) {
    let type = 0;
    if (source.way !== way.rowId && cells[row] === cell.value)
      type =
        source.way === way.whole
          ? typeOfWhole(numbers[row]!)
          : source.way === way.real
            ? typeOfReal(numbers[row]!)
            : typeOfWide(halves, row);
    types[row * width + place] = type;
    bodies[row]! += sizes[type]!;
  }
}

/** As SQLite does, what is a whole number is written as one, where that is shorter. */
const typeOfReal = (value: number): number =>
  value === Math.trunc(value) && Math.abs(value) < 2 ** 47 && !Object.is(value, -0) ? typeOfWhole(value) : 7;

function typeOfWide(halves: Int32Array, row: number): number {
  const high = halves[row * 2 + 1]!;
  return high >= 2 ** 15 || high < -(2 ** 15) ? 6 : typeOfWhole(wideAt(halves, row));
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
