// One connection to the server while it is lent out: statements one after another, and the transaction it is in.

import type { Socket } from 'node:net';
import type { Connection as Raw } from 'mysql2';
import { HoldfastError } from '../../errors.ts';
import type { StoredRow, StoredValue } from '../../schema/codec.ts';
import type { Connection, TransactionKind } from '../server/connections.ts';
import { WriteLock } from '../write-lock.ts';
import type { ResultColumn } from './columns.ts';
import type { ExactIntegers } from './decode-row.ts';
import { capabilities } from './dialect.ts';
import { StatementPacket } from './encode-statement.ts';
import { isLost, isStaleTrigger, type Place, translate, undoesTransaction } from './errors.ts';
import { Exchange, type Listener } from './exchange.ts';
import { MysqlJournal, undo } from './journal.ts';
import { type Prepared, PreparedStatements } from './prepared.ts';
import { ScriptTurn } from './script-turn.ts';
import type { ServerWants } from './session.ts';
import { Turn } from './turn.ts';
import { wireOf } from './wire.ts';

/** Sessions read what is committed; what needs more says so for itself. */
const beginnings: Readonly<Record<TransactionKind, string>> = {
  serializable: 'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; START TRANSACTION',
  blind: 'START TRANSACTION',
  snapshot:
    'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY',
};

export interface StatementResult {
  readonly rows: StoredRow[];
  readonly columns: readonly ResultColumn[];
  /** Rows that the statement gives, or changed; an upsert counts one twice that it changes. */
  readonly count: number;
}

/** An insert whose values are written already. */
export interface BatchInsert {
  readonly sql: string;
  readonly packet: StatementPacket;
}

/** A result that is still being read from the line. */
interface Reading {
  /** Takes the rest in, so that the line is free. */
  finish(): Promise<void>;
}

export class MysqlConnection implements Connection {
  readonly raw: Raw;
  readonly #place: Place;
  readonly #wants: ServerWants;
  readonly #statements: PreparedStatements;
  readonly #journal: MysqlJournal;
  /** Milliseconds on the clock of `performance`. */
  readonly openedAt = performance.now();
  readonly #lock = new WriteLock();
  #ahead: string | undefined;
  #begun = false;
  /** The server has ended the transaction: what came now would be committed by itself. */
  #undone = false;
  #reading: Reading | undefined;
  /** In a transaction that does nothing but read one result. */
  isSnapshot = false;
  /** One statement may carry an array of rows. */
  takesArrays = false;
  lost = false;

  constructor(raw: Raw, place: Place, wants: ServerWants) {
    this.raw = raw;
    this.#place = place;
    this.#wants = wants;
    this.#statements = new PreparedStatements(raw);
    this.#journal = new MysqlJournal(wants.journal);
    for (const event of ['error', 'end'])
      raw.on(event, () => {
        this.lost = true;
      });
  }

  get socket(): Socket {
    return socketOf(this.raw);
  }

  get alive(): boolean {
    return !this.lost && !this.#undone;
  }

  begin(kind: TransactionKind): void {
    this.#ahead = beginnings[kind];
    this.#undone = false;
    this.isSnapshot = kind === 'snapshot';
  }

  /** What else is sent with the beginning of the transaction. */
  surround(before: string, after: string): void {
    this.#ahead = `${before}; ${this.#ahead}; ${after}`;
  }

