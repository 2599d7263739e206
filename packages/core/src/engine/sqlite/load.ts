// Filling a new SQLite file: no log and no waiting for the disk while rows come in, all of it on disk at the end.

import { closeSync, fsyncSync, openSync } from 'node:fs';
import { HoldfastError } from '../../errors.ts';
import type { StoredRow, StoredValue } from '../../schema/codec.ts';
import { historySpec, type TableSpec } from '../../schema/spec.ts';
import { rowsOfBatch } from '../batch-values.ts';
import type { ColumnBatch } from '../column-batch.ts';
import type { BulkWrite } from '../engine.ts';
import type { Keeps } from '../fit-values.ts';
import { type Load, type LoadOptions, type LoadTarget, loadOf, tableExists } from '../load.ts';
import { probe } from '../probe.ts';
import type { Query, RowSource, SerialState } from '../snapshot.ts';
import { bulk } from './bulk.ts';
import { clock } from './capture.ts';
import type { SqliteConnections } from './connections.ts';
import { ddl } from './ddl.ts';
import { forms, syntax } from './dialect.ts';
import { translate } from './errors.ts';
import { PageLoad } from './load-pages.ts';
import type { SqliteSession } from './session.ts';
import { rowSource } from './snapshot.ts';
import { turn, turnDue } from './turn.ts';

const { quote } = syntax;

export const keeps: Keeps = {
  nulInText: true,
  typed: false,
  brokenText: true,
  infinity: true,
  nan: false,
  endlessTime: false,
  checksJson: true,
  maxBytes: 1_000_000_000,
};

/** Sorted in runs of this size, which the processor has at hand, an index takes two thirds of the time that it takes in large ones. */
const indexCacheKib = 2_048;

const single = (session: SqliteSession, sql: string): StoredValue =>
  (session.prepare(sql).get() as unknown as StoredRow)[0]!;

/**
 * 1. Takes the writer for itself, and the log away: refused while another process has the file open.
 * 2. Makes the tables and writes rows, whole tables as pages. Broken off by `abort`, the tables are dropped; by a crash, the file is of no use:
 *    load into a scratch database, and put it in place afterwards.
 * 3. Makes indexes, checks references, begins capture.
 * 4. Brings the log back, has all of it written to disk, and tries a row on each table.
 * Room: the tables, and as much again as the largest index while it is sorted.
 */
export const load = (
  connections: SqliteConnections,
  specs: readonly TableSpec[],
  options: LoadOptions,
): Promise<Load> =>
  loadOf(specs, options, keeps, async (tables) => {
    const { session, release } = await connections.takeOver();
    try {
      for (const { name } of tables)
        if (
          single(
            session,
            `SELECT count(*) FROM sqlite_schema WHERE name = '${name.replaceAll("'", "''")}'`,
          ) !== 0
        )
          throw tableExists(name, session.path);
      beFast(session);
    } catch (error) {
      release();
      throw translate(error, session.path);
    }
    const target = new SqliteTarget(session, specs, tables, options, release);
    target.makeTables();
    return target;
  });

/** @throws DATABASE_BUSY */
function beFast(session: SqliteSession): void {
  const { db, path } = session;
  const others = new HoldfastError('DATABASE_BUSY', `another process has ${path} open`, {
    hint: 'Stop it, then repeat',
  });
  db.enableDefensive(false);
  try {
    db.exec('PRAGMA foreign_keys=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE');
    if (single(session, 'PRAGMA journal_mode=OFF') !== 'off') throw others;
  } catch (error) {
    beSafe(session);
    throw (error as { readonly errcode?: number }).errcode === 5 ? others : error;
  }
}

/** The settings of every writer, and everything that was written on disk. */
function beSafe({ db }: SqliteSession): void {
  db.exec(
    'PRAGMA locking_mode=NORMAL; PRAGMA synchronous=FULL; PRAGMA journal_mode=WAL; PRAGMA foreign_keys=ON',
  );
  // A checkpoint waits for the whole file, once there is something to write.
  const [{ user_version: version }] = db.prepare('PRAGMA user_version').all() as {
    user_version: number;
  }[] as [{ user_version: number }];
  db.exec(`PRAGMA user_version=${version}; PRAGMA wal_checkpoint(TRUNCATE)`);
  db.enableDefensive(true);
}

