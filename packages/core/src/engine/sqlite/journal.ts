// A transaction of the writer that changes tracked tables: its instant is set before its first change, and who and
// why, and until when nobody saw it, are stored before its commit.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { now } from '../../schema/instant.ts';
import type { Journal, Origin } from '../journal.ts';
import { clock } from './capture.ts';

const arm = `UPDATE ${clock} SET at = max(at + 1, ?1), txn = max(at + 1, ?1) WHERE txn IS NULL`;
/** Of a transaction that is armed; its number is its first instant. */
const insert = `INSERT INTO holdfast_journal (txn, started_at, at, actor, via, source, run, request, reason)
  SELECT txn, txn, max(at + 1, ?1), ?2, ?3, ?4, ?5, ?6, ?7 FROM ${clock} WHERE txn IS NOT NULL`;
const disarm = `UPDATE ${clock} SET at = max(at + 1, ?1), txn = NULL WHERE txn IS NOT NULL`;

export class SqliteJournal {
  readonly #db: DatabaseSync;
  readonly #journal: Journal;
  readonly #statements = new Map<string, StatementSync>();
  /** The clock has the number of the transaction, unless it is doubtful. */
  #armed = false;
  /** A savepoint was gone back to since. */
  #doubtful = false;
  /** The transaction around a single statement is ours to end. */
  #implicit = false;

  constructor(db: DatabaseSync, journal: Journal) {
    this.#db = db;
    this.#journal = journal;
  }

  /** Before a statement of the writer. */
  before(sql: string): void {
    if (this.#journal.concerns(sql)) this.#arm();
    // What was armed after the savepoint is undone with the rest; what was armed before it is not.
    else if (/^\s*ROLLBACK\s+TO\b/i.test(sql)) this.#doubtful = true;
  }

  /** Before a write of many rows. */
  beforeTable(table: string): void {
    if (this.#journal.concernsTable(table)) this.#arm();
  }

  /** Before a transaction is committed. */
  close(): void {
    if (!this.#armed) return;
    const { actor, via, source, run, request, reason }: Origin = this.#journal.origin();
    const at = now();
    const why = [source ?? null, run ?? null, request ?? null, reason ?? null] as const;
    this.#prepared(insert).run(at, actor, via, ...why);
    this.#prepared(disarm).run(at);
    this.#armed = false;
  }

  /** After work that was to commit by itself: it has, unless it changed tracked tables. */
  closeImplicit(): void {
    if (!this.#implicit) return;
    this.close();
    this.#prepared('COMMIT').run();
    this.#implicit = false;
  }

  /** The transaction is over, one way or the other. */
  forget(): void {
    this.#armed = false;
    this.#doubtful = false;
    this.#implicit = false;
  }

  #arm(): void {
    if (this.#armed && !this.#doubtful) return;
    if (!this.#db.isTransaction) {
      this.#prepared('BEGIN IMMEDIATE').run();
      this.#implicit = true;
    }
    this.#prepared(arm).run(now());
    this.#armed = true;
    this.#doubtful = false;
  }

  #prepared(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
