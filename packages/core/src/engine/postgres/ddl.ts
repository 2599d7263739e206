// DDL of PostgreSQL: native types, text by its bytes, and changes in place.

import { canonicalDecimal } from '../../schema/codec.ts';
import type { ColumnSpec, DefaultValue, ForeignKeySpec, TableSpec } from '../../schema/spec.ts';
import type { ActualTable, Ddl } from '../engine.ts';
import { syntax, typeOf } from './dialect.ts';
import { instantText } from './values.ts';

const { quote } = syntax;
const list = (names: readonly string[]): string => names.map(quote).join(', ');
const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** A default as SQL; quoted, so that the column's own type reads it. */
function literal({ kind, scale = 0 }: ColumnSpec, value: DefaultValue): string {
  if (value === null) return 'NULL';
  if (kind === 'json') return text(JSON.stringify(value));
  if (kind === 'instant') return text(instantText(value as number));
  if (kind === 'decimal') return text(canonicalDecimal(String(value), scale));
  if (kind === 'bool') return value ? 'true' : 'false';
  return text(String(value));
}

/** Text compares byte by byte, as on every engine. */
const fullType = (spec: ColumnSpec): string =>
  `${typeOf(spec)}${spec.kind === 'text' || spec.kind === 'enum' ? ' COLLATE "C"' : ''}`;

function column(spec: ColumnSpec): string {
  const { name, kind, values } = spec;
  const parts = [quote(name), fullType(spec)];
  if (!spec.nullable) parts.push('NOT NULL');
  if (spec.default !== undefined) parts.push(`DEFAULT ${literal(spec, spec.default)}`);
  if (spec.unique) parts.push('UNIQUE');
  if (kind === 'enum') parts.push(`CHECK (${quote(name)} IN (${values!.map(text).join(', ')}))`);
  return parts.join(' ');
}

const foreignKey = ({ columns, table, references, onDelete }: ForeignKeySpec): string =>
  `FOREIGN KEY (${list(columns)}) REFERENCES ${quote(table)} (${list(references)}) ON DELETE ${onDelete === 'restrict' ? 'NO ACTION' : onDelete.toUpperCase()}`;

function createTable(spec: TableSpec): string {
  const lines = [
    ...spec.columns.map(column),
    `PRIMARY KEY (${list(spec.key)})`,
    ...spec.foreignKeys.map(foreignKey),
    ...spec.checks.map((check) => `CONSTRAINT ${quote(check.name)} CHECK (${check.sql})`),
  ];
  return `CREATE TABLE ${quote(spec.name)} (\n  ${lines.join(',\n  ')}\n)`;
}

function createIndex(spec: TableSpec, name: string): string[] {
  const index = spec.indexes.find((candidate) => candidate.name === name)!;
  const where = index.where === undefined ? '' : ` WHERE ${index.where}`;
  const unique = index.unique ? 'UNIQUE ' : '';
  return [
    `CREATE ${unique}INDEX ${quote(index.name)} ON ${quote(spec.name)} (${list(index.columns)})${where}`,
  ];
}

/** A value for rows that lost theirs: the default, or the emptiest value the column takes. */
function filler(spec: ColumnSpec): string {
  if (spec.default !== undefined && spec.default !== null) return literal(spec, spec.default);
  switch (spec.kind) {
    case 'json':
      return "'{}'";
    case 'enum':
      return text(spec.values![0]!);
    case 'bool':
      return 'false';
    case 'instant':
    case 'date':
      return "'1970-01-01'";
    case 'uuid':
      return "'00000000-0000-0000-0000-000000000000'";
    case 'text':
    case 'bytes':
      return "''";
    default:
      return "'0'";
  }
}

function addColumn(spec: TableSpec, name: string): string[] {
  const missing = spec.columns.find((candidate) => candidate.name === name)!;
  const add = `ALTER TABLE ${quote(spec.name)} ADD COLUMN ${column(missing)}`;
  if (missing.nullable || missing.default !== undefined) return [add];
  // Rows that are there need a value, later ones must not get it.
  return [
    `${add} DEFAULT ${filler(missing)}`,
    `ALTER TABLE ${quote(spec.name)} ALTER COLUMN ${quote(name)} DROP DEFAULT`,
  ];
}

