// One writing connection, several reading ones, and the lock in front of the writer.

import type { DatabaseSync } from 'node:sqlite';
import { HoldfastError } from '../../errors.ts';
import type { StoredRow, StoredValue } from '../../schema/codec.ts';
import type { OpenTransaction, Session, Statement, TransactionOptions } from '../engine.ts';
import { type Release, WriteLock } from '../write-lock.ts';
import { whenFree } from './busy.ts';
import { beginFolded } from './folded.ts';
import { fileId, handleOf } from './open-files.ts';
import { SqliteSession } from './session.ts';

/** Reading connections kept for streams; a plain read needs only the shared one. */
const spareReaders = 3;

/** Page cache beside pages that are read from the file, in KiB: what is read by it is read once. */
const foldedCacheKib = 2_048;

/** For how long a state of which the file has everything is waited for. */
const longestWaitMs = 500;

export interface SqliteSnapshot {
  readonly session: Session;
  /** A handle of the database file; it alone is the state while it is held. */
  readonly file?: number | undefined;
  readonly close: () => Promise<void>;
}

export interface ConnectionsOptions {
  readonly path: string;
  readonly busyTimeoutMs: number;
  readonly writer: SqliteSession;
  /** Opens a reading connection, or undefined where a second one would be another database. */
  readonly openReader: ((stream?: Session['stream']) => SqliteSession) | undefined;
}

