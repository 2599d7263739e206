// Rows of COPY in its binary form to exact values. The reader is generated from the columns; only numbers enter its
// source text.

import type { StoredRow } from '../../schema/codec.ts';
import type { ColumnSpec, Kind } from '../../schema/spec.ts';
import { typeOf } from './dialect.ts';

/** @param at where the row begins, with the count of its fields */
export type ReadTuple = (buffer: Buffer, at: number) => StoredRow;

/** Kinds that are read as text: that of the others is no simpler. */
const asText: ReadonlySet<Kind> = new Set(['text', 'enum', 'decimal', 'date', 'uuid']);

/** A column as the reader takes it, whatever type it has. */
export const readable = (spec: ColumnSpec, sql: string): string =>
  `${sql}::${asText.has(spec.kind) ? 'text' : typeOf(spec)}`;

const reads: Partial<Record<Kind, string>> = {
  int: 'h.whole(b, at)',
  bigint: 'b.readBigInt64BE(at)',
  instant: 'h.instant(b, at)',
  real: 'b.readDoubleBE(at)',
  bool: 'b[at] === 1',
  bytes: 'new Uint8Array(b.subarray(at, at + n))',
};

export function compileTuples(columns: readonly ColumnSpec[]): ReadTuple {
  const fields = columns.map(
    ({ kind }, index) => `let v${index} = null; n = b.readInt32BE(at); at += 4;
if (n >= 0) { v${index} = ${reads[kind] ?? 'h.text(b, at, n)'}; at += n; }`,
  );
  const body = `return (b, at) => {
let n = 0; at += 2;
${fields.join('\n')}
return [${columns.map((_, index) => `v${index}`).join(', ')}];
};`;
  return new Function('h', body)(helpers) as ReadTuple;
}

/** Signs up to which reading one by one is faster than asking the runtime. */
const fewSigns = 12;
/** Microseconds from 1970 to 2000, from where the server counts. */
export const epoch = 946_684_800_000_000;
const [first, last] = [-(2n ** 63n), 2n ** 63n - 1n];

/** Beyond what is a safe number of microseconds, exactly. */
export function instantOf(b: Buffer, at: number): number | bigint | string {
  const near = b.readInt32BE(at) * 0x1_0000_0000 + b.readUInt32BE(at + 4);
  if (Number.isSafeInteger(near) && Number.isSafeInteger(near + epoch)) return near + epoch;
  const counted = b.readBigInt64BE(at);
  if (counted === last) return 'infinity';
  if (counted === first) return '-infinity';
  const exact = counted + BigInt(epoch);
  return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
}

const helpers = {
  whole(b: Buffer, at: number): number | bigint {
    const value = b.readInt32BE(at) * 0x1_0000_0000 + b.readUInt32BE(at + 4);
    return Number.isSafeInteger(value) ? value : b.readBigInt64BE(at);
  },
  instant: instantOf,
  text: (b: Buffer, at: number, length: number): string =>
    length > fewSigns ? slice(b, at, at + length) : shortTexts[length]!(b, at),
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
