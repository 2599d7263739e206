// The plain, serialisable form of a declaration: what DDL, migrations, doctor and archives work from.

export const kinds = [
  'text',
  'int',
  'bigint',
  'real',
  'decimal',
  'bool',
  'instant',
  'date',
  'json',
  'bytes',
  'uuid',
  'enum',
] as const;
export type Kind = (typeof kinds)[number];

/**
 * How much a loss would cost, which sets how often a table is backed up:
 * critical (continuous), important (daily), operational (weekly), informational (monthly).
 */
export type DataClass = 'critical' | 'important' | 'operational' | 'informational';

/**
 * What is kept of a table's changes: `versions` the record as it was before each change, `keys` only which record
 * changed and how. Without it, changes leave no trace.
 */
export type HistoryLevel = 'versions' | 'keys';

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
  /** Numbered by the engine as rows come in. */
  readonly serial?: true;
  /** Longest text, in UTF-16 units. Keys need one: MySQL indexes only bounded text. */
  readonly maxLength?: number;
  readonly precision?: number;
  readonly scale?: number;
  /** Of a gauge: what its series rounds values to. The latest value is kept as it was given. */
  readonly resolution?: number;
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
  /** Only where several write at once: elsewhere rows have the same order by their key. */
  readonly concurrent?: true;
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
  readonly history?: HistoryLevel;
  /** Its rows are copies of rows that were checked, written by triggers: nothing is checked again. */
  readonly copies?: true;
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

/** Columns that stand before the record's own in a history table. */
export const journalColumns: readonly ColumnSpec[] = [
  { name: 'journal_seq', kind: 'int', serial: true },
  /** When, as the engine's clock said. */
  { name: 'journal_at', kind: 'instant' },
  { name: 'journal_op', kind: 'int' },
  /** The row of `holdfast_journal` that says who and why; null for whatever did not go through a store. */
  { name: 'journal_txn', kind: 'bigint', nullable: true },
  /** What the engine's reader of changes tells committed rows by. */
  { name: 'journal_mark', kind: 'bigint', nullable: true },
];

/** What happened to the record, as `journal_op` says it. */
export const journalOps = { insert: 1, update: 2, delete: 3 } as const;

/**
 * The table that triggers write a table's changes to, or undefined where it keeps none. A row stands for one change:
 * of an insert it has the key, of an update or a delete the record as it was before.
 */
export function historySpec(spec: TableSpec): TableSpec | undefined {
  if (spec.history === undefined) return undefined;
  const copied =
    spec.history === 'versions' ? spec.columns : spec.columns.filter(({ name }) => spec.key.includes(name));
  const name = `${spec.name}_history`;
  return {
    name,
    dataClass: spec.dataClass,
    columns: [
      ...journalColumns,
      ...copied.map(
        ({ unique: _unique, auto: _auto, default: _default, ...column }): ColumnSpec => ({
          ...column,
          nullable: true,
        }),
      ),
    ],
    key: ['journal_seq'],
    foreignKeys: [],
    indexes:
      spec.history === 'keys'
        ? []
        : [
            { name: `${name}_key_idx`, columns: [...spec.key, 'journal_at', 'journal_seq'] },
            // Records that are gone are found by it; the others by those that are there.
            { name: `${name}_gone_idx`, columns: ['journal_op', 'journal_at'], where: 'journal_op = 3' },
          ],
    checks: [],
    metrics: [],
    copies: true,
  };
}

/** A table's own spec and those of the tables that come with it: of its gauges, of its history. */
export const physicalSpecs = (spec: TableSpec): TableSpec[] =>
  [spec, latestSpec(spec), historySpec(spec)].filter((each) => each !== undefined);

/** camelCase to snake_case, the rule that names database columns. */
export const snakeCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
