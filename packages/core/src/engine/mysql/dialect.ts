// What MySQL and MariaDB can do, how they store each kind, and their SQL spelling.

import type { StorageForms } from '../../schema/codec.ts';
import type { BulkWrite, Capabilities, Syntax } from '../engine.ts';
import type { Flavour } from './flavour.ts';

export const capabilities: Capabilities = {
  transactionalDdl: false,
  partialIndexes: false,
  concurrentWriters: true,
  readsBeside: true,
  nulInText: true,
  typedColumns: true,
  blocksThread: false,
  maxParameters: 65_535,
};

/**
 * bool is 0/1, json text (the JSON functions of MariaDB know 32 levels, and records have more), instant whole microseconds; decimal and date are types of their names, uuid is text.
 * Where a statement reads 64-bit columns, every integer arrives as a bigint, so the narrower kinds convert.
 */
export const forms = (bigints: boolean): StorageForms => (bigints ? wide : plain);

const plain: StorageForms = { bool: { encode: 'v ? 1 : 0', decode: 'v == 1' } };
const narrow = { encode: 'v', decode: 'Number(v)' };
const wide: StorageForms = { ...plain, int: narrow, instant: narrow };

export const quote = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

export const syntaxOf = (flavour: Flavour): Syntax => ({
  seeksRows: false,
  lateral: false,
  quote,
  placeholder: () => '?',
  // A number as text would be compared as a double.
  operand: ({ kind, precision, scale }, placeholder) =>
    kind === 'decimal' ? `CAST(${placeholder} AS DECIMAL(${precision},${scale}))` : placeholder,
  oneOfRows: (columns, rows) =>
    `(${columns.map(({ sql }) => sql).join(', ')}) IN (${rows.map((row) => `(${row.join(', ')})`).join(', ')})`,
  position: (haystack, needle) => `LOCATE(${needle}, ${haystack})`,
  sortable: (_, expression) => expression,
  deleteFrom: (table, alias) => `DELETE ${alias} FROM ${quote(table)} AS ${alias}`,
  bulkInsert(write: BulkWrite, rows: number): string {
    const columns = write.columns.map(quote).join(', ');
    const row = `(${write.columns.map(() => '?').join(', ')})`;
    const values = new Array(rows).fill(row).join(', ');
    return `INSERT INTO ${quote(write.table)} (${columns}) VALUES ${values}${conflict(write, flavour)}`;
  },
});

function conflict({ table, key, onConflict }: BulkWrite, { insertedAs, inserted }: Flavour): string {
  if (onConflict === 'fail') return '';
  const set = onConflict.update.map((column) => `${quote(column)} = ${inserted(quote(column))}`);
  // Any unique value makes an update: where it is not the key's, a key that cannot be null is set so, and refused.
  if (onConflict.otherUniques || set.length === 0) {
    const own = (column: string): string => `${quote(table)}.${quote(column)}`;
    const same = key.map((column) => `${own(column)} <=> ${inserted(quote(column))}`);
    set.unshift(`${quote(key[0]!)} = IF(${same.join(' AND ')}, ${own(key[0]!)}, NULL)`);
  }
  return `${insertedAs} ON DUPLICATE KEY UPDATE ${set.join(', ')}`;
}
