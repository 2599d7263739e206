// What SQLite can do, how it stores each kind, and its SQL spelling.

import type { StorageForms } from '../../schema/codec.ts';
import type { BulkWrite, Capabilities, Syntax } from '../engine.ts';

export const capabilities: Capabilities = {
  transactionalDdl: true,
  partialIndexes: true,
  concurrentWriters: false,
  readsBeside: true,
  nulInText: true,
  typedColumns: false,
  blocksThread: true,
  maxParameters: 32_766,
};

/**
 * bool is 0/1, json text, instant whole microseconds; decimal, date and uuid are text.
 * Where a statement reads 64-bit columns, every integer arrives as a bigint, so the narrower kinds convert.
 */
export const forms = (bigints: boolean): StorageForms => (bigints ? wide : plain);

const bool = { encode: 'v ? 1 : 0', decode: 'v == 1' };
const narrow = { encode: 'v', decode: 'Number(v)' };
const plain: StorageForms = { bool };
const wide: StorageForms = { bool, int: narrow, instant: narrow };

/**
 * A decimal's text sorts as text. Zeros before it make it sort as a number; below zero, letters that run
 * backwards stand for the digits, so that -2 comes before -1.
 */
function decimalOrder(expression: string, width: number): string {
  const padded = (value: string): string => `substr('${'0'.repeat(width)}' || ${value}, -${width})`;
  let below = padded('substr(v, 2)');
  for (let digit = 0; digit <= 9; digit++) below = `replace(${below}, '${digit}', '${'jihgfedcba'[digit]}')`;
  return `(SELECT iif(v GLOB '-*', '-' || ${below}, '0' || ${padded('v')}) FROM (SELECT ${expression} AS v))`;
}

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export const syntax: Syntax = {
  seeksRows: true,
  lateral: false,
  quote,
  placeholder: () => '?',
  oneOfRows: (columns, rows) =>
    `(${columns.map(({ sql }) => sql).join(', ')}) IN (VALUES ${rows.map((row) => `(${row.join(', ')})`).join(', ')})`,
  position: (haystack, needle) => `instr(${haystack}, ${needle})`,
  operand: (_, placeholder) => placeholder,
  deleteFrom: (table, alias) => `DELETE FROM ${quote(table)} AS ${alias}`,
  sortable: ({ kind, precision = 0 }, expression) =>
    kind === 'decimal' ? decimalOrder(expression, precision + 1) : expression,
  bulkInsert(write: BulkWrite, rows: number): string {
    const columns = write.columns.map(quote).join(', ');
    const row = `(${write.columns.map(() => '?').join(', ')})`;
    const values = new Array(rows).fill(row).join(', ');
    return `INSERT INTO ${quote(write.table)} (${columns}) VALUES ${values}${conflict(write)}`;
  },
};

function conflict({ onConflict, key }: BulkWrite): string {
  if (onConflict === 'fail') return '';
  const target = ` ON CONFLICT (${key.map(quote).join(', ')})`;
  if (onConflict.update.length === 0) return `${target} DO NOTHING`;
  const set = onConflict.update.map((column) => `${quote(column)} = excluded.${quote(column)}`);
  return `${target} DO UPDATE SET ${set.join(', ')}`;
}
