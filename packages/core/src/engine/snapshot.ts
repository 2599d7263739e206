// One consistent state of a database, for whoever copies it: whole tables, what changed since an earlier one, and the
// counters behind it. Rows are arrays of exact values, in the order of the declared columns.

import { HoldfastError } from '../errors.ts';
import type { StoredRow, StoredValue } from '../schema/codec.ts';
import type { Instant } from '../schema/instant.ts';
import { type ColumnSpec, historySpec, type TableSpec } from '../schema/spec.ts';
import type { Syntax } from './engine.ts';
import type { RawRows } from './raw-rows.ts';
import { throwIfAborted } from './write-lock.ts';

export interface SnapshotOptions {
  /** What changed since is asked for later: one of another database is refused at once. */
  readonly position?: string | undefined;
  /** `rawRows` will be asked for: an engine may have to do something for it first. */
  readonly raw?: boolean;
  /** Nobody changes the rows meanwhile: tables may be read one by one, so that none is held while another is read. */
  readonly settled?: boolean;
  /** Ends what is being read, with CANCELLED. */
  readonly signal?: AbortSignal | undefined;
}

/** Keys in the engine's own order of them. */
export interface KeyRange {
  /** Rows behind this key. */
  readonly after?: readonly StoredValue[];
  /** Rows up to this key, with it. */
  readonly upTo?: readonly StoredValue[];
}

export interface RowsOptions {
  /** @default all of the table's */
  readonly columns?: readonly string[];
  readonly range?: KeyRange;
  /** Of a history table: only what was added to it since this position. */
  readonly since?: string;
  /** Most rows of a chunk; wide rows come in smaller ones. @default 2000 */
  readonly chunkRows?: number;
}

/** A record that was inserted, updated or deleted. */
export interface ChangedKey {
  /** In the order of the table's key. */
  readonly key: StoredRow;
  /** Whether the snapshot has a row of this key. */
  readonly present: boolean;
}

/** What has changed of a table, in parts. */
export interface Changes {
  /** Rows that were inserted or updated, as they are now. */
  readonly present: StoredRow[];
  /** Keys of those that were deleted. */
  readonly gone: StoredRow[];
}

/** Rows that are counted: all of a table, unless said otherwise. */
export interface Counting {
  readonly spec: TableSpec;
  /** Of a history: only what was added since this position. */
  readonly since?: string | undefined;
  /** Of a tracked table: instead of rows, distinct keys that were written since this position. */
  readonly changedSince?: string | undefined;
  /** Further ones are not counted. */
  readonly most?: number | undefined;
  /** What is known without asking does: of keys that they are at most so many, of rows that they are clearly `most`. */
  readonly roughly?: boolean;
}

/** The number that the next row of a table will have. */
export interface SerialState {
  readonly table: string;
  readonly column: string;
  readonly next: bigint;
}

/**
 * Values are exact: text, date, uuid, enum, decimal and json (as it is stored) are strings, int and instant (µs) numbers,
 * bigint a bigint, real a number, bool a boolean, bytes a Uint8Array. What does not fit its kind comes as what it is: an
 * integer beyond 2^53 as bigint, text that is not UTF-8 as its bytes, an instant that is infinite as the engine's word.
 */
export interface Snapshot {
  /** By the engine's clock. */
  readonly at: Instant;
  /**
   * What this state has is before it, and nothing else: the reader of changes goes on from here, once `keepPosition` is
   * done.
   */
  readonly position: string;
  rows(spec: TableSpec, options?: RowsOptions): AsyncIterable<StoredRow[]>;
  /**
   * The same rows as the engine has them, for another thread to make columns of; undefined where it has them only as
   * values. @param options without a range
   */
  rawRows(spec: TableSpec, options?: Omit<RowsOptions, 'range'>): Promise<AsyncIterable<RawRows> | undefined>;
  /** Distinct keys of a tracked table that were written since. @throws HISTORY_NONE, CURSOR_INVALID */
  changedKeys(spec: TableSpec, since: string): AsyncIterable<ChangedKey[]>;
  /** The same with the rows, in no order. @throws HISTORY_NONE, CURSOR_INVALID */
  changes(spec: TableSpec, since: string): AsyncIterable<Changes>;
  /** The rows that there are of these keys, in no order. */
  rowsByKeys(spec: TableSpec, keys: readonly (readonly StoredValue[])[]): AsyncIterable<StoredRow[]>;
  /** In the order in which they are asked for, many by one statement. */
  counts(asked: readonly Counting[]): Promise<number[]>;
  /** About how many rows these tables have, without reading them. */
  estimates(specs: readonly TableSpec[]): Promise<number[]>;
  /** Counters of the tables that number their rows. */
  serials(specs: readonly TableSpec[]): Promise<SerialState[]>;
  /** Before anybody goes on from the position; best when everything is read. */
  keepPosition(): Promise<void>;
  close(): Promise<void>;
}

