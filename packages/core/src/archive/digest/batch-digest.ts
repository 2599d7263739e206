// The digests of a batch's rows, added up, without a value of the language for each cell.

import { type BatchColumn, type ColumnBatch, cell } from '../../engine/column-batch.ts';
import { canonicalJson } from '../../schema/canonical-json.ts';
import { tag, writeDouble, writeHalves, writeWhole } from './canonical-bytes.ts';
import { parseExactly } from './canonical-number.ts';
import { boundOf, canonicalDecimal, writeRow } from './canonical-row.ts';
import { RowSum } from './row-sum.ts';

/** How a column is written into its rows. */
const way = { integer: 0, double: 1, wide: 2, bool: 3, bytes: 4 } as const;

interface Column {
  readonly way: number;
  readonly cells: Uint8Array | undefined;
  readonly numbers: Float64Array;
  readonly wide: Int32Array;
  readonly tags: Uint8Array | undefined;
  readonly tag: number;
  readonly starts: Uint32Array;
  readonly lengths: Uint32Array;
  readonly bytes: Uint8Array;
  readonly exceptions: ReadonlyMap<number, Uint8Array>;
}

/** What stands in front of a value, at most. */
const head = 10;
/** Bytes up to which copying one by one is faster than asking the runtime. */
const few = 48;

/** The sum, modulo 2^256, of the digests of all rows. What is no UTF-8 is an exception by now. */
export function sumOf(batch: ColumnBatch): bigint {
  const columns = batch.columns.map((column) => prepare(column, batch.rows));
  const sum = new RowSum();
  const { bytes, limit } = sum;
  for (let row = 0; row < batch.rows; row++) {
    let bound = columns.length * head;
    for (const column of columns) {
      if (column.way === way.bytes) bound += column.lengths[row]!;
      if (column.exceptions.size > 0) bound += column.exceptions.get(row)?.length ?? 0;
    }
    if (sum.at + bound > limit && sum.crowded) sum.flush();
    if (sum.at + bound <= limit) sum.add(writeCells(bytes, sum.at, columns, row));
    else {
      const large = new Uint8Array(bound);
      sum.addAlone(large.subarray(0, writeCells(large, 0, columns, row)));
    }
  }
  return sum.finish();
}

function writeCells(bytes: Uint8Array, at: number, columns: readonly Column[], row: number): number {
  let to = at;
  for (let index = 0; index < columns.length; index++) {
    const column = columns[index]!;
    const found = column.cells === undefined ? cell.value : column.cells[row]!;
    if (found !== cell.value) {
      if (found === cell.gap) bytes[to++] = tag.null;
      else {
        const exception = column.exceptions.get(row)!;
        bytes.set(exception, to);
        to += exception.length;
      }
      continue;
    }
    switch (column.way) {
      case way.bytes: {
        const start = column.starts[row]!;
        const length = column.lengths[row]!;
        bytes[to++] = column.tags === undefined ? column.tag : column.tags[row]!;
        let rest = length;
        for (; rest >= 128; rest >>>= 7) bytes[to++] = (rest & 127) | 128;
        bytes[to++] = rest;
        const from = column.bytes;
        if (length > few) {
          bytes.set(from.subarray(start, start + length), to);
          to += length;
        } else for (let each = start; each < start + length; each++) bytes[to++] = from[each]!;
        break;
      }
      case way.integer:
        to = writeWhole(bytes, to, column.numbers[row]!);
        break;
      case way.wide:
        to = writeHalves(bytes, to, column.wide[row * 2]!, column.wide[row * 2 + 1]!);
        break;
      case way.double:
        to = writeDouble(bytes, to, column.numbers[row]!);
        break;
      default:
        bytes[to++] = tag.bool;
        bytes[to++] = column.numbers[row]!;
    }
  }
  return to;
}

