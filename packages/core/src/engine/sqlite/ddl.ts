// DDL of SQLite: STRICT tables, named checks, and the rebuild that stands in for a missing ALTER.

import { canonicalDecimal } from '../../schema/codec.ts';
import type { ColumnSpec, DefaultValue, ForeignKeySpec, Kind, TableSpec } from '../../schema/spec.ts';
import type { Ddl } from '../engine.ts';
import { createCapture, createClock } from './capture.ts';
import { syntax } from './dialect.ts';
import { isRowId } from './row-id.ts';

const { quote } = syntax;
const list = (names: readonly string[]): string => names.map(quote).join(', ');

const types: Record<Kind, string> = {
  text: 'TEXT',
  int: 'INTEGER',
  bigint: 'INTEGER',
  real: 'REAL',
  decimal: 'TEXT',
  bool: 'INTEGER',
  instant: 'INTEGER',
  date: 'TEXT',
  json: 'TEXT',
  bytes: 'BLOB',
  uuid: 'TEXT',
  enum: 'TEXT',
};

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** A default as SQL, in the form the column stores. */
function literal({ kind, scale = 0 }: ColumnSpec, value: DefaultValue): string {
  if (value === null) return 'NULL';
  if (kind === 'json') return text(JSON.stringify(value));
  if (kind === 'bool') return value ? '1' : '0';
  if (kind === 'int' || kind === 'bigint' || kind === 'instant') return String(value);
  if (kind === 'real') return /^-?\d+$/.test(String(value)) ? `${value}.0` : String(value);
  if (kind === 'decimal') return text(canonicalDecimal(String(value), scale));
  return text(String(value));
}

function column(spec: ColumnSpec, checked = true): string {
  if (spec.serial) return `${quote(spec.name)} INTEGER PRIMARY KEY`;
  const parts = [quote(spec.name), types[spec.kind]];
  if (!spec.nullable) parts.push('NOT NULL');
  if (spec.default !== undefined) parts.push(`DEFAULT ${literal(spec, spec.default)}`);
  if (spec.unique) parts.push('UNIQUE');
  const check = checked ? columnCheck(spec) : undefined;
  if (check !== undefined) parts.push(`CHECK (${check})`);
  return parts.join(' ');
}

/** What the storage type alone does not refuse. */
function columnCheck({ name, kind, values, nullable }: ColumnSpec): string | undefined {
  if (kind === 'bool') return `${quote(name)} IN (0, 1)`;
  if (kind === 'enum') return `${quote(name)} IN (${values!.map(text).join(', ')})`;
  // Up to SQLite 3.44, null is no valid JSON.
  if (kind === 'json') return `${nullable ? `${quote(name)} IS NULL OR ` : ''}json_valid(${quote(name)})`;
  return undefined;
}

/** Conditions that rows have to meet whose values are of their kinds. */
export const checksIn = (spec: TableSpec): string[] => [
  ...spec.columns.filter(({ kind }) => kind === 'json' && !spec.copies).map((each) => columnCheck(each)!),
  ...spec.checks.map(({ sql }) => sql),
];

const foreignKey = ({ columns, table, references, onDelete }: ForeignKeySpec): string =>
  `FOREIGN KEY (${list(columns)}) REFERENCES ${quote(table)} (${list(references)}) ON DELETE ${onDelete === 'restrict' ? 'NO ACTION' : onDelete.toUpperCase()}`;

/** Gauges and links, small rows, live in their key's tree. */
const withoutRowId = (spec: TableSpec): boolean => spec.name.endsWith('_latest') && !isRowId(spec);

function createTableAs(spec: TableSpec, name: string, others: readonly string[] = []): string {
  const lines = [
    ...spec.columns.map((each) => column(each, !spec.copies)),
    ...others,
    ...(spec.columns.some(({ serial }) => serial) ? [] : [`PRIMARY KEY (${list(spec.key)})`]),
    ...spec.foreignKeys.map(foreignKey),
    ...spec.checks.map((check) => `CONSTRAINT ${quote(check.name)} CHECK (${check.sql})`),
  ];
  return `CREATE TABLE ${quote(name)} (\n  ${lines.join(',\n  ')}\n) STRICT${withoutRowId(spec) ? ', WITHOUT ROWID' : ''}`;
}

