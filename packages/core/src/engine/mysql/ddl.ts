// DDL of MySQL and MariaDB: InnoDB tables whose text compares by its bytes, indexes made together with their table.

import { HoldfastError } from '../../errors.ts';
import { canonicalDecimal } from '../../schema/codec.ts';
import type { ColumnSpec, DefaultValue, ForeignKeySpec, IndexSpec, TableSpec } from '../../schema/spec.ts';
import type { ActualTable, Ddl } from '../engine.ts';
import { createCapture, triggersOf } from './capture.ts';
import { quote } from './dialect.ts';
import type { Flavour } from './flavour.ts';
import { shortName } from './short-name.ts';

const list = (names: readonly string[]): string => names.map(quote).join(', ');
const text = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

/** Bytes of the longest key of an index, and of one sign of text in it. */
const [mostKeyBytes, signBytes] = [3_072, 4];
/** Signs of a text that an index keeps where it cannot keep all of them. */
const prefix = 191;
/** Longer text is kept beside its row, unless an index needs it. */
const longestInRow = 255;

/** Columns that some index or reference needs. */
const isIndexed = (spec: TableSpec, { name, unique }: ColumnSpec): boolean =>
  unique === true ||
  [spec.key, ...[...spec.indexes, ...spec.foreignKeys].map(({ columns }) => columns)].some((columns) =>
    columns.includes(name),
  );

const isVarchar = (spec: TableSpec, column: ColumnSpec): boolean => {
  const { maxLength = Number.POSITIVE_INFINITY, secret } = column;
  // What is sealed is longer than what was given.
  if (secret) return false;
  return maxLength <= longestInRow || (isIndexed(spec, column) && maxLength * signBytes <= mostKeyBytes);
};

/** The type of a column, as it is declared. */
function typeOf(spec: TableSpec, column: ColumnSpec): string {
  const { kind, maxLength, precision, scale, values = [] } = column;
  switch (kind) {
    case 'text':
      return isVarchar(spec, column) ? `varchar(${maxLength})` : 'longtext';
    case 'enum':
      return `varchar(${Math.max(64, ...values.map(({ length }) => length))})`;
    case 'int':
    case 'bigint':
    case 'instant':
      return 'bigint';
    case 'real':
      return 'double';
    case 'decimal':
      return `decimal(${precision},${scale})`;
    case 'bool':
      return 'tinyint(1)';
    case 'date':
      return 'date';
    case 'json':
      return 'longtext';
    case 'bytes':
      return 'longblob';
    case 'uuid':
      return 'char(36)';
  }
}

/** A default as SQL. */
function literal({ kind, scale = 0 }: ColumnSpec, value: DefaultValue): string {
  if (value === null) return 'NULL';
  if (kind === 'json') return text(JSON.stringify(value));
  if (kind === 'bool') return value ? '1' : '0';
  if (kind === 'decimal') return canonicalDecimal(String(value), scale);
  if (kind === 'int' || kind === 'bigint' || kind === 'instant' || kind === 'real') return String(value);
  return text(String(value));
}

/** What the type alone does not refuse. */
function columnCheck(spec: TableSpec, column: ColumnSpec): string | undefined {
  if (spec.copies) return undefined;
  const { name, kind, values, maxLength, secret } = column;
  const own = quote(name);
  if (kind === 'bool') return `${own} IN (0, 1)`;
  if (kind === 'enum') return `${own} IN (${values!.map(text).join(', ')})`;
  // A column that a reference acts upon takes no check from MySQL; the record it refers to has one.
  if (kind === 'uuid' && !spec.foreignKeys.some(({ columns }) => columns.includes(name)))
    return `${own} REGEXP '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'`;
  if (kind === 'text' && maxLength !== undefined && !secret && !isVarchar(spec, column))
    return `char_length(${own}) <= ${maxLength}`;
  return undefined;
}

