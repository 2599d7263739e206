// The connections of a store: lent for one statement, for a transaction, or for a stream.

import type { Pool, PoolClient } from 'pg';
import { HoldfastError } from '../../errors.ts';
import type { OpenTransaction, TransactionOptions } from '../engine.ts';
import type { Release } from '../write-lock.ts';
import { PostgresConnection } from './connection.ts';
import type { CopyFrom } from './driver.ts';
import { type Place, translate } from './errors.ts';
import type { Step } from './exchange.ts';
import { type Lender, PostgresSession } from './session.ts';
import { Slots } from './slots.ts';

export interface ConnectionsOptions {
  readonly pool: Pool;
  readonly copyFrom: CopyFrom;
  readonly place: Place;
  /** Most connections. */
  readonly max: number;
  /** How long to wait for a free one, in milliseconds. */
  readonly acquireTimeoutMs: number;
}

interface Lent {
  readonly connection: PostgresConnection;
  readonly release: Release;
}

export class PostgresConnections implements Lender {
  readonly #options: ConnectionsOptions;
  readonly #slots: Slots;
  /** Transactions leave a connection for the reads that go on beside them. */
  readonly #transactions: Slots;
  readonly #known = new WeakMap<PoolClient, PostgresConnection>();
  readonly #running = new Set<Promise<void>>();
  readonly #streams = new Set<Lent>();
  /** Each statement of it takes the next free connection. */
  readonly session: PostgresSession;
  #closing: Promise<void> | undefined;

