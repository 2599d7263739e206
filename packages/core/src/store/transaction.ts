// Transactions and savepoints: all or nothing, in one place.

import { AsyncLocalStorage } from 'node:async_hooks';
import type { Engine, OpenTransaction, Session, TransactionOptions } from '../engine/engine.ts';
import { throwIfAborted, WriteLock } from '../engine/write-lock.ts';
import { HoldfastError } from '../errors.ts';
import type { AnyTable } from '../schema/table.ts';
import type { Executor } from './executor.ts';
import type { Repository } from './repository.ts';
import { untilSettled } from './until-settled.ts';

/** What the function of a transaction is given. It must not be used after the function has ended. */
export interface Transaction {
  repository<T extends AnyTable>(table: T): Repository<T>;
  /** Runs `work`; if it throws, only what it did is undone. */
  savepoint<R>(work: () => Promise<R>): Promise<R>;
  /** The connection itself, for statements of one's own. */
  readonly session: Session;
  readonly signal: AbortSignal | undefined;
}

type Bind = <T extends AnyTable>(table: T, executor: Executor) => Repository<T>;

/** Where code runs: in a transaction itself, or in a savepoint of it. */
interface Level {
  /** Shared by all levels of a transaction. */
  readonly transaction: { open: boolean };
  readonly depth: number;
  /** Savepoints of one level follow each other: overlapping, one would undo the other's work. */
  readonly savepoints: WriteLock;
}

const topLevel = (): Level => ({ transaction: { open: true }, depth: 0, savepoints: new WriteLock() });

export class Transactions {
  readonly #engine: Engine;
  readonly #bind: Bind;
  readonly #level = new AsyncLocalStorage<Level>();

  constructor(engine: Engine, bind: Bind) {
    this.#engine = engine;
    this.#bind = bind;
  }

  /** Reads and writes outside any transaction. */
  readonly outside: Executor = {
    signal: undefined,
    read: (work) => {
      if (!this.#engine.capabilities.readsBeside) this.refuseInside();
      return this.#engine.read(work);
    },
    once: (work) => {
      this.refuseInside();
      return untilSettled(() => this.#engine.autocommit(work));
    },
    atomic: (work, signal) => this.run((transaction) => work(transaction.session), { signal, blind: true }),
  };

  /**
   * Waits for the write lock, runs `work`, commits; rolls back when it throws.
   * Where several can write at once, work that loses against another transaction is run again from its start.
   * Work that is still running when `work` has ended (one of several at once has failed) is waited for first:
   * it would go on writing outside.
   */
  async run<R>(work: (transaction: Transaction) => Promise<R>, options: TransactionOptions = {}): Promise<R> {
    this.refuseInside();
    return untilSettled(() => this.#once(work, options), options.signal);
  }

  async #once<R>(work: (transaction: Transaction) => Promise<R>, options: TransactionOptions): Promise<R> {
    const open = await this.#engine.begin(options);
    const top = topLevel();
    try {
      const handle = this.#handle(open, options.signal, top);
      const result = await this.#within(top, () => work(handle));
      throwIfAborted(options.signal);
      await open.commit();
      return result;
    } catch (error) {
      await open.rollback();
      throw error;
    }
  }

  /** Runs work that holds a transaction which did not come from here. */
  inside<R>(work: () => Promise<R>): Promise<R> {
    return this.#within(topLevel(), work);
  }

  /** A write beside an open transaction would wait for it, and it for the write. @throws USAGE */
  refuseInside(): void {
    if (this.#level.getStore()?.transaction.open)
      throw new HoldfastError('USAGE', 'a write on the store inside its own transaction never ends', {
        hint: 'Use the repository of the transaction: tx.repository(table)',
      });
  }

  async #within<R>(level: Level, work: () => Promise<R>): Promise<R> {
    try {
      return await this.#level.run(level, async () => work());
    } finally {
      if (level.depth === 0) level.transaction.open = false;
      (await level.savepoints.acquire())();
    }
  }

  #handle(open: OpenTransaction, signal: AbortSignal | undefined, top: Level): Transaction {
    const { session } = open;
    const check = (): void => {
      if (!top.transaction.open)
        throw new HoldfastError('USAGE', 'the transaction has ended: nothing more can be done in it', {
          hint: 'Await everything that its function starts',
        });
      if (!open.alive)
        throw new HoldfastError('DATABASE_FAILED', 'an earlier failure has undone the whole transaction', {
          hint: 'Let the failure end the transaction, then run it again',
        });
      throwIfAborted(signal);
    };
    const savepoint = async <R>(work: () => Promise<R>): Promise<R> => {
      const here = this.#level.getStore();
      const parent = here?.transaction === top.transaction ? here : top;
      const release = await parent.savepoints.acquire(signal);
      const depth = parent.depth + 1;
      const name = `s${depth}`;
      try {
        check();
        await session.run({ sql: `SAVEPOINT ${name}` }, []);
        try {
          const level: Level = { transaction: top.transaction, depth, savepoints: new WriteLock() };
          const result = await this.#within(level, work);
          await session.run({ sql: `RELEASE SAVEPOINT ${name}` }, []);
          return result;
        } catch (error) {
          await undo(session, name);
          throw error;
        }
      } finally {
        release();
      }
    };
    const direct: Executor['read'] = async (work) => {
      check();
      return work(session);
    };
    const executor: Executor = {
      signal,
      read: direct,
      once: direct,
      atomic: (work) => savepoint(() => work(session)),
    };
    return { repository: (table) => this.#bind(table, executor), savepoint, session, signal };
  }
}

/** Goes back to a savepoint; after a full disk there is none left, and the transaction is over anyway. */
async function undo(session: Session, name: string): Promise<void> {
  try {
    await session.run({ sql: `ROLLBACK TO SAVEPOINT ${name}` }, []);
    await session.run({ sql: `RELEASE SAVEPOINT ${name}` }, []);
  } catch {
    // The first failure is the one worth telling.
  }
}
