// Filling new tables of a MySQL or MariaDB database: rows in large statements, without the checks that are made once at
// the end.

import { HoldfastError } from '../../errors.ts';
import type { StoredRow } from '../../schema/codec.ts';
import type { TableSpec } from '../../schema/spec.ts';
import type { ColumnBatch } from '../column-batch.ts';
import type { BulkWrite } from '../engine.ts';
import type { Keeps } from '../fit-values.ts';
import { type Load, type LoadOptions, type LoadTarget, loadOf, tableExists } from '../load.ts';
import { probe } from '../probe.ts';
import { type Held, hold } from '../server/hold.ts';
import type { Query, RowSource, SerialState } from '../snapshot.ts';
import { BatchLines } from './batch-lines.ts';
import { bulk, enough } from './bulk.ts';
import type { BatchInsert, MysqlConnection } from './connection.ts';
import type { MysqlDdl } from './ddl.ts';
import { capabilities, forms, quote } from './dialect.ts';
import { tableNames } from './introspect.ts';
import { orphans } from './orphans.ts';
import type { MysqlConnections, ServerWants } from './session.ts';
import { rowSource } from './snapshot.ts';
import { arraysOf, statementsOf } from './write-batch.ts';

/** Room in a packet for what stands beside the largest value. */
const besideBytes = 65_536;
/** Rows after which what was written is committed. */
const rowsPerCommit = 100_000;
/** Rows of a table below which it is not worth while to make its indexes later. */
const fewRows = 200;
/** Connections from which on a load takes two of them: others are left for whoever looks on. */
const enoughForTwo = 4;
/**
 * What is unique is checked all the same: MariaDB would lock the table against the second connection, and work out its
 * statistics again and again meanwhile. Whoever reads what was loaded may hold up an index for as long as he reads.
 */
const settings =
  'SET SESSION foreign_key_checks = 0, lock_wait_timeout = 31536000 /*M! , max_statement_time = 0 */';

export const keepsOf = ({ maxPacket }: ServerWants): Keeps => ({
  nulInText: true,
  typed: true,
  brokenText: false,
  infinity: false,
  nan: false,
  endlessTime: false,
  checksJson: false,
  maxBytes: maxPacket - besideBytes,
});

/**
 * Every statement about tables commits by itself: broken off by `abort`, the tables are dropped; by a crash, they are
 * left, and a new load is refused until they are dropped. Load into a scratch database.
 * 1. Makes tables that have more than a few rows with their keys, and writes the rows without checking what they refer to,
 *    on two connections where there may be as many; the others are made with their indexes.
 * 2. Makes indexes, which checks them, then references, which does not: records that refer to none are looked for.
 * 3. Begins capture, sets counters, tries a row on each table.
 * Room: the tables and their indexes, and the log of a hundred thousand rows.
 */
export const load = (
  connections: MysqlConnections,
  wants: ServerWants,
  { location, ddl }: { readonly location: string; readonly ddl: MysqlDdl },
  specs: readonly TableSpec[],
  options: LoadOptions,
): Promise<Load> =>
  loadOf(specs, options, keepsOf(wants), async (tables) => {
    const there = await tableNames(connections.session);
    for (const { name } of tables) if (there.has(name)) throw tableExists(name, location);
    const held = await hold<MysqlConnection>((work) => connections.session.on(work));
    const target = new MysqlTarget(held, connections, { wants, ddl }, specs, tables, options);
    try {
      await held.connection.script(settings);
      return target;
    } catch (error) {
      await target.abort();
      throw error;
    }
  });

class MysqlTarget implements LoadTarget {
  readonly keeps: Keeps;
  /** Behind every position there is: a restored change is new to nobody. */
  readonly journalMark = 0n;
  readonly #held: Held<MysqlConnection>;
  readonly #lines: BatchLines;
  readonly #connections: MysqlConnections;
  readonly #with: { readonly wants: ServerWants; readonly ddl: MysqlDdl };
  readonly #specs: readonly TableSpec[];
  readonly #tables: readonly TableSpec[];
  readonly #options: LoadOptions;
  /** Rows of the transaction that is open; below zero where none is. */
  #open = -1;
  /** Rows of the tables that were made to be filled, by name. */
  readonly #filled = new Map<string, number>();
  /** Those of them that have no indexes yet. */
  readonly #bare = new Set<string>();
  #allMade = false;
  #indexed = false;
  readonly source: RowSource;