export const defaultChunkRows = 2_000;
/** Bytes, more or less, from which on a chunk is full whatever it counts. */
export const fullChunkBytes = 4_194_304;
/** Keys named by one statement. */
export const keysAtOnce = 500;

/** An estimate that is so many times a count leaves no doubt. */
const clearlyMore = 4;

/** Counts asked for by one statement. */
const countsAtOnce = 100;

/** A statement that is being put together. */
export interface Query {
  readonly sql: string;
  readonly values: readonly StoredValue[];
}

/** Takes a value of a column into a statement. @returns its SQL */
export type AddValue = (value: StoredValue, spec: ColumnSpec) => string;

/** How an engine reads exact rows on one connection. */
export interface RowSource {
  readonly syntax: Syntax;
  /** Begins a statement. */
  parameters(): { readonly add: AddValue; readonly values: readonly StoredValue[] };
  /**
   * Exact values of a result.
   * @param columns of the result, in its order
   * @param pages of a table that is read whole, where the engine reads it better in parts
   */
  select(
    columns: readonly ColumnSpec[],
    query: Query,
    chunkRows: number,
    pages?: TableSpec,
  ): AsyncIterable<StoredRow[]>;
  /** As `select`, the rows as the engine has them; undefined where it has only values. */
  rawRows?(
    columns: readonly ColumnSpec[],
    query: Query,
    pages: TableSpec | undefined,
  ): Promise<AsyncIterable<RawRows> | undefined>;
  /** How a column is read. */
  readonly expression?: (spec: ColumnSpec, sql: string) => string;
}

/** A column that numbers the rows of a table. */
export interface Counter {
  readonly spec: TableSpec;
  readonly column: ColumnSpec;
}

/** What an engine brings to a snapshot. */
export interface SnapshotSource extends RowSource {
  readonly at: Instant;
  readonly position: string;
  /** The condition that a row of the history came after the position. @throws CURSOR_INVALID */
  since(history: TableSpec, position: string): string;
  /** Of each, the number of the next row. */
  serials(counters: readonly Counter[]): Promise<bigint[]>;
  /** By the statistics of the engine; left out where counting is as quick. */
  readonly estimates?: (specs: readonly TableSpec[]) => Promise<number[]>;
  /** Rows of a history that came after the position; left out, or undefined, where they would have to be counted. */
  readonly added?: (history: TableSpec, position: string) => number | undefined;
  /** Left out where positions need nothing. */
  readonly keepPosition?: () => Promise<void>;
  close(): Promise<void>;
}

const flag: ColumnSpec = { name: 'present', kind: 'bool' };
const number: ColumnSpec = { name: 'count', kind: 'int' };
/** Rows that capture has put aside are no history yet. */
const counted = ({ copies }: TableSpec): string[] => (copies ? ['journal_op < 9'] : []);

export const keyColumns = (spec: TableSpec): ColumnSpec[] =>
  spec.key.map((name) => spec.columns.find((column) => column.name === name)!);