class SqliteTarget implements LoadTarget {
  readonly keeps = keeps;
  readonly journalMark = null;
  readonly #session: SqliteSession;
  readonly #specs: readonly TableSpec[];
  readonly #tables: readonly TableSpec[];
  readonly #options: LoadOptions;
  readonly #release: () => void;
  readonly #pages: PageLoad;
  #indexed = false;
  /** The log is back: what is begun can be taken back. */
  #logged = false;

  constructor(
    session: SqliteSession,
    specs: readonly TableSpec[],
    tables: readonly TableSpec[],
    options: LoadOptions,
    release: () => void,
  ) {
    this.#session = session;
    this.#pages = new PageLoad(session);
    this.#specs = specs;
    this.#tables = tables;
    this.#options = options;
    this.#release = release;
  }

  makeTables(): void {
    this.#session.db.exec('BEGIN');
    for (const spec of this.#tables) this.#session.db.exec(ddl.createTable(spec)[0]!);
  }

  /** A whole table in its order is written as pages; what is not is inserted. */
  async writeBatch(spec: TableSpec, batch: ColumnBatch): Promise<void> {
    try {
      if (!this.#pages.add(spec, batch)) return await this.write(spec, rowsOfBatch(batch));
    } catch (error) {
      throw translate(error, this.#session.path);
    }
    if (turnDue()) await turn();
  }

  async write(spec: TableSpec, rows: readonly StoredRow[]): Promise<void> {
    const write: BulkWrite = {
      table: spec.name,
      columns: spec.columns.map(({ name }) => name),
      key: spec.key,
      onConflict: 'fail',
    };
    const texts = spec.columns.flatMap(({ kind }, index) => (kind === 'bytes' ? [] : [index]));
    const bools = spec.columns.flatMap(({ kind }, index) => (kind === 'bool' ? [index] : []));
    const broken = rows.filter((row) => hasBytes(row, texts));
    const sound = broken.length === 0 ? rows : rows.filter((row) => !hasBytes(row, texts));
    const width = spec.columns.length;
    try {
      this.#pages.end(spec);
      await bulk(
        (sql) => this.#session.prepare(sql),
        write,
        sound.length,
        (index, into, offset) => {
          const row = sound[index]!;
          for (let at = 0; at < width; at++) into[offset + at] = row[at]!;
          for (let at = 0; at < bools.length; at++) {
            const value = row[bools[at]!]!;
            if (typeof value === 'boolean') into[offset + bools[at]!] = value ? 1 : 0;
          }
        },
        { signal: this.#options.signal },
      );
      // Text that is not UTF-8 goes in as its bytes.
      for (const row of broken) {
        const places = row.map((value, at) =>
          value instanceof Uint8Array && texts.includes(at) ? 'CAST(? AS TEXT)' : '?',
        );
        const names = write.columns.map(quote).join(', ');
        const statement = this.#session.prepare(
          `INSERT INTO ${quote(spec.name)} (${names}) VALUES (${places.join(', ')})`,
        );
        statement.run(
          ...(row.map((value) => (typeof value === 'boolean' ? Number(value) : value)) as never[]),
        );
      }
    } catch (error) {
      throw translate(error, this.#session.path);
    }
  }

  /** What is committed without a log is in the file. Indexes and triggers change none of its pages. */
  async publish(): Promise<boolean> {
    const { db, path } = this.#session;
    if (path === ':memory:') return false;
    try {
      this.#pages.end();
      db.exec('COMMIT; BEGIN');
      return true;
    } catch (error) {
      throw translate(error, path);
    }
  }

  get source(): RowSource {
    return rowSource(this.#session);
  }

  async index(): Promise<void> {
    const { db, path } = this.#session;
    try {
      this.#makeIndexes();
      db.exec('COMMIT');
      // Most of it is on disk before anybody waits for the rest.
      const file = openSync(path, 'r+');
      try {
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      db.exec('BEGIN');
    } catch (error) {
      throw translate(error, path);
    }
  }

  #makeIndexes(): void {
    if (this.#indexed) return;
    const { db } = this.#session;
    this.#pages.end();
    const cache = single(this.#session, 'PRAGMA cache_size');
    db.exec(`PRAGMA cache_size=-${indexCacheKib}`);
    this.#pages.index();
    for (const spec of this.#tables) for (const sql of ddl.createTable(spec).slice(1)) db.exec(sql);
    db.exec(`PRAGMA cache_size=${cache}`);
    this.#checkReferences();
    this.#indexed = true;
  }

  async remove({ sql, values }: Query): Promise<void> {
    try {
      this.#session.prepare(sql).run(...(values as never[]));
    } catch (error) {
      throw translate(error, this.#session.path);
    }
  }

  async complete(
    recorded: ReadonlyMap<string, bigint>,
  ): Promise<Awaited<ReturnType<LoadTarget['complete']>>> {
    const { db, path } = this.#session;
    try {
      this.#makeIndexes();
      if (this.#options.capture !== false) this.#capture();
      db.exec('COMMIT');
      beSafe(this.#session);
      this.#logged = true;
      db.exec('BEGIN IMMEDIATE');
      const unprobed = await probe(this.#session, { syntax, forms }, this.#tables);
      db.exec('ROLLBACK');
      this.#release();
      return { serials: this.#serials(recorded), unprobed };
    } catch (error) {
      throw translate(error, path);
    }
  }

  /** @throws REFERENCE_MISSING */
  #checkReferences(): void {
    const broken = this.#session
      .prepare('SELECT "table", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2 LIMIT 1')
      .all() as unknown as StoredRow[];
    for (const [table, parent, count] of broken)
      throw new HoldfastError(
        'REFERENCE_MISSING',
        `${count} records of ${table} refer to a record of ${parent} that is not there`,
      );
  }

  /** The clock goes on from the latest change that was loaded. */
  #capture(): void {
    const tracked = this.#specs.filter(({ history }) => history !== undefined);
    for (const spec of tracked) {
      for (const sql of ddl.createCapture(spec, this.#specs)) this.#session.db.exec(sql);
      const latest = `SELECT max(journal_at) FROM ${quote(historySpec(spec)!.name)} WHERE journal_op < 9`;
      this.#session.db.exec(`UPDATE ${clock} SET at = max(at, coalesce((${latest}), 0))`);
    }
  }

  /** The next number is the one behind the highest: a higher one that was recorded cannot be kept. */
  #serials(recorded: ReadonlyMap<string, bigint>): (SerialState & { readonly kept: boolean })[] {
    return this.#tables.flatMap((spec) =>
      spec.columns
        .filter(({ serial }) => serial)
        .map(({ name: column }) => {
          const statement = this.#session.prepare(
            `SELECT coalesce(max(${quote(column)}), 0) + 1 FROM ${quote(spec.name)}`,
            true,
          );
          const [next] = statement.get() as unknown as [bigint];
          return { table: spec.name, column, next, kept: (recorded.get(spec.name) ?? 0n) <= next };
        }),
    );
  }

  async abort(): Promise<void> {
    const { db } = this.#session;
    try {
      this.#pages.abandon();
      // Without a log nothing can be taken back: the tables go as they are.
      if (db.isTransaction) db.exec(this.#logged ? 'ROLLBACK' : 'COMMIT');
      db.exec('PRAGMA foreign_keys=OFF');
      for (const { name } of this.#tables.toReversed()) db.exec(`DROP TABLE IF EXISTS ${quote(name)}`);
      beSafe(this.#session);
    } finally {
      this.#release();
    }
  }
}

const hasBytes = (row: StoredRow, texts: readonly number[]): boolean => {
  for (let at = 0; at < texts.length; at++) {
    const value = row[texts[at]!];
    if (typeof value === 'object' && value !== null) return true;
  }
  return false;
};