function prepare(column: BatchColumn, rows: number): Column {
  const { kind, gaps, cells, exceptions, numbers, wide } = column;
  const common = {
    cells: gaps === 0 ? undefined : cells,
    numbers,
    wide: new Int32Array(wide.buffer, wide.byteOffset, wide.length * 2),
    exceptions: new Map([...exceptions].map(([row, value]) => [row, canonical(column, value)] as const)),
    ...{ tags: undefined, tag: tag.text as number },
    ...{ starts: column.starts, lengths: column.lengths, bytes: column.bytes },
  };
  // A gap has no length, whatever was there before.
  if (gaps > 0 && column.lengths.length > 0)
    for (let row = 0; row < rows; row++) if (cells[row] !== cell.value) column.lengths[row] = 0;
  if (kind === 'real') return { ...common, way: way.double };
  if (kind === 'bool') return { ...common, way: way.bool };
  if (kind === 'bigint') return { ...common, way: way.wide };
  if (kind === 'int' || kind === 'instant') return { ...common, way: way.integer };
  if (kind === 'bytes') return { ...common, way: way.bytes, tag: tag.bytes };
  if (kind === 'json') return { ...common, way: way.bytes, ...respelled(column, rows, jsonOf) };
  if (kind === 'decimal' && !isPlainDecimal(column, rows))
    return { ...common, way: way.bytes, ...respelled(column, rows, decimalOf(column.scale ?? 0)) };
  if (kind === 'uuid' && hasCapitals(column, rows))
    return {
      ...common,
      way: way.bytes,
      ...respelled(column, rows, (text) => [text.toLowerCase(), tag.text]),
    };
  return { ...common, way: way.bytes };
}

/** The bytes of one value, its tag included. */
function canonical(column: BatchColumn, value: Parameters<typeof boundOf>[0][number]): Uint8Array {
  const { kind, scale } = column;
  const bytes = Buffer.alloc(boundOf([value]));
  const of = scale === undefined ? { kind } : { kind, scale };
  return bytes.subarray(0, writeRow(bytes, 0, Number.POSITIVE_INFINITY, [of], [value]));
}

type Spell = (text: string) => readonly [string, number];

const jsonOf: Spell = (text) => {
  try {
    return [canonicalJson(parseExactly(text)), tag.json];
  } catch {
    return [text, tag.text];
  }
};
const decimalOf =
  (scale: number): Spell =>
  (text) => [canonicalDecimal(text, scale), tag.text];

/** Texts of another spelling, each with its tag. */
function respelled({ cells, starts, lengths, bytes, gaps }: BatchColumn, rows: number, spell: Spell) {
  const from = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const texts: string[] = [];
  const tags = new Uint8Array(rows);
  const places = { starts: new Uint32Array(rows), lengths: new Uint32Array(rows) };
  let at = 0;
  for (let row = 0; row < rows; row++) {
    if (gaps > 0 && cells[row] !== cell.value) continue;
    const [text, as] = spell(from.toString('utf8', starts[row]!, starts[row]! + lengths[row]!));
    texts.push(text);
    tags[row] = as;
    places.starts[row] = at;
    places.lengths[row] = Buffer.byteLength(text);
    at += places.lengths[row]!;
  }
  return { tags, ...places, bytes: Buffer.from(texts.join('')) };
}

const [zero, nine, point, minus] = [48, 57, 46, 45];

/** Whether all are spelled as the canonical form is: no zeros in front, exactly the digits of the scale. */
function isPlainDecimal({ cells, starts, lengths, bytes, scale = 0 }: BatchColumn, rows: number): boolean {
  const fraction = scale === 0 ? 0 : scale + 1;
  for (let row = 0; row < rows; row++) {
    if (cells[row] !== cell.value) continue;
    const end = starts[row]! + lengths[row]!;
    const start = bytes[starts[row]!] === minus ? starts[row]! + 1 : starts[row]!;
    const whole = end - fraction;
    if (whole <= start || (fraction > 0 && bytes[whole] !== point)) return false;
    if (bytes[start] === zero && (whole > start + 1 || start > starts[row]!)) return false;
    for (let at = start; at < end; at++)
      if (at !== whole && !(bytes[at]! >= zero && bytes[at]! <= nine)) return false;
  }
  return true;
}

const [upperA, upperZ] = [65, 90];

/** Letters beyond ASCII count: they may have a lower case. */
function hasCapitals({ cells, starts, lengths, bytes }: BatchColumn, rows: number): boolean {
  for (let row = 0; row < rows; row++) {
    if (cells[row] !== cell.value) continue;
    for (let at = starts[row]!; at < starts[row]! + lengths[row]!; at++)
      if ((bytes[at]! >= upperA && bytes[at]! <= upperZ) || bytes[at]! > 127) return true;
  }
  return false;
}
