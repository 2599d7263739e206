// Rows of the binary protocol to values: nothing is lost on the way, and nothing parsed that need not be.
// The reader is generated from the columns; only numbers enter its source text.

import { HoldfastError } from '../../errors.ts';
import type { StoredRow } from '../../schema/codec.ts';
import type { ResultColumn } from './columns.ts';

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
  newdecimal: 246,
  blob: 252,
  varString: 253,
} as const;

/** @param start where the packet's content begins */
export type ReadRow = (buffer: Buffer, start: number) => StoredRow;

const binary = 63;

/** How a column's integers come: by the declared kind, exact whatever they are. */
export type ExactIntegers = readonly ('number' | 'bigint' | 'bool')[];

/**
 * @param integers true: 64-bit integers come as bigint; false: one beyond 2^53 is refused with DATA_UNSOUND; or for each
 * column by itself
 */
export function compileReader(columns: readonly ResultColumn[], integers: boolean | ExactIntegers): ReadRow {
  const lines = columns.map((column, index) => {
    // The first two bits of the map of nulls stand for nothing.
    const [byte, bit] = [(index + 2) >> 3, 1 << ((index + 2) & 7)];
    return `let v${index} = null;
if ((b[start + ${1 + byte}] & ${bit}) === 0) { ${readOf(column, `v${index}`, typeof integers === 'boolean' ? integers : integers[index]!)} }`;
  });
  const body = `return (b, start) => {
let at = start + ${1 + ((columns.length + 9) >> 3)}, n = 0;
${lines.join('\n')}
return [${columns.map((_, index) => `v${index}`).join(', ')}];
};`;
  return new Function('h', body)(helpers) as ReadRow;
}

/** Source text that reads the value at `at` into `v`, and moves on. */
function readOf(
  { type, unsigned, characterSet }: ResultColumn,
  v: string,
  integers: boolean | ExactIntegers[number],
): string {
  const sign = unsigned ? 'UInt' : 'Int';
  const bool = integers === 'bool' ? ` if (${v} === 0) ${v} = false; else if (${v} === 1) ${v} = true;` : '';
  const number = (bytes: number, name: string): string => `${v} = b.read${name}(at); at += ${bytes};${bool}`;
  switch (type) {
    case types.tiny:
      return number(1, `${sign}8`);
    case types.short:
    case types.year:
      return number(2, `${sign}16LE`);
    case types.long:
    case types.int24:
      return number(4, `${sign}32LE`);
    case types.longlong:
      if (integers === true || integers === 'bigint') return number(8, `Big${sign}64LE`);
      if (integers === false) return `${v} = h.${unsigned ? 'whole' : 'signed'}(b, at); at += 8;`;
      return `${v} = h.exact${unsigned ? 'Whole' : ''}(b, at); at += 8;${bool}`;
    case types.float:
      return number(4, 'FloatLE');
    case types.double:
      return number(8, 'DoubleLE');
    case types.date:
      return `${v} = h.date(b, at); at += 1 + b[at];`;
    case types.datetime:
    case types.timestamp:
      return `${v} = h.dateTime(b, at); at += 1 + b[at];`;
    case types.time:
      return `${v} = h.time(b, at); at += 1 + b[at];`;
    default: {
      const read = characterSet === binary && type !== types.newdecimal ? 'bytes' : 'text';
      return `n = b[at++];
if (n > 250) { at += h.prefix(n); n = h.length(b, n, at); }
${v} = h.${read}(b, at, n); at += n;`;
    }
  }
}

/** Signs up to which reading one by one is faster than asking the runtime. */
const fewSigns = 12;

/** @param at where the length ends */
export function lengthAt(b: Buffer, mark: number, at: number): number {
  if (mark === 0xfc) return b.readUInt16LE(at - 2);
  return mark === 0xfd ? b.readUIntLE(at - 3, 3) : Number(b.readBigUInt64LE(at - 8));
}

const helpers = {
  signed: (b: Buffer, at: number): number => safe(wordsOf(b, at, b.readInt32LE(at + 4)), b, at),
  whole: (b: Buffer, at: number): number => safe(wordsOf(b, at, b.readUInt32LE(at + 4)), b, at),

  exact(b: Buffer, at: number): number | bigint {
    const value = wordsOf(b, at, b.readInt32LE(at + 4));
    return Number.isSafeInteger(value) ? value : b.readBigInt64LE(at);
  },
  exactWhole(b: Buffer, at: number): number | bigint {
    const value = wordsOf(b, at, b.readUInt32LE(at + 4));
    return Number.isSafeInteger(value) ? value : b.readBigUInt64LE(at);
  },

  /** Bytes of the length that follows its mark. */
  prefix: (mark: number): number => (mark === 0xfc ? 2 : mark === 0xfd ? 3 : 8),
  length: lengthAt,

  text(b: Buffer, at: number, length: number): string {
    return length > fewSigns ? slice(b, at, at + length) : shortTexts[length]!(b, at);
  },
  bytes: (b: Buffer, at: number, length: number): Uint8Array => new Uint8Array(b.subarray(at, at + length)),

  /** `YYYY-MM-DD` */
  date: (b: Buffer, at: number): string =>
    b[at]! < 4
      ? '0000-00-00'
      : `${String(b.readUInt16LE(at + 1)).padStart(4, '0')}-${two(b[at + 3]!)}-${two(b[at + 4]!)}`,
  /** `YYYY-MM-DD HH:MM:SS[.ffffff]` */
  dateTime(b: Buffer, at: number): string {
    const length = b[at]!;
    const day = helpers.date(b, at);
    if (length < 7) return `${day} 00:00:00`;
    return `${day} ${two(b[at + 5]!)}:${two(b[at + 6]!)}:${two(b[at + 7]!)}${length < 11 ? '' : micros(b, at + 8)}`;
  },
  /** `[-]HH:MM:SS[.ffffff]` */
  time(b: Buffer, at: number): string {
    const length = b[at]!;
    if (length < 8) return '00:00:00';
    const hours = b.readUInt32LE(at + 2) * 24 + b[at + 6]!;
    return `${b[at + 1] === 1 ? '-' : ''}${two(hours)}:${two(b[at + 7]!)}:${two(b[at + 8]!)}${length < 12 ? '' : micros(b, at + 9)}`;
  },
};

/** What `toString` of a buffer calls once it has looked at its arguments. */
const slice = (b: Buffer, from: number, to: number): string =>
  (b as unknown as { utf8Slice(from: number, to: number): string }).utf8Slice(from, to);
/** By their length: signs that are all of one byte make a text without leaving JavaScript. */
const shortTexts = Array.from({ length: fewSigns + 1 }, (_, length) => {
  const signs = Array.from({ length }, (_each, index) => `b[at + ${index}]`);
  const simple = `(${['0', ...signs].join(' | ')}) < 128 ? String.fromCharCode(${signs.join(', ')})`;
  return new Function('slice', `return (b, at) => ${simple} : slice(b, at, at + ${length});`)(slice) as (
    b: Buffer,
    at: number,
  ) => string;
});
const two = (value: number): string => (value < 10 ? `0${value}` : String(value));
const micros = (b: Buffer, at: number): string => `.${String(b.readUInt32LE(at)).padStart(6, '0')}`;
const wordsOf = (b: Buffer, at: number, upper: number): number => b.readUInt32LE(at) + upper * 0x1_0000_0000;

function safe(value: number, b: Buffer, at: number): number {
  if (Number.isSafeInteger(value)) return value;
  throw new HoldfastError('DATA_UNSOUND', `a stored number is beyond 2^53: ${b.readBigInt64LE(at)}`);
}
