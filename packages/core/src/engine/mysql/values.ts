// Values on their way to the server and back.

import { types as nodeTypes } from 'node:util';
import { HoldfastError } from '../../errors.ts';
import type { StoredRow, StoredValue } from '../../schema/codec.ts';

/** What the driver takes: whole numbers go as doubles, exact up to 2^53; larger ones as their digits. */
export type Parameter = string | number | boolean | Buffer | null;

export function toParameter(value: StoredValue): Parameter {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return value;
}

/** Parameters in place: arrays made for one statement are given away with it. */
export function toParameters(values: StoredValue[]): Parameter[] {
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    if (typeof value === 'bigint' || (typeof value === 'object' && value !== null))
      values[index] = toParameter(value);
  }
  return values as Parameter[];
}

/** A result column as the driver describes it. */
export interface ResultColumn {
  readonly name: string;
  /** As the protocol numbers the types. */
  readonly columnType?: number;
  readonly characterSet: number;
  /** The table by its name in the query, empty for an expression. */
  readonly table: string;
  /** Names of the column behind it, empty for an expression. */
  readonly orgTable: string;
  readonly orgName: string;
}

export const longlong = 8;
export const newdecimal = 246;
const binary = 63;
const blobs: ReadonlySet<number | undefined> = new Set([249, 250, 251, 252, 253, 254]);

/** Makes values of rows what the seam wants, in place: 64-bit integers exact, bytes plain. */
export function refine(rows: StoredRow[], columns: readonly ResultColumn[], bigints: boolean): void {
  for (const [at, { columnType, characterSet }] of columns.entries()) {
    if (columnType === longlong) {
      if (bigints) widen(rows, at);
      else checkSafe(rows, at);
    } else if (characterSet === binary && blobs.has(columnType)) plainBytes(rows, at);
  }
}

function widen(rows: StoredRow[], at: number): void {
  for (const row of rows) if (row[at] !== null) row[at] = BigInt(row[at] as number | string);
}

/** The driver gives as text what is beyond a double. */
function checkSafe(rows: readonly StoredRow[], at: number): void {
  for (const row of rows)
    if (typeof row[at] === 'string')
      throw new HoldfastError('DATA_UNSOUND', `a stored number is beyond 2^53: ${row[at]}`);
}

function plainBytes(rows: StoredRow[], at: number): void {
  for (const row of rows) {
    const value = row[at];
    if (nodeTypes.isUint8Array(value)) row[at] = new Uint8Array(value);
  }
}
