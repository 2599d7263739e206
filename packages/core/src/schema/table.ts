// A table's one declaration; types, validators, DDL, codecs and diffs all derive from it.

import { HoldfastError } from '../errors.ts';
import type { AnyColumn } from './column.ts';
import {
  type CheckSpec,
  type ColumnSpec,
  type DataClass,
  type ForeignKeySpec,
  type HistoryLevel,
  type IndexSpec,
  metricsAt,
  type OnDelete,
  snakeCase,
  type TableSpec,
} from './spec.ts';

export type Columns = Readonly<Record<string, AnyColumn>>;
type Names<C> = Extract<keyof C, string>;

export interface TableOptions<C extends Columns, K extends Names<C>> {
  /** Property names of the primary key, in order. */
  readonly key: readonly [K, ...K[]];
  /** @default 'operational' */
  readonly dataClass?: DataClass;
  /** What is kept of changes, whoever makes them. @default nothing */
  readonly history?: HistoryLevel;
  readonly indexes?: readonly {
    readonly columns: readonly [Names<C>, ...Names<C>[]];
    readonly unique?: true;
    /** SQL condition over database column names. */
    readonly where?: string;
    /** Only where several write at once: elsewhere rows have the same order by their key. */
    readonly concurrent?: true;
  }[];
  readonly foreignKeys?: readonly {
    readonly columns: readonly [Names<C>, ...Names<C>[]];
    readonly table: TableLike;
    readonly references: readonly [string, ...string[]];
    /** @default 'restrict' */
    readonly onDelete?: OnDelete;
  }[];
  /** Name to SQL condition over database column names. */
  readonly checks?: Readonly<Record<string, string>>;
}

interface TableLike {
  readonly name: string;
}

/** A declared table. `N` is its name, `C` its columns, `K` the properties of its primary key. */
export interface Table<N extends string = string, C extends Columns = Columns, K extends string = string> {
  readonly name: N;
  readonly columns: C;
  readonly key: readonly K[];
  readonly spec: TableSpec;
  /** Property names of the record's own columns, in the order of `spec.columns`. */
  readonly properties: readonly string[];
  /** Property names of the gauges, in the order of `spec.metrics`. */
  readonly metricProperties: readonly string[];
}

// biome-ignore lint/suspicious/noExplicitAny: a table of any shape; `Table` itself is invariant in its columns.
export type AnyTable = Table<any, any, any>;

type Value<T extends { value: unknown; nullable: boolean }> = T['nullable'] extends true
  ? T['value'] | null
  : T['value'];
type Flatten<T> = { [P in keyof T]: T[P] };
type OptionalNames<C extends Columns> = {
  [P in Names<C>]: C[P]['type']['optional'] extends true ? P : never;
}[Names<C>];
type MetricNames<C extends Columns> = {
  [P in Names<C>]: C[P]['type']['metric'] extends true ? P : never;
}[Names<C>];
type Input<C extends Columns, P extends Names<C>> = Value<C[P]['type']> | SecretInput<C[P]['type']['value']>;
type SecretInput<V> = V extends { reveal(): string } ? string : never;

/** A record as it is read: its columns and, where it has gauges, their latest values (null until read). */
export type Row<T extends AnyTable> = Flatten<
  { [P in Names<T['columns']>]: Value<T['columns'][P]['type']> } & (MetricNames<T['columns']> extends never
    ? unknown
    : { metricsAt: number | null })
>;
/** What an insert takes: columns that are nullable, defaulted or set by the store may be left out. */
export type Insert<T extends AnyTable> = Flatten<
  { [P in Exclude<Names<T['columns']>, OptionalNames<T['columns']>>]: Input<T['columns'], P> } & {
    [P in OptionalNames<T['columns']>]?: Input<T['columns'], P> | undefined;
  } & (MetricNames<T['columns']> extends never ? unknown : { metricsAt?: number | undefined })
>;
/** The primary key of a record. */
export type Key<T extends AnyTable> = { [P in T['key'][number]]: Value<T['columns'][P]['type']> };
/** What an update takes: any columns but the key. */
export type Update<T extends AnyTable> = Omit<Partial<Insert<T>>, T['key'][number]>;

/**
 * Declares a table.
 * @param name database name, snake case
 * @throws SCHEMA_INVALID naming the table, the column and the rule
 */
