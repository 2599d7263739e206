// A transaction that changes tracked tables: its number stands in a variable of the session, where the triggers find
// it, and whose it is and why is stored with its commit. Neither takes a turn of its own on the line.

import { randomBytes } from 'node:crypto';
import type { Journal } from '../journal.ts';
import { momentSql } from './moment.ts';

/** Variables outlive their transaction: whoever has the connection next must not be credited with it. */
const disarm = 'SET @holdfast_txn = NULL';
/** Takes back what could not be committed. */
export const undo = `ROLLBACK; ${disarm}`;

export class MysqlJournal {
  readonly #journal: Journal | undefined;
  #txn: bigint | undefined;

  constructor(journal: Journal | undefined) {
    this.#journal = journal;
  }

  /** Before the first tracked change of a transaction. @returns nothing where it is armed already */
  arm(): string | undefined {
    if (this.#txn !== undefined) return undefined;
    this.#txn = randomBytes(8).readBigUInt64LE() >> 1n;
    // The triggers of the store's transactions count on its time zone.
    return `SET time_zone = '+00:00', @holdfast_txn = ${this.#txn}, @holdfast_started = ${momentSql}`;
  }

  /** What the transaction ends with. To be called by whoever ends it: whose it is depends on that. */
  end(command: 'COMMIT' | 'ROLLBACK'): string {
    const txn = this.#txn;
    this.#txn = undefined;
    if (txn === undefined) return command;
    return command === 'ROLLBACK' ? undo : this.#committed(txn, '');
  }

  /** The same behind a single statement, sent before it is known whether that changes anything. */
  endSingle(): string {
    const txn = this.#txn!;
    this.#txn = undefined;
    return this.#committed(txn, ' WHERE row_count() > 0');
  }

  get isArmed(): boolean {
    return this.#txn !== undefined;
  }

  #committed(txn: bigint, condition: string): string {
    const { actor, via, source, run, request, reason } = this.#journal!.origin();
    const texts = [actor, via, source, run, request, reason].map(literal).join(', ');
    return `INSERT INTO holdfast_journal (txn, started_at, at, actor, via, source, run, request, reason)
      SELECT ${txn}, @holdfast_started, ${momentSql}, ${texts} FROM DUAL${condition}; COMMIT; ${disarm}`;
  }
}

const literal = (text: string | undefined): string =>
  text === undefined ? 'NULL' : `_utf8mb4 x'${Buffer.from(text).toString('hex')}'`;