export class SqliteConnections {
  readonly #options: ConnectionsOptions;
  readonly #lock = new WriteLock();
  readonly #idle: SqliteSession[] = [];
  readonly #lent = new Set<SqliteSession>();
  #reader: SqliteSession | undefined;
  /** Which file the connections are open on. */
  readonly #fileId: string | undefined;
  #closed = false;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    if (options.openReader !== undefined) this.#fileId = fileId(options.path);
  }

  /** False where readers would be another database: then reads wait for the writer. */
  get readsBeside(): boolean {
    return this.#options.openReader !== undefined;
  }

  get counts(): { readonly open: number; readonly idle: number } {
    const idle = this.#idle.length;
    return { open: (this.#reader === undefined ? 1 : 2) + idle + this.#lent.size, idle };
  }

  /** Plain reads share one connection: each ends before the event loop turns, so none can interleave. */
  async read<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const { openReader, writer, path } = this.#options;
    if (this.#reader === undefined) {
      this.#checkOpen();
      this.#reader =
        openReader?.((...query) => this.#stream(...query)) ??
        new SqliteSession(writer.db, path, (...query) => this.#streamWhole(...query));
    }
    const reader = this.#reader;
    return openReader === undefined ? this.autocommit(() => work(reader)) : work(reader);
  }

  async autocommit<T>(work: (session: Session) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    const release = await this.#lock.acquire(options.signal);
    try {
      this.#checkOpen();
      const { writer, busyTimeoutMs } = this.#options;
      const result = await whenFree(() => work(writer), busyTimeoutMs, options.signal);
      writer.end();
      return result;
    } catch (error) {
      rollBack(this.#options.writer.db);
      throw error;
    } finally {
      this.#options.writer.journal?.forget();
      release();
    }
  }

  async begin({ signal }: TransactionOptions = {}): Promise<OpenTransaction> {
    const { writer: session, busyTimeoutMs } = this.#options;
    const begin = { sql: 'BEGIN IMMEDIATE' };
    const release = await this.#lock.acquire(signal);
    try {
      this.#checkOpen();
      await whenFree(() => session.run(begin, []), busyTimeoutMs, signal);
    } catch (error) {
      release();
      throw error;
    }
    let ended = false;
    const end = async (work: () => Promise<unknown>): Promise<void> => {
      // After a failed COMMIT the lock is gone, and an open transaction is somebody else's.
      if (ended) return;
      ended = true;
      try {
        await work();
      } finally {
        rollBack(session.db);
        session.journal?.forget();
        release();
      }
    };
    const commit = (): Promise<void> =>
      end(async () => {
        session.credit();
        await session.run({ sql: 'COMMIT' }, []);
      });
    return {
      session,
      get alive() {
        return session.db.isTransaction;
      },
      commit,
      rollback: () => end(async () => {}),
    };
  }

  /**
   * One state of the database, for as many reads as are needed; elsewhere writes go on.
   * @param folded whether its pages are to be read from the file, where that can be had without waiting long
   * @returns with the file, where it alone has the state
   */
  async snapshot(folded = false): Promise<SqliteSnapshot> {
    const { openReader, writer } = this.#options;
    if (openReader === undefined) {
      const { session, rollback } = await this.begin();
      return { session, close: rollback };
    }
    this.#checkOpen();
    const session = this.#idle.pop() ?? openReader();
    this.#lent.add(session);
    const [cache] = (await session.get({ sql: 'PRAGMA cache_size' }, []))! as [number];
    if (folded) await session.exec(`PRAGMA cache_size=${Math.max(cache, -foldedCacheKib)}`);
    const begin = async (): Promise<void> => {
      await session.exec('BEGIN');
      // The first read takes the state.
      if (folded) await session.get({ sql: 'SELECT count(*) FROM sqlite_schema' }, []);
    };
    const isFolded = folded && (await this.#undisturbed(() => beginFolded(writer, begin)));
    if (!session.db.isTransaction) await begin();
    return {
      session,
      file: isFolded && this.#fileId !== undefined ? handleOf(this.#fileId) : undefined,
      close: async () => {
        if (!this.#lent.delete(session)) return;
        rollBack(session.db);
        if (this.#closed || this.#idle.length >= spareReaders) return session.close();
        session.db.exec(`PRAGMA cache_size=${cache}`);
        this.#idle.push(session);
      },
    };
  }

  /** Work while nobody here writes; undefined where somebody does so at length. */
  async #undisturbed<T>(work: () => Promise<T>): Promise<T | undefined> {
    let release: Release;
    try {
      release = await this.#lock.acquire(AbortSignal.timeout(longestWaitMs));
    } catch {
      return undefined;
    }
    try {
      this.#checkOpen();
      return await work();
    } catch {
      // Whoever reads without it meets the same, and tells of it.
      return undefined;
    } finally {
      release();
    }
  }

  /**
   * The writer, alone: readers of this process are closed until they are needed again, and nobody here writes.
   * @throws DATABASE_BUSY while something is read at length
   */
  async takeOver(): Promise<{ readonly session: SqliteSession; readonly release: () => void }> {
    const release = await this.#lock.acquire();
    try {
      this.#checkOpen();
      if (this.#lent.size > 0)
        throw new HoldfastError('DATABASE_BUSY', `${this.#options.path} is still being read here`);
      for (const session of [this.#reader, ...this.#idle.splice(0)]) session?.close();
      this.#reader = undefined;
      return { session: this.#options.writer, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw new HoldfastError('DATABASE_CLOSED', `${this.#options.path} is closed`);
  }

  /** A statement that stays open across turns gets a connection of its own. */
  async *#stream(
    statement: Statement,
    params: readonly StoredValue[],
    rows: number,
  ): AsyncGenerator<StoredRow[]> {
    this.#checkOpen();
    const session = this.#idle.pop() ?? this.#options.openReader!();
    this.#lent.add(session);
    try {
      yield* session.stream(statement, params, rows);
    } finally {
      this.#lent.delete(session);
      if (this.#closed || this.#idle.length >= spareReaders) session.close();
      else this.#idle.push(session);
    }
  }

  /** The same where a second connection cannot be had: the whole result, read at once. */
  async *#streamWhole(
    statement: Statement,
    params: readonly StoredValue[],
    rows: number,
  ): AsyncGenerator<StoredRow[]> {
    const all = await this.autocommit((session) => session.all(statement, params));
    for (let start = 0; start < all.length; start += rows) yield all.slice(start, start + rows);
  }

  /** Waits for the running write, then closes; the writer last, so that SQLite folds the log into the file. */
  async close(): Promise<void> {
    const release = await this.#lock.acquire();
    this.#closed = true;
    for (const session of [this.#reader, ...this.#idle, ...this.#lent]) session?.close();
    this.#options.writer.close();
    release();
  }
}

/**
 * Ends a transaction, if it is still open: a COMMIT that failed leaves it so, a full disk may have ended it.
 * Where even this fails, closing ends it.
 */
function rollBack(db: DatabaseSync): void {
  try {
    if (db.isOpen && db.isTransaction) db.exec('ROLLBACK');
  } catch {
    // The first failure is the one worth telling.
  }
}