export function snapshotOf(source: SnapshotSource, { position, signal }: SnapshotOptions): Snapshot {
  const { syntax, expression = (_, sql) => sql } = source;
  const { quote } = syntax;
  const list = (columns: readonly ColumnSpec[], of = ''): string =>
    columns.map((column) => expression(column, `${of}${quote(column.name)}`)).join(', ');
  if (position !== undefined) source.since(probe, position);

  let reading = false;
  async function* alone<T>(read: () => AsyncIterable<T>): AsyncGenerator<T> {
    throwIfAborted(signal);
    // On one connection the second would wait for the first, which may wait for it.
    if (reading) throw new Error('a snapshot has one reading at a time: end the one before');
    reading = true;
    try {
      for await (const some of read()) {
        throwIfAborted(signal);
        yield some;
        throwIfAborted(signal);
      }
    } finally {
      reading = false;
    }
  }
  const select = (
    columns: readonly ColumnSpec[],
    query: Query,
    chunkRows = defaultChunkRows,
    pages?: TableSpec,
  ): AsyncGenerator<StoredRow[]> => alone(() => source.select(columns, query, chunkRows, pages));

  /** The statement of a reading of rows. */
  function queryOf(spec: TableSpec, { columns: names, range = {}, since }: RowsOptions) {
    const columns =
      names === undefined ? spec.columns : names.map((name) => spec.columns.find((c) => c.name === name)!);
    const { add, values } = source.parameters();
    const conditions = counted(spec);
    if (since !== undefined) conditions.push(source.since(spec, since));
    const key = keyColumns(spec);
    if (range.after !== undefined) conditions.push(compare(syntax, key, '>', range.after, add));
    if (range.upTo !== undefined) conditions.push(compare(syntax, key, '<=', range.upTo, add));
    const whole = conditions.length === counted(spec).length;
    const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
    const order =
      (range.after ?? range.upTo) ? ` ORDER BY ${key.map(({ name }) => quote(name)).join(', ')}` : '';
    const sql = `SELECT ${list(columns)} FROM ${quote(spec.name)}${where}${order}`;
    return { columns, query: { sql, values }, pages: whole ? spec : undefined };
  }

  async function* rows(spec: TableSpec, options: RowsOptions = {}): AsyncGenerator<StoredRow[]> {
    const { columns, query, pages } = queryOf(spec, options);
    yield* select(columns, query, options.chunkRows, pages);
  }

  /** The statement for distinct keys that were written since. @throws HISTORY_NONE, CURSOR_INVALID */
  function keysSince(spec: TableSpec, since: string): string {
    const history = historySpec(spec);
    if (history === undefined)
      throw new HoldfastError('HISTORY_NONE', `${spec.name} keeps no history: what changed is not known`);
    const condition = [...counted(history), source.since(history, since)].join(' AND ');
    return `SELECT DISTINCT ${spec.key.map(quote).join(', ')} FROM ${quote(history.name)} WHERE ${condition}`;
  }

  /** Keys that were written since, whether there is a row of each, and some columns of that. */
  function selectChanged(
    spec: TableSpec,
    since: string,
    columns: readonly ColumnSpec[],
  ): AsyncGenerator<StoredRow[]> {
    const key = keyColumns(spec);
    const names = spec.key.map(quote);
    const on = names.map((name) => `t.${name} = k.${name}`).join(' AND ');
    const asked = [list(key, 'k.'), expression(flag, `(t.${names[0]} IS NOT NULL)`)];
    if (columns.length > 0) asked.push(list(columns, 't.'));
    const sql = `SELECT ${asked.join(', ')}
      FROM (${keysSince(spec, since)}) AS k LEFT JOIN ${quote(spec.name)} AS t ON ${on}`;
    return select([...key, flag, ...columns], { sql, values: [] });
  }

  async function* changedKeys(spec: TableSpec, since: string): AsyncGenerator<ChangedKey[]> {
    for await (const rows of selectChanged(spec, since, []))
      yield rows.map((row) => ({ key: row.slice(0, -1), present: row.at(-1) === true }));
  }

  async function* changes(spec: TableSpec, since: string): AsyncGenerator<Changes> {
    const { length } = spec.key;
    for await (const rows of selectChanged(spec, since, spec.columns)) {
      const some: Changes = { present: [], gone: [] };
      for (const row of rows)
        if (row[length] === true) some.present.push(row.slice(length + 1));
        else some.gone.push(row.slice(0, length));
      yield some;
    }
  }

  function countOf({ spec, since, changedSince, most }: Counting): string {
    const conditions = counted(spec);
    if (since !== undefined) conditions.push(source.since(spec, since));
    const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
    const rows = `${quote(spec.name)}${where}`;
    if (changedSince === undefined && most === undefined) return `(SELECT count(*) FROM ${rows})`;
    const each = changedSince === undefined ? `SELECT 1 FROM ${rows}` : keysSince(spec, changedSince);
    return `(SELECT count(*) FROM (${each}${most === undefined ? '' : ` LIMIT ${most}`}) AS c)`;
  }

  async function* rowsByKeys(
    spec: TableSpec,
    keys: readonly (readonly StoredValue[])[],
  ): AsyncGenerator<StoredRow[]> {
    const key = keyColumns(spec);
    for (let from = 0; from < keys.length; from += keysAtOnce) {
      const { add, values } = source.parameters();
      const condition = isOneOf(syntax, key, keys.slice(from, from + keysAtOnce), add);
      const sql = `SELECT ${list(spec.columns)} FROM ${quote(spec.name)} WHERE ${condition}`;
      yield* select(spec.columns, { sql, values });
    }
  }

  /** What needs no counting; of `roughly` maybe less exactly. */
  function knownCount({ spec, since, changedSince, most = Number.POSITIVE_INFINITY, roughly }: Counting) {
    if (since !== undefined) {
      const rows = source.added?.(spec, since);
      return rows && Math.min(rows, most);
    }
    const history = changedSince === undefined ? undefined : historySpec(spec);
    const rows = history && source.added?.(history, changedSince!);
    return roughly || rows === 0 ? rows && Math.min(rows, most) : undefined;
  }

  /** Tables that have far more rows than are asked for. */
  async function clearlyMost(asked: readonly Counting[]): Promise<Set<Counting>> {
    const some = asked.filter(
      ({ since, changedSince, most, roughly }) => roughly && most && (since ?? changedSince) === undefined,
    );
    const about = some.length === 0 ? [] : await source.estimates?.(some.map(({ spec }) => spec));
    return new Set(some.filter(({ most }, at) => about !== undefined && about[at]! > most! * clearlyMore));
  }

  async function counts(asked: readonly Counting[]): Promise<number[]> {
    const many = await clearlyMost(asked);
    const known = asked.map((each) => (many.has(each) ? each.most : knownCount(each)));
    const counted = await countAll(asked.filter((_, at) => known[at] === undefined));
    return known.map((count) => count ?? counted.shift()!);
  }

  async function countAll(asked: readonly Counting[]): Promise<number[]> {
    const found: number[] = [];
    for (let from = 0; from < asked.length; from += countsAtOnce) {
      const some = asked.slice(from, from + countsAtOnce);
      const sql = `SELECT ${some.map((each, at) => `${expression(number, countOf(each))} AS c${at}`).join(', ')}`;
      for await (const rows of select(
        some.map(() => number),
        { sql, values: [] },
      ))
        for (const row of rows) found.push(...(row as number[]));
    }
    return found;
  }

  return {
    at: source.at,
    position: source.position,
    rows,
    async rawRows(spec, options = {}) {
      const { columns, query, pages } = queryOf(spec, options);
      const raw = await source.rawRows?.(columns, query, pages);
      return raw && alone(() => raw);
    },
    changedKeys,
    changes,
    rowsByKeys,
    counts,
    estimates: (specs) => source.estimates?.(specs) ?? counts(specs.map((spec) => ({ spec }))),
    async serials(specs) {
      const counters = specs.flatMap((spec) =>
        spec.columns.filter(({ serial }) => serial).map((column): Counter => ({ spec, column })),
      );
      const next = await source.serials(counters);
      return counters.map(({ spec, column }, at) => ({
        ...{ table: spec.name, column: column.name, next: next[at]! },
      }));
    },
    keepPosition: async () => source.keepPosition?.(),
    close: () => source.close(),
  };
}

