// Whether an engine surely keeps every value of a batch, column by column. What it leaves over goes value by value.

import { isDate } from '../schema/codec.ts';
import type { ColumnSpec, TableSpec } from '../schema/spec.ts';
import { type BatchColumn, type ColumnBatch, cell } from './column-batch.ts';
import type { Keeps } from './fit-values.ts';
import { isJson, uuidPattern } from './judge-value.ts';

/** True where `compileFit` finds nothing in any row; false may also mean that it was not looked at closely. */
export type BatchFit = (batch: ColumnBatch) => boolean;

type ColumnFit = (column: BatchColumn, rows: number) => boolean;

/** @param keeps of the engine that the rows go to */
export function batchFit(spec: TableSpec, keeps: Keeps): BatchFit {
  const fits = spec.columns.map((column) => columnFit(column, keeps, spec));
  return ({ rows, columns }) =>
    columns.every((column, index) => {
      const { kind, nullable } = spec.columns[index]!;
      return (
        column.kind === kind &&
        column.exceptions.size === 0 &&
        (nullable === true || column.gaps === 0) &&
        fits[index]!(column, rows)
      );
    });
}

const always: ColumnFit = () => true;

function columnFit(spec: ColumnSpec, keeps: Keeps, { copies }: TableSpec): ColumnFit {
  const { kind, precision = 0, scale = 0, values = [] } = spec;
  const text = textFit(spec, keeps);
  const also = (test: (text: string) => boolean): ColumnFit => {
    const all = every(test);
    return (column, rows) => text(column, rows) && all(column, rows);
  };
  switch (kind) {
    case 'int':
    case 'instant':
    case 'bigint':
    case 'bool':
      return always;
    case 'real':
      return realFit(keeps);
    case 'bytes':
      return (column, rows) => longest(column, rows) <= keeps.maxBytes;
    case 'text':
      return text;
    case 'date':
      return keeps.typed ? also(isDate) : text;
    case 'uuid':
      return keeps.typed ? also((value) => uuidPattern.test(value)) : text;
    case 'json':
      return keeps.checksJson ? also(isJson) : text;
    case 'enum': {
      const allowed = new Set(values);
      return copies ? text : also((value) => allowed.has(value));
    }
    case 'decimal': {
      const whole = Math.max(1, precision - scale);
      const most = precision > scale ? `\\d{1,${whole}}` : '0';
      const plain = new RegExp(`^-?${most}${scale > 0 ? `(\\.\\d{1,${scale}})?` : ''}$`);
      return keeps.typed ? also((value) => plain.test(value)) : text;
    }
  }
}

function realFit({ infinity, nan }: Keeps): ColumnFit {
  return ({ cells, numbers }, rows) => {
    for (let row = 0; row < rows; row++) {
      const value = numbers[row]!;
      if (value - value === 0 || cells[row] !== cell.value) continue;
      if (!(Number.isNaN(value) ? nan : infinity)) return false;
    }
    return true;
  };
}

/** Engines count signs: of those there are no more than bytes. */
function textFit({ maxLength, secret }: ColumnSpec, { typed, nulInText, maxBytes }: Keeps): ColumnFit {
  const most = typed && !secret && maxLength !== undefined ? maxLength : Number.POSITIVE_INFINITY;
  return (column, rows) => {
    const { bytes } = column;
    if (!nulInText && bytes.includes(0)) return false;
    const length = longest(column, rows);
    return length <= maxBytes && (length <= most || haveSigns(column, rows, most));
  };
}

function longest({ cells, gaps, lengths }: BatchColumn, rows: number): number {
  let most = 0;
  for (let row = 0; row < rows; row++)
    if (lengths[row]! > most && (gaps === 0 || cells[row] === cell.value)) most = lengths[row]!;
  return most;
}

/** Whether each text has so many signs at most. */
function haveSigns({ cells, starts, lengths, bytes }: BatchColumn, rows: number, most: number): boolean {
  for (let row = 0; row < rows; row++) {
    if (lengths[row]! <= most || cells[row] !== cell.value) continue;
    let signs = 0;
    const end = starts[row]! + lengths[row]!;
    for (let at = starts[row]!; at < end; at++) if ((bytes[at]! & 0xc0) !== 0x80) signs++;
    if (signs > most) return false;
  }
  return true;
}

/** Whether each text is as it has to be; one that many rows share is looked at once. */
function every(test: (text: string) => boolean): ColumnFit {
  return ({ cells, starts, lengths, bytes }, rows) => {
    const from = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    // Words that repeat are few, and stand in few bytes.
    const shared = bytes.length < rows ? new Set<number>() : undefined;
    for (let row = 0; row < rows; row++) {
      if (cells[row] !== cell.value) continue;
      const [start, length] = [starts[row]!, lengths[row]!];
      const place = start * 2 ** 21 + length;
      if (shared?.has(place)) continue;
      if (!test(from.toString('utf8', start, start + length))) return false;
      shared?.add(place);
    }
    return true;
  };
}
