// Filling new tables of a PostgreSQL database: COPY in the transaction that makes them, then everything that watches over
// rows, in the same transaction.

import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import type { StoredRow, StoredValue } from '../../schema/codec.ts';
import type { TableSpec } from '../../schema/spec.ts';
import type { OpenTransaction } from '../engine.ts';
import type { Keeps } from '../fit-values.ts';
import { type Load, type LoadOptions, type LoadTarget, loadOf, tableExists } from '../load.ts';
import { probe } from '../probe.ts';
import type { SerialState } from '../snapshot.ts';
import type { PostgresConnection } from './connection.ts';
import { copyLine } from './copy.ts';
import { bareTable, ddl, indexesOfBare, referencesOfBare } from './ddl.ts';
import { forms, syntax } from './dialect.ts';
import type { CopyFrom } from './driver.ts';
import { hasTable } from './introspect.ts';
import { beginMigration } from './migrate.ts';
import type { PostgresConnections, PostgresSession } from './session.ts';
import { exactInstantText, instantText } from './values.ts';

const { quote } = syntax;

const keeps: Keeps = {
  nulInText: false,
  typed: true,
  brokenText: false,
  infinity: true,
  nan: true,
  endlessTime: true,
  checksJson: true,
  maxBytes: 500_000_000,
};

/** Characters sent between two turns of the event loop. */
const charactersPerTurn = 1 << 16;

interface LoadPlace {
  readonly location: string;
  /** Made where it is missing. */
  readonly schema: string | undefined;
  readonly copyFrom: CopyFrom;
}

/**
 * All of it is one transaction: broken off, nothing has happened.
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
    const open = await beginMigration(connections, schema);
    try {
      for (const { name } of tables)
        if (await hasTable(open.session, name)) throw tableExists(name, location);
      await open.session.exec(
        `SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0;
        SELECT set_config('maintenance_work_mem', '64MB', true) WHERE pg_size_bytes(current_setting('maintenance_work_mem')) < 67108864`,
      );
      for (const spec of tables) await open.session.exec(bareTable(spec));
    } catch (error) {
      await open.rollback();
      throw error;
    }
    return new PostgresTarget(open, copyFrom, specs, tables, options);
  });

class PostgresTarget implements LoadTarget {
  readonly keeps = keeps;
  readonly journalMark = null;
  readonly #open: OpenTransaction & { readonly session: PostgresSession };
  readonly #copyFrom: CopyFrom;
  readonly #specs: readonly TableSpec[];
  readonly #tables: readonly TableSpec[];
  readonly #options: LoadOptions;
  #copying:
    | { readonly table: string; readonly stream: Writable; readonly ended: Promise<unknown> }
    | undefined;
  #refused: unknown;

  constructor(
    open: OpenTransaction & { readonly session: PostgresSession },
    copyFrom: CopyFrom,
    specs: readonly TableSpec[],
    tables: readonly TableSpec[],
    options: LoadOptions,
  ) {
    this.#open = open;
    this.#copyFrom = copyFrom;
    this.#specs = specs;
    this.#tables = tables;
    this.#options = options;
  }

  write(spec: TableSpec, rows: readonly StoredRow[]): Promise<void> {
    return this.#open.session.on(async (connection) => {
      const { stream, ended } = await this.#copyTo(connection, spec);
      const of = (wanted: string): number[] =>
        spec.columns.flatMap(({ kind }, index) => (kind === wanted ? [index] : []));
      const [instants, reals] = [of('instant'), of('real')];
      let text = '';
      const send = async (): Promise<void> => {
        if (this.#refused !== undefined) throw connection.failure(this.#refused);
        if (!stream.write(text)) await Promise.race([once(stream, 'drain'), ended]);
        else await turn();
        text = '';
      };
      try {
        for (const row of rows) {
          for (const at of instants) row[at] = instantOf(row[at]!);
          for (const at of reals) if (Object.is(row[at], -0)) row[at] = '-0';
          text += copyLine(row);
          if (text.length >= charactersPerTurn) await send();
        }
        await send();
      } catch (error) {
        throw connection.failure(this.#refused ?? error);
      }
    });
  }

  async #copyTo(
    connection: PostgresConnection,
    spec: TableSpec,
  ): Promise<{ stream: Writable; ended: Promise<unknown> }> {
    if (this.#copying?.table === spec.name) return this.#copying;
    await this.#endCopy(connection);
    const columns = spec.columns.map(({ name }) => quote(name)).join(', ');
    const stream = connection.client.query(
      this.#copyFrom(`COPY ${quote(spec.name)} (${columns}) FROM STDIN (FREEZE)`),
    );
    const ended = once(stream, 'finish');
    // What the server says, whenever it comes.
    ended.catch((error: unknown) => {
      this.#refused = error;
    });
    this.#copying = { table: spec.name, stream, ended };
    return this.#copying;
  }

  async #endCopy(connection: PostgresConnection): Promise<void> {
    const copying = this.#copying;
    this.#copying = undefined;
    if (copying === undefined) return;
    try {
      copying.stream.end();
      await copying.ended;
    } catch (error) {
      throw connection.failure(error);
    }
  }

  async complete(
    recorded: ReadonlyMap<string, bigint>,
  ): Promise<Awaited<ReturnType<LoadTarget['complete']>>> {
    const { session, commit } = this.#open;
    await session.on((connection) => this.#endCopy(connection));
    const capture = (spec: TableSpec): string[] =>
      spec.history === undefined || this.#options.capture === false
        ? []
        : ddl.createCapture(spec, this.#specs);
    const statements = [
      ...this.#tables.flatMap(indexesOfBare),
      ...this.#tables.flatMap(referencesOfBare),
      ...this.#specs.flatMap(capture),
      ...this.#tables.map(({ name }) => `ANALYZE ${quote(name)}`),
    ];
    for (const sql of statements) await session.exec(sql);
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
    const copying = this.#copying;
    this.#copying = undefined;
    if (copying !== undefined && this.#refused === undefined) {
      // The server is told, and takes back what it was sent.
      const closed = once(copying.stream, 'close').catch(() => undefined);
      copying.stream.destroy(new Error('given up'));
      await closed;
    }
    await this.#open.rollback();
  }
}

const instantOf = (value: StoredValue): StoredValue =>
  typeof value === 'number'
    ? instantText(value)
    : typeof value === 'bigint'
      ? exactInstantText(value)
      : value;
