// The canonical bytes of a row: the same whatever engine it comes from and however that spells its values.

import { canonicalJson } from '../../schema/canonical-json.ts';
import type { ColumnSpec } from '../../schema/spec.ts';
import type { Value, ValueRow } from '../columns/value.ts';
import { tag, writeDouble, writeHalves, writeWhole } from './canonical-bytes.ts';
import { parseExactly } from './canonical-number.ts';

/** Of short text, characters are copied one by one; a call of the platform takes longer. */
const short = 16;
const leastWide = -(2n ** 63n);
const mostWide = 2n ** 63n - 1n;
const wide = new BigInt64Array(1);
const wideHalves = new Int32Array(wide.buffer);

/** What stands in front of a value, at most. */
const head = 24;

/** Bytes that a row may take, at most. */
export function boundOf(row: ValueRow): number {
  let bound = 0;
  for (const value of row)
    bound +=
      head + (typeof value === 'string' ? value.length * 6 : value instanceof Uint8Array ? value.length : 8);
  for (const value of row) if (typeof value === 'bigint') bound += String(value).length;
  return bound;
}

/**
 * Writes a row from `at` on.
 * @returns where it ends, or -1 where it may not fit before `limit`
 */
export function writeRow(
  bytes: Buffer,
  at: number,
  limit: number,
  columns: readonly Pick<ColumnSpec, 'kind' | 'scale'>[],
  row: ValueRow,
): number {
  let to = at;
  for (let column = 0; column < columns.length; column++) {
    if (to + head > limit) return -1;
    const value = row[column]!;
    if (value === null) bytes[to++] = tag.null;
    else if (typeof value === 'number') to = writeNumber(bytes, to, columns[column]!.kind, value);
    else if (typeof value === 'string') {
      to = writeString(bytes, to, limit, columns[column]!, value);
      if (to < 0) return -1;
    } else if (typeof value === 'bigint') {
      to = writeBigint(bytes, to, limit, columns[column]!.kind, value);
      if (to < 0) return -1;
    } else if (typeof value === 'boolean') {
      bytes[to++] = tag.bool;
      bytes[to++] = value ? 1 : 0;
    } else {
      if (to + head + value.length > limit) return -1;
      bytes[to++] = tag.bytes;
      to = writeLength(bytes, to, value.length);
      bytes.set(value, to);
      to += value.length;
    }
  }
  return to;
}

function writeLength(bytes: Buffer, at: number, length: number): number {
  let to = at;
  let rest = length;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes[to++] = (rest % 128) + 128;
  bytes[to++] = rest;
  return to;
}

/** A whole number is one, whether its engine has it as number or as bigint; in a column of doubles, all are doubles. */
function writeNumber(bytes: Buffer, at: number, kind: ColumnSpec['kind'], value: number): number {
  return kind === 'real' || !Number.isSafeInteger(value)
    ? writeDouble(bytes, at, value)
    : writeWhole(bytes, at, value);
}

function writeBigint(
  bytes: Buffer,
  at: number,
  limit: number,
  kind: ColumnSpec['kind'],
  value: bigint,
): number {
  if (kind === 'real' && BigInt(Number(value)) === value) return writeDouble(bytes, at, Number(value));
  if (value < leastWide || value > mostWide) return writeText(bytes, at, limit, tag.long, String(value));
  wide[0] = value;
  return writeHalves(bytes, at, wideHalves[0]!, wideHalves[1]!);
}

function writeString(
  bytes: Buffer,
  at: number,
  limit: number,
  { kind, scale }: Pick<ColumnSpec, 'kind' | 'scale'>,
  value: string,
): number {
  if (kind === 'json') return writeJson(bytes, at, limit, value);
  if (kind === 'decimal') return writeText(bytes, at, limit, tag.text, canonicalDecimal(value, scale ?? 0));
  return writeText(bytes, at, limit, tag.text, kind === 'uuid' ? value.toLowerCase() : value);
}

function writeText(bytes: Buffer, at: number, limit: number, as: number, value: string): number {
  const { length } = value;
  if (at + head + length * 3 > limit) return -1;
  if (length <= short) {
    bytes[at] = as;
    bytes[at + 1] = length;
    let index = 0;
    for (; index < length; index++) {
      const code = value.charCodeAt(index);
      if (code > 127) break;
      bytes[at + 2 + index] = code;
    }
    if (index === length) return at + 2 + length;
  }
  // Most text is ASCII, and then its length is known before it is written.
  const start = length < 128 ? at + 2 : writeLength(bytes, at + 1, length);
  const written = bytes.write(value, start);
  if (written === length) {
    bytes[at] = as;
    if (length < 128) bytes[at + 1] = length;
    return start + length;
  }
  const wellFormed = value.isWellFormed();
  const encoded = Buffer.from(value, wellFormed ? 'utf8' : 'utf16le');
  bytes[at] = wellFormed ? as : tag.utf16;
  const to = writeLength(bytes, at + 1, encoded.length);
  encoded.copy(bytes, to);
  return to + encoded.length;
}

function writeJson(bytes: Buffer, at: number, limit: number, value: string): number {
  let canonical: string;
  try {
    canonical = canonicalJson(parseExactly(value));
  } catch {
    return writeText(bytes, at, limit, tag.text, value);
  }
  return writeText(bytes, at, limit, tag.json, canonical);
}

const decimalPattern = /^([+-]?)0*(\d+?)(?:\.(\d*?)0*)?$/;

/** Exactly `scale` digits after the point, more only where they are not zeros; as it is where it is no decimal. */
export function canonicalDecimal(value: Value & string, scale: number): string {
  const match = decimalPattern.exec(value);
  if (!match) return value;
  const [, sign, whole, fraction = ''] = match;
  const padded = fraction.padEnd(scale, '0');
  const text = padded === '' ? whole! : `${whole}.${padded}`;
  return sign === '-' && /[1-9]/.test(text) ? `-${text}` : text;
}
