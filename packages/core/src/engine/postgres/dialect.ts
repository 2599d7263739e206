// What PostgreSQL can do, how it stores each kind, and its SQL spelling.

import type { StorageForms } from '../../schema/codec.ts';
import type { ColumnSpec } from '../../schema/spec.ts';
import type { BulkWrite, Capabilities, Syntax } from '../engine.ts';
import { instantText, parseInstantText } from './values.ts';

export const capabilities: Capabilities = {
  transactionalDdl: true,
  partialIndexes: true,
  concurrentWriters: true,
  readsBeside: true,
  nulInText: false,
  typedColumns: true,
  blocksThread: false,
  maxParameters: 65_535,
};

/**
 * Every kind has the type of its name; json is text-exact `json`, so that numbers beyond a double survive.
 * Where a statement reads 64-bit columns, every integer arrives as a bigint, so the narrower kind converts.
 */
export const forms = (bigints: boolean): StorageForms => (bigints ? wide : plain);

const plain: StorageForms = { instant: { encode: instantText, decode: parseInstantText } };
const wide: StorageForms = { ...plain, int: { encode: 'v', decode: 'Number(v)' } };

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Type names of columns, without what limits them. */
export function typeOf({ kind, maxLength, precision, scale, secret }: ColumnSpec): string {
  switch (kind) {
    case 'text':
      // What is sealed is longer than what was given.
      return maxLength === undefined || secret ? 'text' : `character varying(${maxLength})`;
    case 'int':
    case 'bigint':
      return 'bigint';
    case 'real':
      return 'double precision';
    case 'decimal':
      return `numeric(${precision},${scale})`;
    case 'bool':
      return 'boolean';
    case 'instant':
      return 'timestamp with time zone';
    case 'date':
      return 'date';
    case 'json':
      return 'json';
    case 'bytes':
      return 'bytea';
    case 'uuid':
      return 'uuid';
    case 'enum':
      return 'text';
  }
}

export const syntax: Syntax = {
  seeksRows: true,
  lateral: true,
  quote,
  placeholder: (position) => `$${position}`,
  // In VALUES the first row gives the placeholders their types.
  oneOfRows(columns, rows) {
    const tuples = rows.map((row, index) => {
      const values = index > 0 ? row : row.map((value, at) => `${value}::${typeOf(columns[at]!.spec)}`);
      return `(${values.join(', ')})`;
    });
    return `(${columns.map(({ sql }) => sql).join(', ')}) IN (VALUES ${tuples.join(', ')})`;
  },
  position: (haystack, needle) => `strpos(${haystack}, ${needle})`,
  operand: (_, placeholder) => placeholder,
  deleteFrom: (table, alias) => `DELETE FROM ${quote(table)} AS ${alias}`,
  sortable: (_, expression) => expression,
  bulkInsert(write: BulkWrite, rows: number): string {
    const width = write.columns.length;
    const values = Array.from({ length: rows }, (_, row) => {
      const places = write.columns.map((_column, at) => `$${row * width + at + 1}`);
      return `(${places.join(', ')})`;
    });
    return `${insertInto(write)} VALUES ${values.join(', ')}${conflict(write)}`;
  },
};

export const insertInto = ({ table, columns }: BulkWrite): string =>
  `INSERT INTO ${quote(table)} (${columns.map(quote).join(', ')})`;

export function conflict({ onConflict, key }: BulkWrite): string {
  if (onConflict === 'fail') return '';
  const target = ` ON CONFLICT (${key.map(quote).join(', ')})`;
  if (onConflict.update.length === 0) return `${target} DO NOTHING`;
  const set = onConflict.update.map((column) => `${quote(column)} = excluded.${quote(column)}`);
  return `${target} DO UPDATE SET ${set.join(', ')}`;
}
