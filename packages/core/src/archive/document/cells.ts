// Between a cell in memory and the value that a document shows. Only instants look different.

import { HoldfastError } from '../../errors.ts';
import { formatInstant, parseInstant } from '../../schema/instant.ts';
import type { Kind } from '../../schema/spec.ts';
import type { Cell } from './shape.ts';

export const shown = (kind: Kind, cell: Cell): unknown =>
  kind === 'instant' && typeof cell === 'number' ? formatInstant(cell) : cell;

const isInt = (value: unknown): value is bigint =>
  typeof value === 'bigint' && Number.isSafeInteger(Number(value));

/** Safe integers become numbers, all the way down. */
export function numbers(value: unknown): unknown {
  if (typeof value === 'bigint') return isInt(value) ? Number(value) : value;
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(numbers);
  for (const [key, each] of Object.entries(value))
    if (typeof each === 'bigint' || (each !== null && typeof each === 'object'))
      Object.defineProperty(value, key, {
        value: numbers(each),
        enumerable: true,
        writable: true,
        configurable: true,
      });
  return value;
}

const readers: Readonly<Record<Kind, (value: unknown) => Cell>> = {
  text: string,
  decimal: string,
  date: string,
  uuid: string,
  enum: string,
  int: (value) => (isInt(value) ? Number(value) : undefined),
  bigint: (value) => (typeof value === 'bigint' ? value : undefined),
  real: (value) =>
    typeof value === 'bigint' ? Number(value) : typeof value === 'number' ? value : undefined,
  bool: (value) => (typeof value === 'boolean' ? value : undefined),
  instant: (value) => (typeof value === 'string' ? parseInstant(value) : undefined),
  json: numbers,
  bytes: (value) => (value instanceof Uint8Array ? value : undefined),
};

function string(value: unknown): Cell {
  return typeof value === 'string' ? value : undefined;
}

/** @param value as a document has it, integers as bigints. @throws DOCUMENT_INVALID @param where for the message */
export function readCell(kind: Kind, value: unknown, where: string): Cell {
  if (value === null) return null;
  let cell: Cell;
  try {
    cell = readers[kind](value);
  } catch (error) {
    throw new HoldfastError('DOCUMENT_INVALID', `${where}: ${(error as Error).message}`, { cause: error });
  }
  if (cell !== undefined) return cell;
  throw new HoldfastError('DOCUMENT_INVALID', `${where} is no value of kind ${kind}`);
}
