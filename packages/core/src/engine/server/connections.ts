// The connections of a store to a server: lent for one statement, for a transaction, or for a stream.

import { HoldfastError } from '../../errors.ts';
import type { OpenTransaction, Session, TransactionOptions } from '../engine.ts';
import type { Release } from '../write-lock.ts';
import { Slots } from './slots.ts';

/** What a transaction is for: apart from all others, writes that depend on no read, or reads of one state. */
export type TransactionKind = 'serializable' | 'blind' | 'snapshot';

/** One connection, as an engine wraps its driver's. */
export interface Connection {
  /** The server has gone, or somebody has ended the connection. */
  lost: boolean;
  /** False after a failure that has ended the transaction. */
  readonly alive: boolean;
  /** The transaction begins with the next statement. */
  begin(kind: TransactionKind): void;
  /** Ends it; one that never sent a statement has nothing to end. @returns false where an earlier failure has undone it */
  end(command: 'COMMIT' | 'ROLLBACK'): Promise<boolean>;
}

/** Where a session gets the connection for a statement. */
export interface Lender<C extends Connection> {
  /** @param repeatable whether the work may be done again on another connection when its own was lost */
  lend<R>(work: (connection: C) => Promise<R>, repeatable?: boolean): Promise<R>;
  /** A connection in a transaction that may take its time. */
  lendLong<R>(work: (connection: C) => AsyncGenerator<R>): AsyncGenerator<R>;
  /** Runs work as a whole: in the transaction that is open anyway, or in one of its own. */
  whole<R>(work: (connection: C) => Promise<R>): Promise<R>;
}

/** The driver's pool. */
export interface ConnectionPool<C extends Connection> {
  readonly counts: { readonly open: number; readonly idle: number };
  /** @throws errors of the table */
  take(): Promise<C>;
  /** Takes it back, or ends it where it is lost. */
  give(connection: C): void;
  close(): Promise<void>;
}

export interface ConnectionsOptions<C extends Connection, S extends Session> {
  readonly pool: ConnectionPool<C>;
  /** @param inTransaction a statement that fails is taken back alone */
  readonly sessionOf: (lender: Lender<C>, inTransaction: boolean) => S;
  /** Names the database in messages. */
  readonly location: string;
  /** Most connections. */
  readonly max: number;
  /** How long to wait for a free one, in milliseconds. */
  readonly acquireTimeoutMs: number;
}

interface Lent<C> {
  readonly connection: C;
  readonly release: Release;
}

export class Connections<C extends Connection, S extends Session> implements Lender<C> {
  readonly #options: ConnectionsOptions<C, S>;
  readonly #slots: Slots;
  /** Transactions leave a connection for the reads that go on beside them. */
  readonly #transactions: Slots;
  readonly #running = new Set<Promise<void>>();
  readonly #streams = new Set<Lent<C>>();
  /** Each statement of it takes the next free connection. */
  readonly session: S;
  /** Most connections. */
  readonly max: number;
  #closing: Promise<void> | undefined;

  constructor(options: ConnectionsOptions<C, S>) {
    const { max, acquireTimeoutMs, location } = options;
    this.#options = options;
    this.max = max;
    this.#slots = new Slots(max, `${location}, connections (pool_max ${max})`, acquireTimeoutMs);
    const most = Math.max(1, max - 1);
    this.#transactions = new Slots(most, `${location}, transactions at once (${most})`, acquireTimeoutMs);
    this.session = options.sessionOf(this, false);
  }

  /** Connections by what they do now. */
  get counts(): { readonly open: number; readonly idle: number } {
    return this.#options.pool.counts;
  }

  async lend<R>(work: (connection: C) => Promise<R>, repeatable = false): Promise<R> {
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

  async *lendLong<R>(work: (connection: C) => AsyncGenerator<R>): AsyncGenerator<R> {
    this.#checkOpen();
    const lent = await this.#take();
    this.#streams.add(lent);
    const { connection, release } = lent;
    try {
      connection.begin('snapshot');
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

  async whole<R>(work: (connection: C) => Promise<R>): Promise<R> {
    return this.lend(async (connection) => {
      connection.begin('blind');
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

  async begin({
    signal,
    blind,
  }: TransactionOptions = {}): Promise<OpenTransaction & { readonly session: S }> {
    const ended = this.#start();
    const releases: Release[] = [ended];
    const release = (): void => {
      for (const each of releases.toReversed()) each();
    };
    try {
      releases.push(await this.#transactions.acquire(signal));
      const lent = await this.#take(signal);
      releases.push(lent.release);
      lent.connection.begin(blind ? 'blind' : 'serializable');
      return this.#transaction(lent.connection, release);
    } catch (error) {
      release();
      throw error;
    }
  }

  #transaction(connection: C, release: Release): OpenTransaction & { readonly session: S } {
    const lender: Lender<C> = {
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
      session: this.#options.sessionOf(lender, true),
      get alive() {
        return open && connection.alive;
      },
      commit: () => end(() => this.#commit(connection)),
      rollback: () => end(() => this.#rollback(connection)),
    };
  }

  async #commit(connection: C): Promise<void> {
    const wasLost = connection.lost;
    let committed: boolean;
    try {
      committed = await connection.end('COMMIT');
    } catch (error) {
      if (wasLost || !connection.lost) throw error;
      throw new HoldfastError(
        'DATABASE_UNREACHABLE',
        `${this.#options.location} was lost during COMMIT: whether it is stored is not known`,
        { hint: 'Look whether the records are there before you repeat the work', cause: error },
      );
    }
    if (!committed)
      throw new HoldfastError('DATABASE_FAILED', 'an earlier failure has undone the whole transaction');
  }

  async #rollback(connection: C): Promise<void> {
    try {
      if (!connection.lost) await connection.end('ROLLBACK');
    } catch {
      // The first failure is the one worth telling; the server takes back what a lost connection has begun.
      connection.lost = true;
    }
  }

  async #take(signal?: AbortSignal | undefined): Promise<Lent<C>> {
    const free = await this.#slots.acquire(signal);
    const { pool } = this.#options;
    let connection: C;
    try {
      connection = await pool.take();
    } catch (error) {
      free();
      throw error;
    }
    let released = false;
    const release = (): void => {
      if (released) return;
      released = true;
      pool.give(connection);
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
    return new HoldfastError('DATABASE_CLOSED', `${this.#options.location} is closed`);
  }

  /** Waits for what runs, ends open streams, then closes. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      for (const { connection, release } of this.#streams) {
        connection.lost = true;
        release();
      }
      while (this.#running.size > 0) await Promise.all(this.#running);
      await this.#options.pool.close();
    })();
    return this.#closing;
  }
}