function columnSql(spec: TableSpec, column: ColumnSpec, initial = column.default): string {
  const type = typeOf(spec, column);
  const parts = [quote(column.name), type, column.nullable ? 'NULL' : 'NOT NULL'];
  if (column.serial) parts.push('AUTO_INCREMENT');
  if (initial !== undefined) {
    const value = literal(column, initial);
    // Long text takes its default only as an expression.
    parts.push(`DEFAULT ${type === 'longtext' && initial !== null ? `(${value})` : value}`);
  }
  const check = columnCheck(spec, column);
  if (check !== undefined) parts.push(`CHECK (${check})`);
  return parts.join(' ');
}

const foreignKeySql = (
  table: string,
  { columns, table: target, references, onDelete }: ForeignKeySpec,
): string =>
  `CONSTRAINT ${quote(shortName(table, ...columns, 'fkey'))} FOREIGN KEY (${list(columns)}) REFERENCES ${quote(target)} (${list(references)})${onDelete === 'restrict' ? '' : ` ON DELETE ${onDelete.toUpperCase()}`}`;

/** All indexes beside the key: declared ones, those of unique columns, and those that references need. */
export function indexesOf(spec: TableSpec): IndexSpec[] {
  const indexes: IndexSpec[] = [
    ...spec.columns
      .filter(({ unique }) => unique)
      .map(
        ({ name }): IndexSpec => ({
          name: shortName(spec.name, name, 'unique'),
          columns: [name],
          unique: true,
        }),
      ),
    ...spec.indexes.map((index) => ({ ...index, name: shortName(index.name) })),
    // What no reader has seen yet is found by it.
    ...(spec.copies ? [{ name: shortName(spec.name, 'mark_idx'), columns: ['journal_mark'] }] : []),
  ];
  for (const { columns } of spec.foreignKeys) {
    const begins = (those: readonly string[]): boolean => columns.every((name, at) => those[at] === name);
    if (begins(spec.key) || indexes.some((index) => begins(index.columns))) continue;
    indexes.push({ name: shortName(spec.name, ...columns, 'ref'), columns });
  }
  return indexes;
}

/** Columns of an index; long text by its beginning where the server keeps no longer keys. */
function indexed(spec: TableSpec, { name, columns, unique }: Omit<IndexSpec, 'where'>): string {
  const lengths = columns.map((each) => {
    const column = spec.columns.find((candidate) => candidate.name === each)!;
    if (column.kind === 'enum') return 64;
    if (column.kind === 'uuid') return 36;
    if (column.kind !== 'text') return 2;
    return isVarchar(spec, column) ? column.maxLength! : Number.POSITIVE_INFINITY;
  });
  const bytes = lengths.reduce((sum, length) => sum + length * signBytes, 0);
  if (bytes <= mostKeyBytes) return list(columns);
  if (unique)
    throw new HoldfastError(
      'SCHEMA_INVALID',
      `${spec.name}: ${name} is longer than the ${mostKeyBytes / signBytes} signs that MySQL indexes: give its text a shorter length`,
    );
  return columns.map((each, at) => `${quote(each)}${lengths[at]! > prefix ? `(${prefix})` : ''}`).join(', ');
}

function indexSql(spec: TableSpec, index: IndexSpec): string {
  if (index.unique && index.where !== undefined)
    throw new HoldfastError(
      'SCHEMA_INVALID',
      `${spec.name}: ${index.name} is unique under a condition, which MySQL and MariaDB do not know`,
    );
  return `${index.unique ? 'UNIQUE ' : ''}KEY ${quote(index.name)} (${indexed(spec, index)})`;
}

const checkSql = ({ name, sql }: { readonly name: string; readonly sql: string }): string =>
  `CONSTRAINT ${quote(shortName(name))} CHECK (${sql})`;

const optionsOf = ({ collation }: Flavour): string =>
  `ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=${collation} ROW_FORMAT=DYNAMIC`;

/** The parts of a table without its references; `named` checks have the names that are declared. */
function tableLines(spec: TableSpec, named: boolean, indexes = indexesOf(spec)): string[] {
  return [
    ...spec.columns.map((column) => columnSql(spec, column)),
    `PRIMARY KEY (${indexed(spec, { name: 'the key', columns: spec.key, unique: true })})`,
    ...indexes.map((index) => indexSql(spec, index)),
    ...spec.checks.map((check) => (named ? checkSql(check) : `CHECK (${check.sql})`)),
  ];
}

