// A table's history as statements refer to it.

import { HoldfastError } from '../errors.ts';
import { compileDecoder, type Decode, type StoredRow, type StoredValue } from '../schema/codec.ts';
import type { Instant } from '../schema/instant.ts';
import { historySpec, journalOps } from '../schema/spec.ts';
import type { AnyTable } from '../schema/table.ts';
import type { Store } from '../store/open-store.ts';
import type { TableCodec } from '../store/table-codec.ts';

/** What the record of a change says of itself, before the columns of the record. */
export const changeColumns = ['journal_seq', 'journal_at', 'journal_op', 'journal_txn'] as const;

/** Operations that count; SQLite also keeps what a REPLACE may displace there for the length of a statement. */
export const counts = (alias: string): string => `${alias}.journal_op <= ${journalOps.delete}`;

export class HistoryTable {
  readonly codec: TableCodec;
  readonly table: AnyTable;
  /** Quoted names of the record's table and of its history. */
  readonly living: string;
  readonly history: string;
  /** Quoted names of the record's own columns, in declared order. */
  readonly columns: readonly string[];
  readonly key: readonly string[];
  readonly #keyIndexes: readonly number[];
  readonly #decode: Decode;
  /** A record of its stored columns, its gauges null. */
  readonly decodeWhole: Decode;

  constructor(codec: TableCodec) {
    const { table, syntax } = codec;
    this.codec = codec;
    this.table = table;
    this.living = syntax.quote(table.name);
    this.history = syntax.quote(historySpec(table.spec)!.name);
    this.columns = codec.fields.map(({ spec }) => syntax.quote(spec.name));
    this.key = table.spec.key.map((name: string) => syntax.quote(name));
    this.#decode = compileDecoder(table.name, codec.fields, codec.context);
    this.decodeWhole = compileDecoder(table.name, codec.fields, codec.context, codec.metrics);
    this.#keyIndexes = codec.keyFields.map((field) => codec.fields.indexOf(field));
  }

  /** The record's columns of an alias. */
  of(alias: string): string {
    return this.columns.map((column) => `${alias}.${column}`).join(', ');
  }

  /** The key is the same in two aliases. */
  same(one: string, other: string): string {
    return this.key.map((column) => `${one}.${column} = ${other}.${column}`).join(' AND ');
  }

  /** The key of an alias equals placeholders, from a position on. */
  keyIs(alias: string, from: number): string {
    return this.codec.keyFields
      .map(({ spec }, index) => {
        const place = this.codec.syntax.placeholder(from + index);
        return `${alias}.${this.key[index]} = ${this.codec.syntax.operand(spec, place)}`;
      })
      .join(' AND ');
  }

  /** Key values of a row that has the record's columns from `start` on. */
  keyOf(row: StoredRow, start = 0): StoredRow {
    return this.#keyIndexes.map((index) => row[start + index]!);
  }

  /** A record of its stored columns. Gauges have no history. */
  decode(row: StoredRow): Record<string, unknown> {
    return this.#decode(row);
  }
}

/** An instant as the engine stores it. */
export function decodeInstant({ engine }: Pick<Store, 'engine'>, value: NonNullable<StoredValue>): Instant {
  const form = engine.forms(true).instant?.decode;
  return typeof form === 'function' ? (form(value as never) as Instant) : Number(value);
}

const cache = new WeakMap<TableCodec, HistoryTable>();

/** @throws HISTORY_NONE for a table that keeps no versions */
export function historyTable(store: Store, table: AnyTable): HistoryTable {
  if (table.spec.history !== 'versions')
    throw new HoldfastError('HISTORY_NONE', `${table.name} keeps no versions of its records`);
  const codec = store.codec(table);
  let found = cache.get(codec);
  if (found === undefined) {
    found = new HistoryTable(codec);
    cache.set(codec, found);
  }
  return found;
}
