// Column kinds and modifiers: the words in which a table is declared.

import type { Instant } from './instant.ts';
import type { Secret } from './secret.ts';
import type { ColumnSpec, DefaultValue, Kind, OnDelete } from './spec.ts';

/** What a column is, in the type system: value type, nullable, may be left out on insert, metric. */
export interface ColumnType {
  readonly value: unknown;
  readonly nullable: boolean;
  readonly optional: boolean;
  readonly metric: boolean;
}

export interface Plain<T> extends ColumnType {
  readonly value: T;
  readonly nullable: false;
  readonly optional: false;
  readonly metric: false;
}

export interface Reference {
  readonly table: { readonly name: string };
  readonly column: string;
  readonly onDelete: OnDelete;
}

type ColumnOptions = Omit<ColumnSpec, 'name'> & { readonly metric?: true; readonly reference?: Reference };

/** An immutable column declaration. Every modifier returns a new one. */
export class Column<T extends ColumnType> {
  /** Type only: never set. */
  declare readonly type: T;
  readonly options: ColumnOptions;

  constructor(options: ColumnOptions) {
    this.options = options;
  }

  #with<U extends ColumnType>(options: Partial<ColumnOptions>): Column<U> {
    return new Column<U>({ ...this.options, ...options });
  }

  /** The value may be null, and null is what an insert stores when the column is left out. */
  nullable(): Column<Omit<T, 'nullable' | 'optional'> & { nullable: true; optional: true }> {
    return this.#with({ nullable: true });
  }

  /** Stored when an insert leaves the column out. Bigints and decimals are given as text. */
  default(
    value: T['value'] extends bigint ? string : T['value'] & DefaultValue,
  ): Column<Omit<T, 'optional'> & { optional: true }> {
    return this.#with({ default: value });
  }

  unique(): Column<T> {
    return this.#with({ unique: true });
  }

  /** Refers to another table's column, given by its property name. */
  references(table: { readonly name: string }, column: string, onDelete: OnDelete = 'restrict'): Column<T> {
    return this.#with({ reference: { table, column, onDelete } });
  }

  /** Sealed in the database under the store's key; read back as a `Secret`. Text only. */
  secret(): Column<Omit<T, 'value'> & { value: Secret }> {
    return this.#with({ secret: true });
  }

  /**
   * A gauge: kept in the table's latest row and series, never in its history. Null until first read.
   * @param options `resolution`: the series rounds to multiples of it (0.001, 4096), which makes it much smaller;
   * the latest value stays exact. Whole for `int`, and for nothing but `int` and `real`.
   */
  metric(
    options: { readonly resolution?: number } = {},
  ): Column<Omit<T, 'nullable' | 'optional' | 'metric'> & { nullable: true; optional: true; metric: true }> {
    return this.#with({ ...options, metric: true, nullable: true });
  }

  /** Set by the store: at insert, or at insert and every change. */
  auto(when: 'create' | 'update'): Column<Omit<T, 'optional'> & { optional: true }> {
    return this.#with({ auto: when });
  }
}

export type AnyColumn = Column<ColumnType>;

const column = <T>(kind: Kind, options: Partial<ColumnSpec> = {}): Column<Plain<T>> =>
  new Column<Plain<T>>({ kind, ...options });

/** Unicode text. `maxLength` in UTF-16 units; required for keys and unique columns. */
export const text = (maxLength?: number): Column<Plain<string>> =>
  column('text', maxLength === undefined ? {} : { maxLength });

/** A whole number that JavaScript holds exactly: -(2^53-1) to 2^53-1. */
export const int = (): Column<Plain<number>> => column('int');

/** A 64-bit whole number, as a bigint. */
export const bigint = (): Column<Plain<bigint>> => column('bigint');

/** A finite double. NaN and the infinities are refused: not every engine can keep them. */
export const real = (): Column<Plain<number>> => column('real');

/** An exact decimal as text, `precision` digits in all, `scale` of them after the point. */
export const decimal = (precision: number, scale: number): Column<Plain<string>> =>
  column('decimal', { precision, scale });

export const bool = (): Column<Plain<boolean>> => column('bool');

/** Microseconds since 1970 UTC, as a safe integer; see `parseInstant` and `formatInstant`. */
export const instant = (): Column<Plain<Instant>> => column('instant');

/** A calendar date as `YYYY-MM-DD`, years 0001 to 9999. */
export const date = (): Column<Plain<string>> => column('date');

/** Any JSON value except a bare null. `T` is trusted, not checked. */
export const json = <T = unknown>(): Column<Plain<T>> => column('json');

export const bytes = (): Column<Plain<Uint8Array>> => column('bytes');

/** A UUID in lower case with dashes. */
export const uuid = (): Column<Plain<string>> => column('uuid');

/** One of the given words. */
export const oneOf = <const V extends readonly [string, ...string[]]>(
  ...values: V
): Column<Plain<V[number]>> => column('enum', { values });

/** The two columns most tables keep: when the record was first stored, and when it last changed. */
export const timestamps = {
  createdAt: instant().auto('create'),
  updatedAt: instant().auto('update'),
};

/** For records that a collector observes: since when a complete scope no longer had it; null while present. */
export const presence = {
  absentSince: instant().nullable(),
};