const create = (kind: string, spec: TableSpec, lines: readonly string[], flavour: Flavour): string =>
  `CREATE ${kind} ${quote(spec.name)} (\n  ${lines.join(',\n  ')}\n) ${optionsOf(flavour)}`;

export interface MysqlDdl extends Ddl {
  /** The table with its key alone: rows come in faster while nothing else watches over them. */
  bareTable(spec: TableSpec): string;
  /** The table as it is declared, references apart: for what has no rows. */
  indexedTable(spec: TableSpec): string;
  /** What makes a bare table that of its declaration, references apart. */
  indexesOfBare(spec: TableSpec): string[];
  referencesOfBare(spec: TableSpec): string[];
  /** The table for one connection alone; such tables have no references. */
  createTemporary(spec: TableSpec): string;
}

export const ddlOf = (flavour: Flavour): MysqlDdl => {
  const alter = (spec: TableSpec, change: string): string => `ALTER TABLE ${quote(spec.name)} ${change}`;
  const createIndex = (spec: TableSpec, name: string): string[] => {
    const index = indexesOf(spec).find((candidate) => candidate.name === shortName(name))!;
    return [alter(spec, `ADD ${indexSql(spec, index)}`)];
  };
  const dropIndex = (table: string, index: string): string =>
    `DROP INDEX ${flavour.name === 'MariaDB' ? 'IF EXISTS ' : ''}${quote(index)} ON ${quote(table)}`;

  function addColumn(spec: TableSpec, name: string): string[] {
    const missing = spec.columns.find((candidate) => candidate.name === name)!;
    const checks = spec.checks.filter(({ sql }) => new RegExp(`\\b${name}\\b`).test(sql));
    const bare = missing.nullable || missing.default !== undefined;
    return [
      alter(spec, `ADD COLUMN ${columnSql(spec, missing, bare ? missing.default : filler(missing))}`),
      // Rows that are there need a value, later ones must not get it.
      ...(bare ? [] : [alter(spec, `ALTER COLUMN ${quote(name)} DROP DEFAULT`)]),
      ...(missing.unique ? createIndex(spec, shortName(spec.name, name, 'unique')) : []),
      ...checks.map((check) => alter(spec, `ADD ${checkSql(check)}`)),
    ];
  }

  function alterColumn(
    spec: TableSpec,
    declared: ColumnSpec,
    found: ActualTable,
    wanted: ActualTable,
  ): string[] {
    const [is, should] = [found, wanted].map(({ columns, constraints = {} }) => ({
      column: columns.find(({ name }) => name === declared.name)!,
      check: constraints[columnKey(declared.name)]?.sql,
    }));
    const same = (['type', 'nullable', 'default'] as const).every(
      (property) => is!.column[property] === should!.column[property],
    );
    if (same && is!.check === should!.check) return [];
    const name = quote(declared.name);
    const fill = is!.column.nullable && !should!.column.nullable;
    return [
      ...(fill
        ? [
            `UPDATE ${quote(spec.name)} SET ${name} = ${literal(declared, filler(declared))} WHERE ${name} IS NULL`,
          ]
        : []),
      alter(spec, `MODIFY COLUMN ${columnSql(spec, declared)}`),
    ];
  }

  return {
    createTable: (spec) => [
      create(
        'TABLE IF NOT EXISTS',
        spec,
        [...tableLines(spec, true), ...spec.foreignKeys.map((key) => foreignKeySql(spec.name, key))],
        flavour,
      ),
    ],
    bareTable: (spec) => create('TABLE', spec, tableLines(spec, true, []), flavour),
    indexedTable: (spec) => create('TABLE', spec, tableLines(spec, true), flavour),
    indexesOfBare(spec) {
      const indexes = indexesOf(spec).map((index) => `ADD ${indexSql(spec, index)}`);
      return indexes.length === 0 ? [] : [alter(spec, indexes.join(', '))];
    },
    referencesOfBare(spec) {
      const references = spec.foreignKeys.map((key) => `ADD ${foreignKeySql(spec.name, key)}`);
      return references.length === 0 ? [] : [alter(spec, references.join(', '))];
    },
    createTemporary: (spec) =>
      create('TEMPORARY TABLE', spec, tableLines(spec, flavour.name === 'MariaDB'), flavour),
    dropTable: (name) => [`DROP TABLE IF EXISTS ${quote(name)}`],
    createIndex,
    dropIndex,
    addColumn,
    createCapture: (spec, specs) => createCapture(flavour, spec, specs),
    dropCapture: (spec, specs) =>
      triggersOf(spec, specs).map(({ name }) => `DROP TRIGGER IF EXISTS ${quote(name)}`),

    rebuild(spec, found, wanted) {
      const there = new Set(found.columns.map(({ name }) => name));
      const renewed = wanted.indexes.filter(
        ({ name, definition }) =>
          found.indexes.find((index) => index.name === name)?.definition !== definition,
      );
      return [
        ...dropConstraints(found, wanted).map((change) => alter(spec, change)),
        ...found.indexes
          .filter(({ name, definition }) => {
            const declared = wanted.indexes.some((index) => index.name === name);
            return declared ? renewed.some((index) => index.name === name) : definition.startsWith('unique');
          })
          .map(({ name }) => dropIndex(spec.name, name)),
        ...(found.options === wanted.options
          ? []
          : [
              alter(spec, `CONVERT TO CHARACTER SET utf8mb4 COLLATE ${flavour.collation}`),
              alter(spec, optionsOf(flavour)),
            ]),
        ...spec.columns.flatMap((column) =>
          there.has(column.name)
            ? alterColumn(spec, column, found, wanted)
            : addColumn({ ...spec, checks: [] }, column.name),
        ),
        ...(found.key.join() === wanted.key.join()
          ? []
          : [
              alter(
                spec,
                `${found.key.length > 0 ? 'DROP PRIMARY KEY, ' : ''}ADD PRIMARY KEY (${list(spec.key)})`,
              ),
            ]),
        ...renewed
          .filter(
            ({ name }) =>
              !indexesOf(spec).some((index) => index.name === name && isOfMissing(spec, index, there)),
          )
          .flatMap(({ name }) => createIndex(spec, name)),
        ...Object.entries(wanted.constraints ?? {})
          .filter(
            ([definition]) =>
              !definition.startsWith('column ') && found.constraints?.[definition] === undefined,
          )
          .map(([, { sql }]) => alter(spec, `ADD ${sql}`)),
      ];
    },
  };
};