function createIndex(spec: TableSpec, name: string): string[] {
  const index = spec.indexes.find((candidate) => candidate.name === name)!;
  // The row id stands at the end of each entry anyway.
  const columns = index.columns.filter(
    (column) => !spec.columns.some(({ name, serial }) => serial && name === column),
  );
  const where = index.where === undefined ? '' : ` WHERE ${index.where}`;
  const unique = index.unique ? 'UNIQUE ' : '';
  return [`CREATE ${unique}INDEX ${quote(index.name)} ON ${quote(spec.name)} (${list(columns)})${where}`];
}

const createIndexes = (spec: TableSpec): string[] =>
  spec.indexes.filter(({ concurrent }) => !concurrent).flatMap((index) => createIndex(spec, index.name));

/** A value for rows that lost their column: the default, or the emptiest value the column takes. */
function filler(spec: ColumnSpec): string {
  if (spec.default !== undefined) return literal(spec, spec.default);
  if (spec.nullable) return 'NULL';
  if (spec.kind === 'json') return "'{}'";
  if (spec.kind === 'enum') return text(spec.values![0]!);
  if (spec.kind === 'bytes') return "x''";
  if (spec.kind === 'real') return '0.0';
  if (spec.kind === 'decimal') return text(spec.scale ? `0.${'0'.repeat(spec.scale)}` : '0');
  if (spec.kind === 'date') return "'1970-01-01'";
  if (spec.kind === 'uuid') return "'00000000-0000-0000-0000-000000000000'";
  return types[spec.kind] === 'TEXT' ? "''" : '0';
}

export const ddl: Ddl = {
  createTable: (spec) => [createTableAs(spec, spec.name), ...createIndexes(spec)],
  dropTable: (name) => [`DROP TABLE IF EXISTS ${quote(name)}`],
  createIndex,
  createCapture: (spec) => [...createClock, ...createCapture(spec)],
  dropCapture: (spec) => createCapture(spec).filter((sql) => sql.startsWith('DROP TRIGGER')),
  dropIndex: (_, index) => `DROP INDEX IF EXISTS ${quote(index)}`,

  addColumn(spec, name) {
    const missing = spec.columns.find((candidate) => candidate.name === name)!;
    // SQLite adds neither unique columns, key columns, nor mandatory ones without a default.
    const inPlace =
      !missing.unique &&
      !spec.key.includes(name) &&
      (missing.nullable || (missing.default !== undefined && missing.default !== null)) &&
      !spec.foreignKeys.some((key) => key.columns.includes(name)) &&
      !spec.checks.some((check) => new RegExp(`\\b${name}\\b`).test(check.sql));
    return inPlace ? [`ALTER TABLE ${quote(spec.name)} ADD COLUMN ${column(missing)}`] : undefined;
  },

  rebuild(spec, found) {
    const temporary = `${spec.name}__rebuilt`;
    const declared = new Set(spec.columns.map(({ name }) => name));
    const there = new Set(found.columns.map(({ name }) => name));
    const others = found.columns.filter(({ name }) => !declared.has(name));
    const names = [...declared, ...others.map(({ name }) => name)];
    const values = [
      ...spec.columns.map((candidate) =>
        there.has(candidate.name) ? quote(candidate.name) : filler(candidate),
      ),
      ...others.map(({ name }) => quote(name)),
    ];
    const indexes = found.indexes.filter(
      ({ name, sql, definition }) =>
        sql !== undefined &&
        !definition.startsWith('unique') &&
        !spec.indexes.some((index) => index.name === name),
    );
    return [
      '-- as one script that stops at the first error, as sqlite3 -bail does',
      'PRAGMA foreign_keys=OFF',
      // Otherwise a view of somebody else stops the renaming.
      'PRAGMA legacy_alter_table=ON',
      'BEGIN IMMEDIATE',
      createTableAs(
        spec,
        temporary,
        others.map(({ name, type }) => `${quote(name)} ${strictTypes.has(type) ? type : 'ANY'}`),
      ),
      `INSERT INTO ${quote(temporary)} (${list(names)}) SELECT ${values.join(', ')} FROM ${quote(spec.name)}`,
      `DROP TABLE ${quote(spec.name)}`,
      `ALTER TABLE ${quote(temporary)} RENAME TO ${quote(spec.name)}`,
      ...createIndexes(spec),
      ...indexes.map(({ sql }) => sql!),
      ...found.triggers,
      'COMMIT',
      'PRAGMA legacy_alter_table=OFF',
      'PRAGMA foreign_keys=ON',
    ];
  },
};

const strictTypes: ReadonlySet<string> = new Set(['INT', 'INTEGER', 'REAL', 'TEXT', 'BLOB', 'ANY']);
