// The plain, serialisable form of a declaration: what DDL, migrations, doctor and archives work from.

export type Kind =
  | 'text'
  | 'int'
  | 'bigint'
  | 'real'
  | 'decimal'
  | 'bool'
  | 'instant'
  | 'date'
  | 'json'
  | 'bytes'
  | 'uuid'
  | 'enum';

/**
 * How much a loss would cost, which sets how often a table is backed up:
 * critical (continuous), important (daily), operational (weekly), informational (monthly).
 */
export type DataClass = 'critical' | 'important' | 'operational' | 'informational';

export type OnDelete = 'cascade' | 'restrict' | 'set null';

/** A default as plain JSON. Bigints and decimals are strings, bytes are not supported. */
export type DefaultValue = string | number | boolean | null | unknown[] | { [key: string]: unknown };

export interface ColumnSpec {
  /** Name in the database, snake case. */
  readonly name: string;
  readonly kind: Kind;
  readonly nullable?: true;
  readonly default?: DefaultValue;
  readonly unique?: true;
  /** Kept sealed in the database; read as a Secret. */
  readonly secret?: true;
  /** Filled in by the store with the instant of the insert, or of every change. */
  readonly auto?: 'create' | 'update';
  /** Longest text, in UTF-16 units. Keys need one: MySQL indexes only bounded text. */
  readonly maxLength?: number;
  readonly precision?: number;
  readonly scale?: number;
  readonly values?: readonly string[];
}

/** A new record need not give it: it may be null, has a default, or is the store's to fill in. */
export const mayBeLeftOut = (spec: ColumnSpec): boolean =>
  spec.nullable === true || spec.default !== undefined || spec.auto !== undefined;

export interface ForeignKeySpec {
  readonly columns: readonly string[];
  readonly table: string;
  readonly references: readonly string[];
  readonly onDelete: OnDelete;
}

export interface IndexSpec {
  readonly name: string;
  readonly columns: readonly string[];
  readonly unique?: true;
  /** SQL condition of a partial index, as every engine reads it: a boolean by its bare name. */
  readonly where?: string;
}

export interface CheckSpec {
  readonly name: string;
  readonly sql: string;
}

export interface TableSpec {
  readonly name: string;
  readonly dataClass: DataClass;
  readonly columns: readonly ColumnSpec[];
  readonly key: readonly string[];
  readonly foreignKeys: readonly ForeignKeySpec[];
  readonly indexes: readonly IndexSpec[];
  readonly checks: readonly CheckSpec[];
  /** Gauges. They live in `<name>_latest`, never in the record's row. */
  readonly metrics: readonly ColumnSpec[];
}

/** Whether it has unique values beside its key. */
export const hasOtherUniques = ({ columns, indexes }: TableSpec): boolean =>
  columns.some(({ unique }) => unique) || indexes.some(({ unique }) => unique);

/** Database name of the column that says when the gauges of a record were read. */
export const metricsAt = 'metrics_at';

/** The table that holds the latest gauges of a table, or undefined where it declares none. */
export function latestSpec(spec: TableSpec): TableSpec | undefined {
  if (spec.metrics.length === 0) return undefined;
  const key = spec.columns.filter((column) => spec.key.includes(column.name));
  return {
    name: `${spec.name}_latest`,
    dataClass: 'informational',
    columns: [
      ...key.map(({ unique: _unique, auto: _auto, ...column }) => column),
      { name: metricsAt, kind: 'instant' as const },
      ...spec.metrics,
    ],
    key: spec.key,
    foreignKeys: [{ columns: spec.key, table: spec.name, references: spec.key, onDelete: 'cascade' }],
    indexes: [],
    checks: [],
    metrics: [],
  };
}

/** A table's own spec and, where it has gauges, that of its latest table. */
export const physicalSpecs = (spec: TableSpec): TableSpec[] => {
  const latest = latestSpec(spec);
  return latest === undefined ? [spec] : [spec, latest];
};

/** camelCase to snake_case, the rule that names database columns. */
export const snakeCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