  constructor(options: ConnectionsOptions) {
    const { max, acquireTimeoutMs, place, copyFrom } = options;
    this.#options = options;
    this.#slots = new Slots(max, `${place.location}, connections (pool_max ${max})`, acquireTimeoutMs);
    const most = Math.max(1, max - 1);
    this.#transactions = new Slots(
      most,
      `${place.location}, transactions at once (${most})`,
      acquireTimeoutMs,
    );
    this.session = new PostgresSession(this, copyFrom, false);
  }

  /** Connections by what they do now. */
  get counts(): { readonly open: number; readonly idle: number } {
    const { totalCount: open, idleCount: idle } = this.#options.pool;
    return { open, idle };
  }

  async lend<R>(work: (connection: PostgresConnection) => Promise<R>, repeatable = false): Promise<R> {
    const ended = this.#start();
    try {
      for (let again = repeatable; ; again = false) {
        const { connection, release } = await this.#take();
        try {
          return await work(connection);
        } catch (error) {
          // It was lost while it lay idle; what only reads can ask once more.
          if (!connection.lost || !again) throw error;
        } finally {
          release();
        }
      }
    } finally {
      ended();
    }
  }

  async *lendLong<R>(work: (connection: PostgresConnection) => AsyncGenerator<R>): AsyncGenerator<R> {
    this.#checkOpen();
    const lent = await this.#take();
    this.#streams.add(lent);
    const { connection, release } = lent;
    try {
      connection.begin({ sql: 'BEGIN READ ONLY' });
      yield* work(connection);
    } catch (error) {
      if (this.#closing === undefined) throw error;
      throw this.#closed();
    } finally {
      await this.#rollback(connection);
      this.#streams.delete(lent);
      release();
    }
  }

  async whole<R>(work: (connection: PostgresConnection) => Promise<R>): Promise<R> {
    return this.lend(async (connection) => {
      connection.begin({ sql: 'BEGIN' });
      try {
        const result = await work(connection);
        await this.#commit(connection);
        return result;
      } catch (error) {
        await this.#rollback(connection);
        throw error;
      }
    });
  }

  begin({ signal, blind }: TransactionOptions = {}): Promise<OpenTransaction> {
    const level = blind ? 'READ COMMITTED' : 'SERIALIZABLE';
    return this.#begin([{ sql: `BEGIN ISOLATION LEVEL ${level}` }], signal);
  }

  /** Under a lock that ends with the transaction; what was committed before the lock was had is seen. */
  async beginMigration(schema: string | undefined): Promise<OpenTransaction> {
    const open = await this.#begin([{ sql: 'BEGIN ISOLATION LEVEL READ COMMITTED' }], undefined);
    try {
      const name = schema === undefined ? 'current_schema()' : '$1';
      const lock = { sql: `SELECT pg_advisory_xact_lock(1214606180, hashtext(${name}))` };
      await open.session.run(lock, schema === undefined ? [] : [schema]);
      if (schema !== undefined)
        await open.session.exec(`CREATE SCHEMA IF NOT EXISTS "${schema.replaceAll('"', '""')}"`);
      return open;
    } catch (error) {
      await open.rollback();
      throw error;
    }
  }

  async #begin(steps: readonly Step[], signal: AbortSignal | undefined): Promise<OpenTransaction> {
    const ended = this.#start();
    const releases: Release[] = [ended];
    const release = (): void => {
      for (const each of releases.toReversed()) each();
    };
    try {
      releases.push(await this.#transactions.acquire(signal));
      const lent = await this.#take(signal);
      releases.push(lent.release);
      lent.connection.begin(...steps);
      return this.#transaction(lent.connection, release);
    } catch (error) {
      release();
      throw error;
    }
  }

  #transaction(connection: PostgresConnection, release: Release): OpenTransaction {
    const lender: Lender = {
      lend: (work) => work(connection),
      lendLong: (work) => work(connection),
      whole: (work) => work(connection),
    };
    let open = true;
    const end = async (work: () => Promise<void>): Promise<void> => {
      if (!open) return;
      open = false;
      try {
        await work();
      } finally {
        release();
      }
    };
    return {
      session: new PostgresSession(lender, this.#options.copyFrom, true),
      get alive() {
        return open && connection.alive;
      },
      commit: () => end(() => this.#commit(connection)),
      rollback: () => end(() => this.#rollback(connection)),
    };
  }

  async #commit(connection: PostgresConnection): Promise<void> {
    const wasLost = connection.lost;
    try {
      const command = await connection.end('COMMIT');
      if (command === 'COMMIT') return;
    } catch (error) {
      if (wasLost || !connection.lost) throw error;
      throw new HoldfastError(
        'DATABASE_UNREACHABLE',
        `${this.#options.place.location} was lost during COMMIT: whether it is stored is not known`,
        { hint: 'Look whether the records are there before you repeat the work', cause: error },
      );
    }
    throw new HoldfastError('DATABASE_FAILED', 'an earlier failure has undone the whole transaction');
  }

  async #rollback(connection: PostgresConnection): Promise<void> {
    try {
      if (!connection.lost) await connection.end('ROLLBACK');
    } catch {
      // The first failure is the one worth telling; the server takes back what a lost connection has begun.
      connection.lost = true;
    }
  }

  async #take(signal?: AbortSignal | undefined): Promise<Lent> {
    const free = await this.#slots.acquire(signal);
    const { pool, place } = this.#options;
    let client: PoolClient;
    try {
      client = await pool.connect();
    } catch (error) {
      free();
      throw translate(error, place);
    }
    let connection = this.#known.get(client);
    if (connection === undefined) {
      connection = new PostgresConnection(client, place);
      this.#known.set(client, connection);
    }
    const lent = connection;
    let released = false;
    const release = (): void => {
      if (released) return;
      released = true;
      client.release(lent.lost);
      free();
    };
    return { connection, release };
  }

  #start(): Release {
    this.#checkOpen();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#running.add(promise);
    return () => {
      this.#running.delete(promise);
      resolve();
    };
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw this.#closed();
  }

  #closed(): HoldfastError {
    return new HoldfastError('DATABASE_CLOSED', `${this.#options.place.location} is closed`);
  }

  /** Waits for what runs, ends open streams, then closes. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      for (const { connection, release } of this.#streams) {
        connection.lost = true;
        release();
      }
      while (this.#running.size > 0) await Promise.all(this.#running);
      await this.#options.pool.end();
    })();
    return this.#closing;
  }
}