/** The index of a unique column that comes with the column. */
const isOfMissing = (spec: TableSpec, { columns, name }: IndexSpec, there: ReadonlySet<string>): boolean =>
  name === shortName(spec.name, columns[0]!, 'unique') && !there.has(columns[0]!);

/** Where the check that stands in a column is found among a table's constraints. */
export const columnKey = (name: string): string => `column ${name}`;

function dropConstraints(found: ActualTable, wanted: ActualTable): string[] {
  return Object.entries(found.constraints ?? {})
    .filter(
      ([definition]) => !definition.startsWith('column ') && wanted.constraints?.[definition] === undefined,
    )
    .map(
      ([definition, { name }]) =>
        `DROP ${definition.startsWith('check ') ? 'CONSTRAINT' : 'FOREIGN KEY'} ${quote(name)}`,
    );
}

/** References as the catalogue would describe them. */
export const describedForeignKeys = (
  spec: TableSpec,
): { readonly definition: string; readonly name: string; readonly sql: string }[] =>
  spec.foreignKeys.map((key) => ({
    definition: `(${key.columns.join(', ')}) -> ${key.table} (${key.references.join(', ')}) on delete ${key.onDelete}`,
    name: shortName(spec.name, ...key.columns, 'fkey'),
    sql: foreignKeySql(spec.name, key),
  }));

/** A value for rows that lost theirs: the default, or the emptiest value the column takes. */
function filler({ kind, values, default: initial }: ColumnSpec): DefaultValue {
  if (initial !== undefined && initial !== null) return initial;
  switch (kind) {
    case 'json':
      return {};
    case 'enum':
      return values![0]!;
    case 'bool':
      return false;
    case 'date':
      return '1970-01-01';
    case 'uuid':
      return '00000000-0000-0000-0000-000000000000';
    case 'text':
    case 'bytes':
      return '';
    default:
      return 0;
  }
}