  constructor(
    held: Held<MysqlConnection>,
    connections: MysqlConnections,
    parts: { readonly wants: ServerWants; readonly ddl: MysqlDdl },
    specs: readonly TableSpec[],
    tables: readonly TableSpec[],
    options: LoadOptions,
  ) {
    this.#held = held;
    const another = async (): Promise<Held<MysqlConnection>> => {
      const second = await hold<MysqlConnection>((work) => connections.session.on(work));
      await second.connection.script(settings);
      return second;
    };
    this.#lines = new BatchLines(held.connection, connections.max < enoughForTwo ? undefined : another);
    this.#connections = connections;
    this.#with = parts;
    this.keeps = keepsOf(parts.wants);
    // What nobody reads to its end is taken in to its end: the connection goes with the load.
    this.source = rowSource(held.connection, parts.wants.syntax, async () => {});
    this.#specs = specs;
    this.#tables = tables;
    this.#options = options;
  }

  async write(spec: TableSpec, rows: readonly StoredRow[]): Promise<void> {
    const { connection } = this.#held;
    await this.#make(spec, rows.length);
    await this.#begin();
    const columns = spec.columns.map(({ name }) => name);
    const write: BulkWrite = { table: spec.name, columns, key: spec.key, onConflict: 'fail' };
    const { wants } = this.#with;
    const alone = { ...wants, journal: undefined };
    await bulk(
      connection,
      alone,
      write,
      rows.length,
      (index, into, offset) => {
        const row = rows[index]!;
        for (let at = 0; at < row.length; at++) into[offset + at] = row[at]!;
      },
      { signal: this.#options.signal },
    );
    this.#open += rows.length;
    if (this.#open >= rowsPerCommit) await this.#commit();
  }

  async writeBatch(spec: TableSpec, batch: ColumnBatch): Promise<void> {
    await this.#commit();
    await this.#make(spec, batch.rows);
    const columns = spec.columns.map(({ name }) => name);
    const write: BulkWrite = { table: spec.name, columns, key: spec.key, onConflict: 'fail' };
    const { syntax, maxPacket } = this.#with.wants;
    const bytes = Math.min(enough, maxPacket - 1);
    if (this.#held.connection.takesArrays) {
      const sql = syntax.bulkInsert(write, 1);
      return this.#lines.write(() => [...arraysOf(batch, bytes)].map((packet) => ({ sql, packet })));
    }
    await this.#lines.write(() => {
      const inserts: BatchInsert[] = [];
      let sql = '';
      let last = 0;
      for (const { rows, packet } of statementsOf(batch, { parameters: capabilities.maxParameters, bytes })) {
        if (rows !== last) sql = syntax.bulkInsert(write, rows);
        last = rows;
        inserts.push({ sql, packet });
      }
      return inserts;
    });
  }

  /** Whoever reads a table while its index is made holds up nothing but the end of that. */
  async publish(): Promise<boolean> {
    await this.#commit();
    await this.#lines.settle();
    await this.#makeRest();
    return true;
  }

  /** A table, when its first rows come: without its indexes where they are many. */
  async #make({ name }: TableSpec, rows: number): Promise<void> {
    if (this.#allMade) return;
    const before = this.#filled.get(name);
    this.#filled.set(name, (before ?? 0) + rows);
    if (before !== undefined) return;
    const { ddl } = this.#with;
    const spec = this.#tables.find((each) => each.name === name)!;
    if (rows >= fewRows) this.#bare.add(name);
    await this.#held.connection.script(rows < fewRows ? ddl.indexedTable(spec) : ddl.bareTable(spec));
  }