export const ddl: Ddl = {
  createTable: (spec) => [
    createTable(spec),
    ...spec.indexes.flatMap((index) => createIndex(spec, index.name)),
  ],
  dropTable: (name) => [`DROP TABLE IF EXISTS ${quote(name)}`],
  createIndex,
  dropIndex: (_, index) => `DROP INDEX IF EXISTS ${quote(index)}`,
  addColumn,

  rebuild(spec, found, wanted) {
    const there = new Set(found.columns.map(({ name }) => name));
    return [
      'BEGIN',
      ...dropConstraints(found, wanted),
      ...(found.options === wanted.options ? [] : [`ALTER TABLE ${quote(spec.name)} SET LOGGED`]),
      ...spec.columns.flatMap((candidate) =>
        there.has(candidate.name)
          ? alterColumn(spec, candidate, found, wanted)
          : addColumn(spec, candidate.name),
      ),
      ...addConstraints(spec, found, wanted),
      ...renewIndexes(spec, found, wanted),
      'COMMIT',
    ];
  },
};

function alterColumn(
  spec: TableSpec,
  declared: ColumnSpec,
  found: ActualTable,
  wanted: ActualTable,
): string[] {
  const [is, should] = [found, wanted].map(
    ({ columns }) => columns.find(({ name }) => name === declared.name)!,
  );
  const name = quote(declared.name);
  const alter = (change: string): string => `ALTER TABLE ${quote(spec.name)} ALTER COLUMN ${name} ${change}`;
  const statements: string[] = [];
  const retyped = is!.type !== should!.type;
  if (retyped) {
    if (is!.default !== null) statements.push(alter('DROP DEFAULT'));
    statements.push(alter(`TYPE ${fullType(declared)} USING ${name}::${typeOf(declared)}`));
  }
  if (is!.default !== should!.default || (retyped && should!.default !== null))
    statements.push(
      alter(
        declared.default === undefined
          ? 'DROP DEFAULT'
          : `SET DEFAULT ${literal(declared, declared.default)}`,
      ),
    );
  if (is!.nullable && !should!.nullable)
    statements.push(
      `UPDATE ${quote(spec.name)} SET ${name} = ${filler(declared)} WHERE ${name} IS NULL`,
      alter('SET NOT NULL'),
    );
  if (!is!.nullable && should!.nullable) statements.push(alter('DROP NOT NULL'));
  return statements;
}

function dropConstraints(found: ActualTable, wanted: ActualTable): string[] {
  const kept = wanted.constraints ?? {};
  return Object.entries(found.constraints ?? {})
    .filter(([definition]) => kept[definition] === undefined)
    .map(([, { name }]) => `ALTER TABLE ${quote(found.name)} DROP CONSTRAINT ${quote(name)} CASCADE`);
}

/** Those that come with a missing column, or its UNIQUE, are there already. */
function addConstraints(spec: TableSpec, found: ActualTable, wanted: ActualTable): string[] {
  const there = found.constraints ?? {};
  const added = spec.columns.filter(({ name }) => !found.columns.some((column) => column.name === name));
  const comes = (definition: string): boolean =>
    added.some(
      ({ name, unique, kind }) =>
        (unique && definition === `unique (${name})`) ||
        (kind === 'enum' && definition.startsWith('check') && definition.includes(name)),
    );
  return Object.entries(wanted.constraints ?? {})
    .filter(([definition]) => there[definition] === undefined && !comes(definition))
    .map(([, { name, sql }]) => `ALTER TABLE ${quote(spec.name)} ADD CONSTRAINT ${quote(name)} ${sql}`);
}

function renewIndexes(spec: TableSpec, found: ActualTable, wanted: ActualTable): string[] {
  const there = new Map(found.indexes.map(({ name, definition }) => [name, definition]));
  const declared = new Set(wanted.indexes.map(({ name }) => name));
  return [
    ...found.indexes
      .filter(
        ({ name, sql, definition }) =>
          sql !== undefined && !declared.has(name) && definition.startsWith('unique'),
      )
      .map(({ name }) => `DROP INDEX IF EXISTS ${quote(name)}`),
    ...wanted.indexes
      .filter(({ name, sql, definition }) => sql !== undefined && there.get(name) !== definition)
      .flatMap(({ name }) => [`DROP INDEX IF EXISTS ${quote(name)}`, ...createIndex(spec, name)]),
  ];
}
