// Exact values to rows of COPY in its binary form, written where they are sent from: the server has nothing to parse. The
// writer is generated from the columns; only numbers and names of kinds enter its source text.

import type { StoredRow, StoredValue } from '../../schema/codec.ts';
import type { ColumnSpec, Kind } from '../../schema/spec.ts';
import { epoch } from './read-tuples.ts';

/** Writes a row from `at` on. @returns where it ends */
type WriteTuple = (buffer: Buffer, at: number, row: StoredRow) => number;

/** What the rows begin with, and what ends them. */
export const copyHeader = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
export const copyEnd = Buffer.from([0xff, 0xff]);

/** Signs up to which writing one by one is faster than asking the runtime. */
const fewSigns = 24;
const [first, last] = [-(2n ** 63n), 2n ** 63n - 1n];

const prefixed = (b: Buffer, at: number, length: number): number => {
  b[at] = length >>> 24;
  b[at + 1] = length >>> 16;
  b[at + 2] = length >>> 8;
  b[at + 3] = length;
  return at + 4;
};

/** @param value a safe integer */
function safe(b: Buffer, at: number, value: number): number {
  const to = prefixed(b, at, 8);
  const high = Math.floor(value / 0x1_0000_0000);
  return prefixed(b, prefixed(b, to, high), value - high * 0x1_0000_0000);
}

const wide = (b: Buffer, at: number, value: bigint): number => b.writeBigInt64BE(value, prefixed(b, at, 8));

function text(b: Buffer, at: number, value: string): number {
  const { length } = value;
  if (length <= fewSigns) {
    let to = at + 4;
    let index = 0;
    for (; index < length; index++) {
      const sign = value.charCodeAt(index);
      if (sign > 127) break;
      b[to++] = sign;
    }
    if (index === length) {
      prefixed(b, at, length);
      return to;
    }
  }
  const written = b.write(value, at + 4);
  prefixed(b, at, written);
  return at + 4 + written;
}

function bytes(b: Buffer, at: number, value: Uint8Array): number {
  b.set(value, prefixed(b, at, value.length));
  return at + 4 + value.length;
}

const whole = (b: Buffer, at: number, value: number | bigint): number =>
  typeof value === 'number' ? safe(b, at, value) : wide(b, at, value);

/** By kind: what `fit` lets through, as the server takes it. A kind that is not here has a simpler form as text. */
const writes = {
  int: whole,
  bigint: whole,
  instant(b: Buffer, at: number, value: StoredValue): number {
    if (typeof value === 'number' && Number.isSafeInteger(value - epoch)) return safe(b, at, value - epoch);
    if (typeof value !== 'string') return wide(b, at, BigInt(value as number) - BigInt(epoch));
    return wide(b, at, value === 'infinity' ? last : first);
  },
  real: (b: Buffer, at: number, value: number): number => b.writeDoubleBE(value, prefixed(b, at, 8)),
  bool(b: Buffer, at: number, value: boolean): number {
    b[prefixed(b, at, 1)] = value ? 1 : 0;
    return at + 5;
  },
  text,
  enum: text,
  json: text,
  bytes,
  uuid: (b: Buffer, at: number, value: string): number =>
    prefixed(b, at, 16) + b.write(value.replaceAll('-', ''), at + 4, 'hex'),
} satisfies Partial<Record<Kind, (b: Buffer, at: number, value: never) => number>>;

/** Whether rows of these columns have a binary form here. */
export const hasBinaryForm = (columns: readonly ColumnSpec[]): boolean =>
  columns.every(({ kind }) => kind in writes);

/** Bytes that a row may take. */
export function boundOf(row: StoredRow): number {
  let bound = 2 + row.length * 12;
  for (let index = 0; index < row.length; index++) {
    const value = row[index]!;
    if (typeof value === 'string') bound += value.length * 3;
    else if (value instanceof Uint8Array) bound += value.length;
  }
  return bound;
}

/** @param columns those of which `hasBinaryForm` is true */
export function compileWriter(columns: readonly ColumnSpec[]): WriteTuple {
  const fields = columns.map(
    ({ kind }, index) =>
      `v = r[${index}]; if (v === null) { b[at] = b[at + 1] = b[at + 2] = b[at + 3] = 255; at += 4; } else at = w.${kind}(b, at, v);`,
  );
  const { length } = columns;
  const body = `return (b, at, r) => { let v; b[at] = ${length >> 8}; b[at + 1] = ${length & 255}; at += 2;
${fields.join('\n')}
return at; };`;
  return new Function('w', body)(writes) as WriteTuple;
}
