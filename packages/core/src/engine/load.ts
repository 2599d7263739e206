// Filling new, empty tables with rows of exact values, as fast as an engine takes them: bare tables first, then indexes,
// references, capture and counters.

import { HoldfastError } from '../errors.ts';
import type { StoredRow } from '../schema/codec.ts';
import { physicalSpecs, type TableSpec } from '../schema/spec.ts';
import { rowsOfBatch } from './batch-values.ts';
import type { ColumnBatch } from './column-batch.ts';
import { constantColumn } from './constant-column.ts';
import { type BatchFit, batchFit } from './fit-batch.ts';
import { compileFit, type Fit, type Keeps, type LossyValue } from './fit-values.ts';
import type { Unprobed } from './probe.ts';
import {
  isOneOf,
  keyColumns,
  keysAtOnce,
  type Query,
  type RowSource,
  type SerialState,
  type Snapshot,
  snapshotOf,
} from './snapshot.ts';
import { throwIfAborted } from './write-lock.ts';

export interface LoadOptions {
  /** What becomes of a value that the engine cannot keep: the load is refused, or the nearest one is kept. */
  readonly lossy: 'refuse' | 'nearest';
  /** Looks at everything, writes nothing. @default false */
  readonly dryRun?: boolean;
  /** Changes of tracked tables are captured from now on; otherwise whoever puts the tables in place sees to it. @default true */
  readonly capture?: boolean;
  /** Told of each value that cannot be kept. */
  readonly onLoss?: (loss: LossyValue) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface LoadedTable {
  readonly table: string;
  readonly rows: number;
  /** Values that could not be kept as they are. */
  readonly lossy: number;
}

export interface LoadReport {
  readonly tables: readonly LoadedTable[];
  /** The number of the next row, per table; `kept` is false where the engine counts from the highest row alone. */
  readonly serials: readonly (SerialState & { readonly kept: boolean })[];
  /** Tables that no row was tried on. */
  readonly unprobed: readonly Unprobed[];
}

export interface Load {
  /** Adds rows to a table; all rows of one table come one call after another. They are the load's from then on. */
  rows(spec: TableSpec, rows: readonly StoredRow[]): Promise<void>;
  /**
   * The same for rows as columns, in the order of the table's: fast where the engine takes them so, and value by value
   * where one of them is not surely kept. `rows` and `batch` may alternate.
   * @param batch its texts are UTF-8; it is the load's until this is through
   */
  batch(spec: TableSpec, batch: ColumnBatch): Promise<void>;
  /**
   * No more rows come. Has those that came where `openLoaded` finds them, in whatever thread, while `finish` goes on;
   * broken off from here on, the tables may be left.
   * @returns false where they cannot be read before `finish` is through
   */
  publish(): Promise<boolean>;
  /**
   * Makes keys and indexes, and checks references, ahead of `finish`, which is quick then: for who goes on with
   * `replace` while the original is still changed. References are not checked again.
   */
  index(): Promise<void>;
  /**
   * After `index`: takes rows away, and adds others. What refers to them stays as it is.
   * @param gone their keys
   */
  replace(spec: TableSpec, gone: readonly StoredRow[], rows: readonly StoredRow[]): Promise<void>;
  /** What was loaded, as it is read again. After `index`. */
  readonly view: Pick<Snapshot, 'rows'>;
  /**
   * Ends the load. Where it fails, what was loaded is given up.
   * @param serials counters as they were recorded
   * @throws VALUE_LOSSY, CONFLICT for a key that came twice, REFERENCE_MISSING, PROOF_FAILED where no row can be added
   */
  finish(serials?: readonly SerialState[]): Promise<LoadReport>;
  /** Gives up what was loaded. After `finish` it does nothing. */
  abort(): Promise<void>;
}

/** What an engine does of a load. */
export interface LoadTarget {
  readonly keeps: Keeps;
  /** Rows of one table, each value one that the engine keeps. */
  write(spec: TableSpec, rows: readonly StoredRow[]): Promise<void>;
  /** The same as columns without exceptions; their texts are UTF-8, and may be the same bytes for many rows. */
  writeBatch(spec: TableSpec, batch: ColumnBatch): Promise<void>;
  /** As of `Load`. */
  publish(): Promise<boolean>;
  /** Keys, indexes, and references where they can be there while rows are replaced. */
  index(): Promise<void>;
  /** A statement that takes rows away. */
  remove(query: Query): Promise<void>;
  /** On the connection of the load, which alone sees what was loaded. */
  readonly source: RowSource;
  /** @throws whatever keeps the tables from being whole */
  complete(serials: ReadonlyMap<string, bigint>): Promise<Pick<LoadReport, 'serials' | 'unprobed'>>;
  /** Takes back what was begun; called once, unless `complete` has succeeded. */
  abort(): Promise<void>;
  /** In the place of marks that only the database they were made in can read. */
  readonly journalMark: 0n | null;
}

interface Counted {
  readonly fit: Fit;
  readonly fits: BatchFit;
  readonly marked: (batch: ColumnBatch) => ColumnBatch;
  rows: number;
  lossy: number;
}

/**
 * @param specs declared tables, parents before their children; those that come with them are loaded too
 * @param begin makes the tables; not called for a dry run
 */
export async function loadOf(
  specs: readonly TableSpec[],
  options: LoadOptions,
  keeps: Keeps,
  begin: (tables: readonly TableSpec[]) => Promise<LoadTarget>,
): Promise<Load> {
  const { lossy, dryRun = false, signal, onLoss } = options;
  throwIfAborted(signal);
  const tables = specs.flatMap(physicalSpecs);
  const target = dryRun ? undefined : await begin(tables);
  const mark = target?.journalMark ?? null;
  const counts = new Map(
    tables.map((spec): [string, Counted] => [
      spec.name,
      {
        ...{ fit: compileFit(spec, keeps), fits: batchFit(spec, keeps), marked: marking(spec, mark) },
        ...{ rows: 0, lossy: 0 },
      },
    ]),
  );
  const view =
    target &&
    snapshotOf(
      {
        ...target.source,
        ...{ at: 0, position: '', since: unsupported, serials: unsupported, close: async () => {} },
      },
      { signal },
    );
  let ended = false;
  let first: LossyValue | undefined;
  const abort = async (): Promise<void> => {
    if (ended) return;
    ended = true;
    await target?.abort();
  };
  const refuseLosses = (): void => {
    if (first === undefined || lossy !== 'refuse' || dryRun) return;
    const lost = [...counts.values()].reduce((sum, each) => sum + each.lossy, 0);
    throw new HoldfastError(
      'VALUE_LOSSY',
      `${lost} values cannot be kept as they are; the first is ${first.table}.${first.column} of ${keyText(first.key)}: ${first.why}`,
      { details: { ...first, key: keyText(first.key), count: lost } },
    );
  };
  const orAbort = async <T>(work: () => Promise<T>): Promise<T> => {
    if (ended) throw new Error('the load is over');
    try {
      throwIfAborted(signal);
      return await work();
    } catch (error) {
      // Of a full disk, what cannot be taken back either is no news; the first failure is what to tell.
      await abort().catch(() => {});
      throw error;
    }
  };
  const add = async (spec: TableSpec, rows: readonly StoredRow[]): Promise<void> => {
    const counted = counts.get(spec.name)!;
    const marked = markPlace(spec);
    for (const row of rows) {
      if (marked >= 0) row[marked] = mark;
      const losses = counted.fit(row);
      if (losses === undefined) continue;
      counted.lossy += losses.length;
      first ??= losses[0];
      for (const loss of losses) onLoss?.(loss);
    }
    counted.rows += rows.length;
    // What is refused in the end need not be written, but all of it is told.
    if (lossy === 'nearest' || first === undefined) await target?.write(spec, rows);
  };
  const addBatch = async (spec: TableSpec, batch: ColumnBatch): Promise<void> => {
    const counted = counts.get(spec.name)!;
    if (!counted.fits(batch)) return add(spec, rowsOfBatch(batch));
    counted.rows += batch.rows;
    if (lossy === 'nearest' || first === undefined) await target?.writeBatch(spec, counted.marked(batch));
  };
  return {
    rows: (spec, rows) => orAbort(() => add(spec, rows)),
    batch: (spec, batch) => orAbort(() => addBatch(spec, batch)),
    publish: () =>
      orAbort(async () => {
        refuseLosses();
        return (await target?.publish()) ?? false;
      }),
    index: () =>
      orAbort(async () => {
        refuseLosses();
        await target?.index();
      }),
    replace: (spec, gone, rows) =>
      orAbort(async () => {
        if (target !== undefined)
          for (const query of removals(target.source, spec, gone)) await target.remove(query);
        if (rows.length > 0) await add(spec, rows);
      }),
    get view() {
      if (view === undefined) throw new Error('a dry run has nothing to read');
      return view;
    },
    finish: (serials = []) =>
      orAbort(async () => {
        refuseLosses();
        const next = new Map(serials.map((state) => [state.table, state.next]));
        const completed = (await target?.complete(next)) ?? { serials: [], unprobed: [] };
        ended = true;
        return {
          tables: [...counts].map(([table, { rows, lossy: lossyValues }]) => ({
            table,
            rows,
            lossy: lossyValues,
          })),
          ...completed,
        };
      }),
    abort,
  };
}

const markPlace = ({ copies, columns }: TableSpec): number =>
  copies ? columns.findIndex(({ name }) => name === 'journal_mark') : -1;

function marking(spec: TableSpec, mark: LoadTarget['journalMark']): Counted['marked'] {
  const place = markPlace(spec);
  if (place < 0) return (batch) => batch;
  const marks = constantColumn(spec.columns[place]!, mark);
  return ({ rows, columns }) => ({ rows, columns: columns.with(place, marks(rows)) });
}

const unsupported = (): never => {
  throw new Error('what was loaded has no position, and counts nothing');
};

function* removals(source: RowSource, spec: TableSpec, gone: readonly StoredRow[]): Generator<Query> {
  const { syntax } = source;
  const key = keyColumns(spec);
  for (let at = 0; at < gone.length; at += keysAtOnce) {
    const { add, values } = source.parameters();
    const condition = isOneOf(syntax, key, gone.slice(at, at + keysAtOnce), add);
    yield { sql: `DELETE FROM ${syntax.quote(spec.name)} WHERE ${condition}`, values };
  }
}

const keyText = (key: StoredRow): string => key.map(String).join(', ');

export const tableExists = (table: string, location: string): HoldfastError =>
  new HoldfastError('CONFLICT', `${location} has a table ${table} already`, {
    hint: 'Load into a new, empty database',
  });
