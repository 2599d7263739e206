// Filling new tables of a PostgreSQL database: COPY in the transaction that makes them, then everything that watches over
// rows, in the same transaction.

import type { StoredRow } from '../../schema/codec.ts';
import type { TableSpec } from '../../schema/spec.ts';
import type { ColumnBatch } from '../column-batch.ts';
import type { OpenTransaction } from '../engine.ts';
import type { Keeps } from '../fit-values.ts';
import { type Load, type LoadOptions, type LoadTarget, loadOf, tableExists } from '../load.ts';
import { probe } from '../probe.ts';
import type { Query, RowSource, SerialState } from '../snapshot.ts';
import { CopyIn } from './copy-in.ts';
import { bareTable, ddl, indexesOfBare, keysOfBare, referencesOfBare } from './ddl.ts';
import { forms, syntax } from './dialect.ts';
import type { CopyFrom } from './driver.ts';
import { tableNames } from './introspect.ts';
import { indexPublished, quickly, withRoom } from './load-indexes.ts';
import { beginMigration } from './migrate.ts';
import type { PostgresConnections, PostgresSession } from './session.ts';
import { rowSource } from './snapshot.ts';

const { quote } = syntax;

export const keeps: Keeps = {
  nulInText: false,
  typed: true,
  brokenText: false,
  infinity: true,
  nan: true,
  endlessTime: true,
  checksJson: true,
  maxBytes: 500_000_000,
};

interface LoadPlace {
  readonly location: string;
  /** Made where it is missing. */
  readonly schema: string | undefined;
  readonly copyFrom: CopyFrom;
}

/**
 * All of it is one transaction: broken off, nothing has happened. Only `publish` commits what there is by then, and indexes
 * are made beside it: tables are dropped from there on where it is broken off, and left by a crash.
 * 1. Makes the tables, bare, and copies rows into them.
 * 2. Makes keys, indexes and references, which checks them; begins capture; sets counters; tries a row on each table.
 * Room: the tables and their indexes.
 */
export const load = (
  connections: PostgresConnections,
  { location, schema, copyFrom }: LoadPlace,
  specs: readonly TableSpec[],
  options: LoadOptions,
): Promise<Load> =>
  loadOf(specs, options, keeps, async (tables) => {
    const begin = async (): Promise<Open> => {
      const open = await beginMigration(connections, schema);
      try {
        await open.session.exec(withRoom);
        return open;
      } catch (error) {
        await open.rollback();
        throw error;
      }
    };
    const open = await begin();
    try {
      const there = await tableNames(open.session);
      for (const { name } of tables) if (there.has(name)) throw tableExists(name, location);
      await open.session.exec(tables.map(bareTable).join(';\n'));
    } catch (error) {
      await open.rollback();
      throw error;
    }
    return new PostgresTarget(
      connections,
      open,
      begin,
      await sourceOf(connections, open.session),
      copyFrom,
      specs,
      tables,
      options,
    );
  });

/** Rows as the transaction of the load sees them. */
async function sourceOf(connections: PostgresConnections, session: PostgresSession): Promise<RowSource> {
  const [pid] = (await session.get({ sql: 'SELECT pg_backend_pid()' }, []))!;
  const connection = await session.on(async (own) => own);
  const cancel = (): Promise<unknown> =>
    connections.session.get({ sql: 'SELECT pg_cancel_backend($1)' }, [pid!]);
  return rowSource(connection, cancel);
}

type Open = OpenTransaction & { readonly session: PostgresSession };

class PostgresTarget implements LoadTarget {
  readonly keeps = keeps;
  readonly journalMark = null;
  readonly #connections: PostgresConnections;
  #open: Open;
  /** The next transaction. */
  readonly #begin: () => Promise<Open>;
  #published = false;
  readonly #copy: CopyIn;
  readonly #specs: readonly TableSpec[];
  readonly #tables: readonly TableSpec[];
  readonly #options: LoadOptions;
  /** Rows of the tables that have some. */
  readonly #filled = new Map<string, number>();
  #indexed = false;
  readonly source: RowSource;

  constructor(
    connections: PostgresConnections,
    open: Open,
    begin: () => Promise<Open>,
    source: RowSource,
    copyFrom: CopyFrom,
    specs: readonly TableSpec[],
    tables: readonly TableSpec[],
    options: LoadOptions,
  ) {
    this.#connections = connections;
    this.#open = open;
    this.#begin = begin;
    this.source = source;
    this.#copy = new CopyIn(copyFrom);
    this.#specs = specs;
    this.#tables = tables;
    this.#options = options;
  }

  write(spec: TableSpec, rows: readonly StoredRow[]): Promise<void> {
    this.#count(spec, rows.length);
    return this.#open.session.on((connection) => this.#copy.rows(connection, spec, rows));
  }