export function table<const N extends string, C extends Columns, K extends Names<C>>(
  name: N,
  columns: C,
  options: TableOptions<C, K>,
): Table<N, C, K> {
  const fail = (what: string): never => {
    throw new HoldfastError('SCHEMA_INVALID', `${name}: ${what}`);
  };
  if (!/^[a-z][a-z0-9_]{0,47}$/.test(name)) fail('a table name is snake case, at most 48 characters');

  const own: ColumnSpec[] = [];
  const metrics: ColumnSpec[] = [];
  const foreignKeys: ForeignKeySpec[] = [];
  const properties: string[] = [];
  const metricProperties: string[] = [];
  for (const [property, { options: declared }] of Object.entries(columns)) {
    const { metric, reference, ...rest } = declared;
    const spec: ColumnSpec = { name: snakeCase(property), ...rest };
    checkColumn(spec, property, fail);
    (metric ? metrics : own).push(spec);
    (metric ? metricProperties : properties).push(property);
    if (reference) {
      if (metric) fail(`${property}: a metric refers to nothing`);
      foreignKeys.push({
        columns: [spec.name],
        table: reference.table.name,
        references: [snakeCase(reference.column)],
        onDelete: reference.onDelete,
      });
    }
  }

  const names = new Set(own.map((column) => column.name));
  const known = (column: string, where: string): string =>
    names.has(column) ? column : fail(`${where} names ${column}, which is no column of the record`);
  const key = options.key.map((property) => known(snakeCase(property), 'the key'));
  if (new Set(key).size < key.length) fail('the key names a column twice');
  for (const column of own) {
    const bounded = column.kind !== 'text' || column.maxLength !== undefined;
    if (key.includes(column.name) && column.nullable) fail(`${column.name} is in the key and nullable`);
    if (key.includes(column.name) && unkeyed.has(column.kind))
      fail(`${column.name} is ${column.kind}, which cannot be in a key`);
    if (column.secret && (key.includes(column.name) || column.unique))
      fail(`${column.name} is secret: sealed twice it differs, so it can be neither key nor unique`);
    if ((key.includes(column.name) || column.unique) && !bounded)
      fail(`${column.name} is a key or unique: give text a length`);
  }
  for (const { columns: from, table: target, references, onDelete } of options.foreignKeys ?? []) {
    foreignKeys.push({
      columns: from.map((property) => known(snakeCase(property), 'a foreign key')),
      table: target.name,
      references: references.map(snakeCase),
      onDelete: onDelete ?? 'restrict',
    });
  }
  const indexes = (options.indexes ?? []).map((index): IndexSpec => {
    const on = index.columns.map((property) => known(snakeCase(property), 'an index'));
    return {
      name: `${name}_${on.join('_')}${index.where === undefined ? '' : '_part'}${index.unique ? '_key' : '_idx'}`,
      columns: on,
      ...(index.unique ? { unique: true } : {}),
      ...(index.where === undefined ? {} : { where: index.where }),
      ...(index.concurrent ? { concurrent: true } : {}),
    };
  });
  const indexNames = indexes.map((index) => index.name);
  const twice = indexNames.find((index, at) => indexNames.indexOf(index) !== at);
  if (twice !== undefined) fail(`two indexes would be named ${twice}`);
  const checks = Object.entries(options.checks ?? {}).map(
    ([check, sql]): CheckSpec => ({ name: `${name}_${snakeCase(check)}`, sql }),
  );
  const spec: TableSpec = {
    name,
    dataClass: options.dataClass ?? 'operational',
    columns: own,
    key,
    foreignKeys,
    indexes,
    checks,
    metrics,
    ...(options.history === undefined ? {} : { history: options.history }),
  };
  return { name, columns, key: options.key, spec, properties, metricProperties };
}

/** Kinds without an order, so that pages could not be cut. */
const unkeyed: ReadonlySet<string> = new Set(['json', 'bytes']);

function checkColumn(spec: ColumnSpec, property: string, fail: (what: string) => never): void {
  if (!/^[a-z][A-Za-z0-9]*$/.test(property)) fail(`${property}: a property name is camel case`);
  if (spec.name.startsWith('journal_'))
    fail(`${property} begins with journal, as the columns of histories do`);
  if (spec.name === metricsAt) fail(`${property} is kept for the instant of the gauges`);
  if (['and', 'or', 'not'].includes(property)) fail(`${property} is a word of filters`);
  if (property in Object.prototype) fail(`${property} is a property of every JavaScript object`);
  if (spec.secret && spec.kind !== 'text') fail(`${property}: only text can be secret`);
  if (spec.secret && spec.default !== undefined)
    fail(`${property}: a default stands readable in the schema, so a secret has none`);
  if (spec.resolution !== undefined) {
    const fits = spec.kind === 'int' ? Number.isSafeInteger(spec.resolution) : spec.kind === 'real';
    if (!(fits && spec.resolution > 0 && Number.isFinite(spec.resolution)))
      fail(
        `${property}: a resolution is a positive number, a whole one for int, and only int and real have one`,
      );
  }
  if (spec.auto && spec.kind !== 'instant') fail(`${property}: only instants are set by the store`);
  if (spec.kind === 'decimal') {
    const { precision = 0, scale = 0 } = spec;
    if (!(precision >= 1 && precision <= 65 && scale >= 0 && scale <= 30 && scale <= precision))
      fail(`${property}: decimal takes 1 to 65 digits, at most 30 after the point`);
  }
}