  async end(command: 'COMMIT' | 'ROLLBACK'): Promise<boolean> {
    // Behind whatever is still on its way: it belongs to this transaction, and is refused with it.
    const free = await this.#lock.acquire();
    try {
      await this.#reading?.finish();
      const [begun, undone] = [this.#begun, this.#undone];
      this.#ahead = undefined;
      this.#begun = false;
      this.#undone = false;
      // Not every failure that undoes transactions has undone this one.
      if (begun && !(undone && this.lost)) await this.#finish(undone ? 'ROLLBACK' : command);
      else if (this.#journal.isArmed) await this.script(this.#journal.end('ROLLBACK'));
      return command === 'ROLLBACK' || !undone;
    } finally {
      free();
    }
  }

  /**
   * Runs work of several statements that no other may come between.
   * @param tracked it may change tracked records, and is in a transaction
   */
  async alone<R>(work: () => Promise<R>, tracked = false): Promise<R> {
    const free = await this.#lock.acquire();
    try {
      if (this.#reading !== undefined) await this.#reading.finish();
      if (this.#undone)
        throw new HoldfastError('DATABASE_FAILED', 'an earlier failure has undone the whole transaction');
      const first = [this.#ahead, tracked ? this.#journal.arm() : undefined].filter(
        (each) => each !== undefined,
      );
      if (first.length > 0) await this.#start(first.join('; '));
      return await work();
    } finally {
      free();
    }
  }

  /** Runs a statement, prepared once for this connection. @throws errors of the table */
  execute(
    sql: string,
    values: readonly StoredValue[],
    { bigints = false, tracked = false } = {},
  ): Promise<StatementResult> {
    return this.alone(async () => {
      const prepared = this.#statements.known(sql) ?? (await this.prepare(sql));
      return this.send(prepared, this.pack(prepared, values), bigints);
    }, tracked);
  }

  /** Runs a statement that changes tracked records in a transaction of its own, all of it in one turn of the line. */
  single(sql: string, values: readonly StoredValue[]): Promise<StatementResult> {
    return this.alone(async () => {
      const prepared = this.#statements.known(sql) ?? (await this.prepare(sql));
      const packet = this.pack(prepared, values);
      const result = Promise.withResolvers<StatementResult>();
      const begin = this.#scriptTurn(`START TRANSACTION; ${this.#journal.arm()}`);
      const statement = this.#exchange(prepared, packet, false, result);
      const end = this.#scriptTurn(this.#journal.endSingle());
      Turn.queue(wireOf(this.raw), begin.turn, statement, end.turn);
      const [begun, done, ended] = await Promise.allSettled([begin.done, result.promise, end.done]);
      if (ended.status === 'rejected') await this.#takeBack();
      for (const part of [begun, done, ended]) if (part.status === 'rejected') throw part.reason;
      return result.promise;
    });
  }

  /**
   * Sends inserts as a transaction of their own, behind those that are still under way.
   * @returns what resolves when they are committed
   */
  insertTogether(inserts: readonly BatchInsert[]): Promise<{ readonly done: Promise<void> }> {
    return this.alone(async () => {
      const exchanges: Exchange[] = [];
      const results: Promise<unknown>[] = [];
      for (const { sql, packet } of inserts) {
        this.#checkSize(packet.length());
        const prepared = await this.prepare(sql);
        packet.id = prepared.id;
        const result = Promise.withResolvers<StatementResult>();
        exchanges.push(this.#exchange(prepared, packet, false, result));
        results.push(result.promise);
      }
      const begin = this.#scriptTurn('START TRANSACTION');
      const end = this.#scriptTurn('COMMIT');
      Turn.ahead(wireOf(this.raw), begin.turn, ...exchanges, end.turn);
      return { done: allDone([begin.done, ...results, end.done]) };
    });
  }

  /** Only from inside `alone`. */
  async prepare(sql: string): Promise<Prepared> {
    const known = this.#statements.known(sql);
    if (known !== undefined) return known;
    this.#checkSize(Buffer.byteLength(sql));
    try {
      return await this.#statements.prepare(sql);
    } catch (error) {
      throw this.failure(error, sql);
    }
  }

  /** @throws QUERY_INVALID for what the server does not take: it would hang up */
  pack(prepared: Prepared, values: readonly StoredValue[]): StatementPacket {
    const { maxParameters } = capabilities;
    if (values.length > maxParameters)
      throw new HoldfastError('QUERY_INVALID', 'the query has more values than a statement can carry', {
        hint: `Ask in several parts of at most ${maxParameters.toLocaleString('en')} values`,
      });
    const packet = StatementPacket.of(prepared.id, values);
    this.#checkSize(packet.length());
    return packet;
  }

  /** Sends a statement, or has it wait until the line is free; only from inside `alone`. */
  send(prepared: Prepared, packet: StatementPacket, bigints: boolean): Promise<StatementResult> {
    const result = Promise.withResolvers<StatementResult>();
    Turn.queue(wireOf(this.raw), this.#exchange(prepared, packet, bigints, result));
    return result.promise;
  }

  /** The same, every row as it comes; what fails is an error of the table. */
  listen(
    prepared: Prepared,
    packet: StatementPacket,
    bigints: boolean | ExactIntegers,
    listener: Listener,
  ): void {
    Turn.queue(wireOf(this.raw), this.#exchangeTo(listener, prepared, packet, bigints));
  }

  /** Runs statements without parameters or results; only from inside `alone`. */
  async script(sql: string): Promise<void> {
    this.#checkSize(Buffer.byteLength(sql));
    return new Promise((resolve, reject) => {
      this.raw.query(sql, (error) => (error === null ? resolve() : reject(this.failure(error, sql))));
    });
  }

  /** Takes leave of the server. */
  async bye(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.raw.end(() => resolve());
    });
    this.socket.destroySoon();
  }

  /** Hangs up. The driver alone would only say goodbye, and wait for a server that may be sending, or gone. */
  destroy(): void {
    this.lost = true;
    this.raw.destroy();
    this.socket.destroy();
  }

  /** A result is being read: the next statement waits until the rest of it is taken in. */
  read(reading: Reading | undefined): void {
    this.#reading = reading;
  }

  /** The error of the table for what the driver threw; notes what it means for the connection. */
  failure(error: unknown, sql: string): Error {
    if (isLost(error) || isStaleTrigger(error)) this.lost = true;
    if (this.#begun && undoesTransaction(error)) this.#undone = true;
    return translate(error, this.#place, sql);
  }

  #checkSize(bytes: number): void {
    const { maxPacket } = this.#wants;
    if (bytes < maxPacket) return;
    throw new HoldfastError(
      'QUERY_INVALID',
      `the statement is larger than the ${maxPacket.toLocaleString('en')} bytes that the server takes`,
      { hint: 'SET GLOBAL max_allowed_packet = 1073741824; on the server, or store smaller values' },
    );
  }

  #exchange(
    prepared: Prepared,
    packet: StatementPacket,
    bigints: boolean,
    { resolve, reject }: PromiseWithResolvers<StatementResult>,
  ): Exchange {
    const rows: StoredRow[] = [];
    const listener: Listener = {
      row: (row) => void rows.push(row),
      end: (count) => resolve({ rows, columns: prepared.columns, count: rows.length || count }),
      fail: reject,
    };
    return this.#exchangeTo(listener, prepared, packet, bigints);
  }

  #exchangeTo(
    listener: Listener,
    prepared: Prepared,
    packet: StatementPacket,
    bigints: boolean | ExactIntegers,
  ): Exchange {
    const named = (error: unknown): Error => this.failure(error, prepared.sql);
    return new Exchange(packet, prepared, bigints, listener, named);
  }

  #scriptTurn(sql: string): { readonly turn: ScriptTurn; readonly done: Promise<void> } {
    this.#checkSize(Buffer.byteLength(sql));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const turn = new ScriptTurn(sql, (error) =>
      error === undefined ? resolve() : reject(this.failure(error, sql)),
    );
    return { turn, done: promise };
  }

  /** Begins the transaction now, or what of it has not begun. */
  async #start(sql: string): Promise<void> {
    this.#ahead = undefined;
    this.#begun = true;
    await this.script(sql);
  }

  /** A transaction that cannot be committed, and is not gone, is taken back. */
  async #finish(command: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    try {
      await this.script(this.#journal.end(command));
    } catch (error) {
      if (command === 'COMMIT') await this.#takeBack();
      throw error;
    }
  }

  async #takeBack(): Promise<void> {
    if (this.lost) return;
    await this.script(undo).catch(() => {
      this.lost = true;
    });
  }
}

/** @throws the first of what has failed, once none is under way */
async function allDone(parts: readonly Promise<unknown>[]): Promise<void> {
  for (const part of await Promise.allSettled(parts)) if (part.status === 'rejected') throw part.reason;
}

export const socketOf = (raw: Raw): Socket => (raw as unknown as { readonly stream: Socket }).stream;
