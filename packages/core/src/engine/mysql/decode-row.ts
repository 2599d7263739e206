// Rows of the binary protocol to values: nothing is lost on the way, and nothing parsed that need not be.

import { HoldfastError } from '../../errors.ts';
import type { StoredRow, StoredValue } from '../../schema/codec.ts';
import type { ResultColumn } from './columns.ts';
import { readLength } from './wire.ts';

/** Types as the protocol numbers them. */
export const types = {
  tiny: 1,
  short: 2,
  long: 3,
  float: 4,
  double: 5,
  null: 6,
  timestamp: 7,
  longlong: 8,
  int24: 9,
  date: 10,
  time: 11,
  datetime: 12,
  year: 13,
  bit: 16,
  newdecimal: 246,
  longBlob: 251,
  blob: 252,
  varString: 253,
  string: 254,
} as const;

const binary = 63;
const textual: ReadonlySet<number> = new Set([0, 246]);

/** Reads the value at `at` of the buffer, and leaves behind it `at` of the reader. */
type Read = (reader: RowReader) => StoredValue;

/** Rows of one result. */
export class RowReader {
  readonly #reads: readonly Read[];
  buffer: Buffer = Buffer.alloc(0);
  at = 0;

  /** @param bigints 64-bit integers come as bigint */
  constructor(columns: readonly ResultColumn[], bigints: boolean) {
    this.#reads = columns.map((column) => readOf(column, bigints));
  }

  /** @param start where the packet's content begins */
  read(buffer: Buffer, start: number): StoredRow {
    const reads = this.#reads;
    const width = reads.length;
    this.buffer = buffer;
    this.at = start + 1 + ((width + 9) >> 3);
    const row = new Array<StoredValue>(width);
    for (let index = 0; index < width; index++) {
      // The first two bits of the map stand for nothing.
      const bit = index + 2;
      const isNull = (buffer[start + 1 + (bit >> 3)]! & (1 << (bit & 7))) !== 0;
      row[index] = isNull ? null : reads[index]!(this);
    }
    return row;
  }
}

function readOf({ type, unsigned, characterSet }: ResultColumn, bigints: boolean): Read {
  switch (type) {
    case types.tiny:
      return unsigned ? (r) => r.buffer[r.at++]! : (r) => r.buffer.readInt8(r.at++);
    case types.short:
    case types.year:
      return (r) => {
        r.at += 2;
        return unsigned ? r.buffer.readUInt16LE(r.at - 2) : r.buffer.readInt16LE(r.at - 2);
      };
    case types.long:
    case types.int24:
      return (r) => {
        r.at += 4;
        return unsigned ? r.buffer.readUInt32LE(r.at - 4) : r.buffer.readInt32LE(r.at - 4);
      };
    case types.longlong:
      if (bigints) return unsigned ? readWideUnsigned : readWide;
      return unsigned ? readUnsigned : readWhole;
    case types.float:
      return (r) => {
        r.at += 4;
        return r.buffer.readFloatLE(r.at - 4);
      };
    case types.double:
      return (r) => {
        r.at += 8;
        return r.buffer.readDoubleLE(r.at - 8);
      };
    case types.date:
    case types.datetime:
    case types.timestamp:
      return (r) => readDate(r, type === types.date);
    case types.time:
      return readTime;
    default:
      return characterSet === binary && !textual.has(type) ? readBytes : readText;
  }
}

const readWide: Read = (r) => {
  r.at += 8;
  return r.buffer.readBigInt64LE(r.at - 8);
};
const readWideUnsigned: Read = (r) => {
  r.at += 8;
  return r.buffer.readBigUInt64LE(r.at - 8);
};
const readWhole: Read = (r) => {
  r.at += 8;
  return safe(r.buffer.readUInt32LE(r.at - 8) + r.buffer.readInt32LE(r.at - 4) * 0x1_0000_0000, r);
};
const readUnsigned: Read = (r) => {
  r.at += 8;
  return safe(r.buffer.readUInt32LE(r.at - 8) + r.buffer.readUInt32LE(r.at - 4) * 0x1_0000_0000, r);
};

function safe(value: number, { buffer, at }: RowReader): number {
  if (Number.isSafeInteger(value)) return value;
  throw new HoldfastError('DATA_UNSOUND', `a stored number is beyond 2^53: ${buffer.readBigInt64LE(at - 8)}`);
}

/** Signs up to which reading one by one is faster than asking the runtime. */
const fewSigns = 24;

function readText(r: RowReader): string {
  const { buffer } = r;
  const [length, from] = readLength(buffer, r.at);
  const to = from + length;
  r.at = to;
  if (length > fewSigns) return buffer.toString('utf8', from, to);
  let text = '';
  for (let at = from; at < to; at++) {
    const sign = buffer[at]!;
    if (sign > 127) return buffer.toString('utf8', from, to);
    text += String.fromCharCode(sign);
  }
  return text;
}

function readBytes(r: RowReader): Uint8Array {
  const [length, from] = readLength(r.buffer, r.at);
  r.at = from + length;
  return new Uint8Array(r.buffer.subarray(from, r.at));
}

const two = (value: number): string => (value < 10 ? `0${value}` : String(value));

/** `YYYY-MM-DD`, and for more than a date ` HH:MM:SS[.ffffff]`. */
function readDate(r: RowReader, dateOnly: boolean): string {
  const { buffer, at } = r;
  const length = buffer[at]!;
  r.at = at + 1 + length;
  const day =
    length < 4
      ? '0000-00-00'
      : `${String(buffer.readUInt16LE(at + 1)).padStart(4, '0')}-${two(buffer[at + 3]!)}-${two(buffer[at + 4]!)}`;
  if (dateOnly) return day;
  if (length < 7) return `${day} 00:00:00`;
  const time = `${two(buffer[at + 5]!)}:${two(buffer[at + 6]!)}:${two(buffer[at + 7]!)}`;
  const micros = length < 11 ? '' : `.${String(buffer.readUInt32LE(at + 8)).padStart(6, '0')}`;
  return `${day} ${time}${micros}`;
}

/** `[-]HH:MM:SS[.ffffff]` */
function readTime(r: RowReader): string {
  const { buffer, at } = r;
  const length = buffer[at]!;
  r.at = at + 1 + length;
  if (length < 8) return '00:00:00';
  const hours = buffer.readUInt32LE(at + 2) * 24 + buffer[at + 6]!;
  const micros = length < 12 ? '' : `.${String(buffer.readUInt32LE(at + 9)).padStart(6, '0')}`;
  return `${buffer[at + 1] === 1 ? '-' : ''}${two(hours)}:${two(buffer[at + 7]!)}:${two(buffer[at + 8]!)}${micros}`;
}