/** Stands for any history: whether a position is one of this database does not depend on it. */
const probe: TableSpec = {
  name: 'probe_history',
  dataClass: 'informational',
  columns: [],
  key: [],
  foreignKeys: [],
  indexes: [],
  checks: [],
  metrics: [],
};

/** The condition that a key is one of several. */
export function isOneOf(
  syntax: Syntax,
  key: readonly ColumnSpec[],
  keys: readonly (readonly StoredValue[])[],
  add: AddValue,
): string {
  const typed = key.map((column) => ({ spec: column, sql: syntax.quote(column.name) }));
  const tuples = keys.map((each) => key.map((column, at) => syntax.operand(column, add(each[at]!, column))));
  return syntax.oneOfRows(typed, tuples);
}

/** A key as a row against another; spelled out where an index does not answer the comparison of rows. */
function compare(
  { seeksRows, quote, operand }: Syntax,
  key: readonly ColumnSpec[],
  operator: '>' | '<=',
  than: readonly StoredValue[],
  add: AddValue,
): string {
  const value = (at: number): string => operand(key[at]!, add(than[at]!, key[at]!));
  const names = key.map(({ name }) => quote(name));
  if (names.length === 1) return `${names[0]} ${operator} ${value(0)}`;
  if (seeksRows) return `(${names.join(', ')}) ${operator} (${names.map((_, at) => value(at)).join(', ')})`;
  // Placeholders count in the order in which they stand.
  const strict = operator[0]!;
  const bound = `${names[0]} ${strict}= ${value(0)}`;
  const steps = names.map((name, at) => {
    const equal = names.slice(0, at).map((before, index) => `${before} = ${value(index)}`);
    return [...equal, `${name} ${at === names.length - 1 ? operator : strict} ${value(at)}`].join(' AND ');
  });
  return `(${bound} AND (${steps.map((step) => `(${step})`).join(' OR ')}))`;
}