  writeBatch(spec: TableSpec, batch: ColumnBatch): Promise<void> {
    this.#count(spec, batch.rows);
    return this.#open.session.on((connection) => this.#copy.batch(connection, spec, batch));
  }

  #count({ name }: TableSpec, rows: number): void {
    this.#filled.set(name, (this.#filled.get(name) ?? 0) + rows);
  }

  /** Keys are made before: nobody can read a table while it is given one. */
  async publish(): Promise<boolean> {
    if (this.#connections.max < 2) return false;
    const { session, commit } = this.#open;
    await session.on((connection) => this.#copy.end(connection));
    await this.#run(this.#tables.flatMap(keysOfBare));
    // The commit at the end waits for the disk, and with it for all that was written before.
    await session.exec(quickly);
    await commit();
    this.#published = true;
    this.#open = await this.#begin();
    return true;
  }

  /** In one round trip. */
  async #run(statements: readonly string[]): Promise<void> {
    if (statements.length > 0) await this.#open.session.exec(statements.join(';\n'));
  }

  async index(): Promise<void> {
    const { session } = this.#open;
    await session.on((connection) => this.#copy.end(connection));
    if (this.#indexed) return;
    if (this.#published) await indexPublished(this.#connections, this.#tables, this.#filled);
    else {
      await this.#run(this.#tables.flatMap(indexesOfBare));
      await this.#run([...this.#filled.keys()].map((name) => `ANALYZE ${quote(name)}`));
    }
    this.#indexed = true;
  }

  remove({ sql }: Query): Promise<void> {
    return this.#open.session.on(async (connection) => {
      await this.#copy.end(connection);
      await connection.alone(() => connection.script(sql));
    });
  }

  async complete(
    recorded: ReadonlyMap<string, bigint>,
  ): Promise<Awaited<ReturnType<LoadTarget['complete']>>> {
    const { session, commit } = this.#open;
    const early = this.#indexed;
    await this.index();
    const capture = (spec: TableSpec): string[] =>
      spec.history === undefined || this.#options.capture === false
        ? []
        : ddl.createCapture(spec, this.#specs);
    // Checking references takes as long as the tables are; what changed since `index` cannot wait for that.
    const references = this.#tables.flatMap(referencesOfBare);
    const statements = [
      ...(early ? references.map((sql) => `${sql} NOT VALID`) : references),
      ...this.#specs.flatMap(capture),
    ];
    await this.#run(statements);
    await this.#serials(recorded);
    await session.exec('SAVEPOINT holdfast_probe');
    const unprobed = await probe(session, { syntax, forms }, this.#tables);
    await session.exec('ROLLBACK TO SAVEPOINT holdfast_probe');
    // A row that was taken back has used up its number.
    const serials = await this.#serials(recorded);
    await commit();
    return { serials, unprobed };
  }

  async #serials(
    recorded: ReadonlyMap<string, bigint>,
  ): Promise<(SerialState & { readonly kept: boolean })[]> {
    const states: (SerialState & { readonly kept: boolean })[] = [];
    for (const { name, columns } of this.#tables)
      for (const { name: column } of columns.filter(({ serial }) => serial)) {
        const sql = `SELECT setval(pg_get_serial_sequence('${quote(name).replaceAll("'", "''")}', '${column}'),
          greatest((SELECT coalesce(max(${quote(column)}), 0) + 1 FROM ${quote(name)}), $1::bigint), false)`;
        const [next] = (await this.#open.session.get({ sql, bigints: true }, [recorded.get(name) ?? 1n]))!;
        states.push({ table: name, column, next: next as bigint, kept: true });
      }
    return states;
  }

  async abort(): Promise<void> {
    await this.#copy.giveUp();
    await this.#open.rollback();
    if (!this.#published) return;
    const { session, commit } = await this.#begin();
    const names = this.#tables.map(({ name }) => quote(name));
    await session.exec(`DROP TABLE IF EXISTS ${names.join(', ')} CASCADE`);
    await commit();
  }
}

/** One by one, each beside those who write. @throws REFERENCE_MISSING */
export async function checkReferences({ session }: PostgresConnections): Promise<void> {
  const sql = `SELECT r.conrelid::regclass::text, quote_ident(r.conname) FROM pg_catalog.pg_constraint AS r
    JOIN pg_catalog.pg_class AS c ON c.oid = r.conrelid
    WHERE r.contype = 'f' AND NOT r.convalidated AND c.relnamespace = current_schema()::regnamespace`;
  for (const [table, name] of await session.all({ sql }, []))
    await session.exec(`ALTER TABLE ${table} VALIDATE CONSTRAINT ${name}`);
}
