// One connection to the server while it is lent out: exchanges one after another, and the transaction it is in.

import type { PoolClient } from 'pg';
import { HoldfastError } from '../../errors.ts';
import type { Journal } from '../journal.ts';
import type { Connection, TransactionKind } from '../server/connections.ts';
import { WriteLock } from '../write-lock.ts';
import { isLost, type Place, translate } from './errors.ts';
import { Exchange, type Step, type StepResult } from './exchange.ts';
import { PostgresJournal } from './journal.ts';
import { DescribeParameters } from './parameter-types.ts';
import { Statements } from './statements.ts';

const beginnings: Readonly<Record<TransactionKind, Step>> = {
  serializable: { sql: 'BEGIN ISOLATION LEVEL SERIALIZABLE' },
  blind: { sql: 'BEGIN ISOLATION LEVEL READ COMMITTED' },
  snapshot: { sql: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY' },
};
const save: Step = { sql: 'SAVEPOINT holdfast_statement' };
const release: Step = { sql: 'RELEASE SAVEPOINT holdfast_statement' };
const undo: Step = { sql: 'ROLLBACK TO SAVEPOINT holdfast_statement' };
const none: readonly Step[] = [];

export class PostgresConnection implements Connection {
  readonly client: PoolClient;
  readonly #place: Place;
  readonly #statements = new Statements();
  readonly #lock = new WriteLock();
  readonly #journal: PostgresJournal | undefined;
  /** A transaction begins with its first statement. */
  #beginning: Step | undefined;
  /** From `begin` to `end`. */
  #inTransaction = false;
  lost = false;

  constructor(client: PoolClient, place: Place, journal?: Journal) {
    this.client = client;
    this.#place = place;
    this.#journal = journal && new PostgresJournal(journal);
    client.on('error', () => {
      this.lost = true;
    });
  }

  /** False after a failure that only ROLLBACK ends. */
  get alive(): boolean {
    return !this.lost && this.client.getTransactionStatus() !== 'E';
  }

  begin(kind: TransactionKind): void {
    this.#beginning = beginnings[kind];
    this.#inTransaction = true;
  }

  async end(command: 'COMMIT' | 'ROLLBACK'): Promise<boolean> {
    const begun = this.#beginning === undefined;
    this.#beginning = undefined;
    const credit = command === 'COMMIT' && this.alive ? (this.#journal?.credit() ?? none) : none;
    try {
      if (!begun) return true;
      const results = await this.exchange([...credit, { sql: command }]);
      return results.at(-1)!.command === command;
    } catch (error) {
      // Where it could not be credited, the commit was never tried. The failure may come before the word that the
      // transaction is still open, so that is not asked.
      if (!this.lost) await this.exchange([{ sql: 'ROLLBACK' }]).catch(() => undefined);
      throw error;
    } finally {
      this.#inTransaction = false;
      this.#journal?.forget();
    }
  }

  /** @throws errors of the table */
  exchange(steps: readonly Step[]): Promise<StepResult[]> {
    return this.alone(() => this.send(steps));
  }

  /**
   * Sends a statement that may fail without ending the transaction: the server takes back only what it did.
   * @throws errors of the table
   */
  guarded(steps: readonly Step[]): Promise<StepResult[]> {
    return this.alone(async () => {
      try {
        return (await this.send([save, ...steps, release])).slice(1, -1);
      } catch (error) {
        if (!this.lost) await this.send([undo, release]).catch(() => undefined);
        throw error;
      }
    });
  }

  /** Runs work of several exchanges that no other may come between. */
  async alone<R>(work: () => Promise<R>): Promise<R> {
    const free = await this.#lock.acquire();
    try {
      return await work();
    } finally {
      free();
    }
  }

  /** @throws errors of the table; a transaction goes on after them */
  parameterTypes(sql: string): Promise<readonly number[]> {
    return this.alone(async () => {
      await this.ready();
      const inside = this.client.getTransactionStatus() === 'T';
      if (inside) await this.send([save]);
      try {
        const asked = new DescribeParameters(sql);
        this.client.query(asked);
        const types = await asked.types;
        if (inside) await this.send([release]);
        return types;
      } catch (error) {
        if (inside && !this.lost) await this.send([undo, release]).catch(() => undefined);
        throw this.failure(error);
      }
    });
  }

  /** Sends at once; only from inside `alone`. */
  async send(steps: readonly Step[]): Promise<StepResult[]> {
    for (const { values } of steps)
      if (values !== undefined && values.length > 65_535)
        throw new HoldfastError('QUERY_INVALID', 'the query has more values than a statement can carry', {
          hint: 'Ask in several parts of at most 65,535 values',
        });
    const ahead = this.#beginning === undefined ? none : [this.#beginning];
    this.#beginning = undefined;
    if (this.#inTransaction) this.#journal?.note(steps);
    const behind = this.#inTransaction ? none : (this.#journal?.behind(steps) ?? none);
    const all = ahead.length + behind.length > 0 ? [...ahead, ...steps, ...behind] : steps;
    const exchange = new Exchange(all, this.#statements);
    try {
      this.client.query(exchange);
      const results = await exchange.results;
      return all === steps ? results : results.slice(ahead.length, ahead.length + steps.length);
    } catch (error) {
      throw this.failure(error);
    }
  }

  /** Begins the transaction now, for a statement that does not go through `send`; only from inside `alone`. */
  async ready(sql = ''): Promise<void> {
    if (this.#inTransaction) this.#journal?.note([{ sql }]);
    if (this.#beginning !== undefined) await this.send([]);
  }

  /** Runs several statements without parameters or results; only from inside `alone`. */
  async script(sql: string): Promise<void> {
    await this.ready(sql);
    const text = this.#inTransaction ? sql : (this.#journal?.script(sql) ?? sql);
    try {
      await this.client.query(text);
    } catch (error) {
      throw this.failure(error);
    }
  }

  /** The error of the table for what the driver threw; notes when the connection is of no more use. */
  failure(error: unknown): Error {
    if (isLost(error)) this.lost = true;
    return translate(error, this.#place);
  }
}