  /** The tables that have no rows. */
  async #makeRest(): Promise<void> {
    if (this.#allMade) return;
    this.#allMade = true;
    for (const spec of this.#tables)
      if (!this.#filled.has(spec.name)) await this.#held.connection.script(this.#with.ddl.indexedTable(spec));
  }

  async #begin(): Promise<void> {
    if (this.#open >= 0) return;
    await this.#lines.settle();
    await this.#held.connection.script('START TRANSACTION');
    this.#open = 0;
  }

  async #commit(): Promise<void> {
    if (this.#open >= 0) await this.#held.connection.script('COMMIT');
    this.#open = -1;
  }

  async index(): Promise<void> {
    const { connection } = this.#held;
    const { ddl } = this.#with;
    await this.#commit();
    await this.#lines.settle();
    if (this.#indexed) return;
    // Rows that come from here on are few, and may be unique by an index.
    await this.#lines.end();
    await this.#makeRest();
    // The largest first: who reads meanwhile reads it while its indexes are made.
    const rowsOf = ({ name }: TableSpec): number => this.#filled.get(name)!;
    const bare = this.#tables.filter(({ name }) => this.#bare.has(name));
    bare.sort((one, other) => rowsOf(other) - rowsOf(one));
    for (const sql of bare.flatMap(ddl.indexesOfBare)) await connection.script(sql);
    for (const sql of this.#tables.flatMap(ddl.referencesOfBare)) await connection.script(sql);
    const [broken] = await orphans(this.#connections.session);
    if (broken !== undefined) throw new HoldfastError('REFERENCE_MISSING', `${broken.where}: ${broken.what}`);
    this.#indexed = true;
  }

  async remove({ sql, values }: Query): Promise<void> {
    await this.#begin();
    await this.#held.connection.execute(sql, values);
  }

  async complete(
    recorded: ReadonlyMap<string, bigint>,
  ): Promise<Awaited<ReturnType<LoadTarget['complete']>>> {
    const { connection } = this.#held;
    const { ddl, wants } = this.#with;
    await this.index();
    const capture = (spec: TableSpec): string[] =>
      spec.history === undefined || this.#options.capture === false
        ? []
        : ddl.createCapture(spec, this.#specs);
    await connection.script('SET SESSION foreign_key_checks = 1');
    for (const sql of this.#specs.flatMap(capture)) await connection.script(sql);
    const serials = await this.#serials(recorded);
    const open = await this.#connections.begin({ blind: true });
    let unprobed: Awaited<ReturnType<typeof probe>>;
    try {
      unprobed = await probe(open.session, { syntax: wants.syntax, forms }, this.#tables);
    } finally {
      await open.rollback();
    }
    // Rows that were tried and taken back have used up numbers.
    for (const { table, next } of serials) await connection.script(counter(table, next));
    await this.#leave();
    return { serials, unprobed };
  }

  async #serials(
    recorded: ReadonlyMap<string, bigint>,
  ): Promise<(SerialState & { readonly kept: boolean })[]> {
    const states: (SerialState & { readonly kept: boolean })[] = [];
    for (const { name, columns } of this.#tables)
      for (const { name: column } of columns.filter(({ serial }) => serial)) {
        const sql = `SELECT coalesce(max(${quote(column)}), 0) + 1 FROM ${quote(name)}`;
        const [above] = (await this.#connections.session.get({ sql, bigints: true }, []))!;
        const wanted = recorded.get(name) ?? 1n;
        const next = wanted > (above as bigint) ? wanted : (above as bigint);
        states.push({ table: name, column, next, kept: true });
      }
    return states;
  }

  async abort(): Promise<void> {
    const { connection } = this.#held;
    try {
      await this.#lines.end();
      if (connection.lost) return;
      await connection.script('ROLLBACK; SET SESSION foreign_key_checks = 0');
      for (const { name } of this.#tables.toReversed())
        await connection.script(`DROP TABLE IF EXISTS ${quote(name)}`);
    } finally {
      await this.#leave();
    }
  }

  /** Its settings are not those of the others. */
  async #leave(): Promise<void> {
    this.#held.connection.lost = true;
    await this.#held.release();
  }
}

const counter = (table: string, next: bigint): string =>
  `ALTER TABLE ${quote(table)} AUTO_INCREMENT = ${next}`;
