// One connection to the server while it is lent out: statements one after another, and the transaction it is in.

import type { Socket } from 'node:net';
import type { Connection as Raw, RowDataPacket } from 'mysql2';
import type { StoredRow } from '../../schema/codec.ts';
import type { Connection, TransactionKind } from '../server/connections.ts';
import { WriteLock } from '../write-lock.ts';
import { isLost, type Place, translate, undoesTransaction } from './errors.ts';
import type { ServerWants } from './session.ts';
import { checkSize } from './statement-size.ts';
import { type Parameter, type ResultColumn, refine } from './values.ts';

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
  /** Rows that the statement changed. */
  readonly count: number;
}

/** What the driver answers for a statement without rows. */
interface Header {
  readonly affectedRows: number;
  readonly info: string;
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
  /** Milliseconds on the clock of `performance`. */
  readonly openedAt = performance.now();
  readonly #lock = new WriteLock();
  #ahead: string | undefined;
  #undone = false;
  #reading: Reading | undefined;
  /** In a transaction that does nothing but read one result. */
  isSnapshot = false;
  lost = false;

  constructor(raw: Raw, place: Place, wants: ServerWants) {
    this.raw = raw;
    this.#place = place;
    this.#wants = wants;
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

  async end(command: 'COMMIT' | 'ROLLBACK'): Promise<boolean> {
    const [begun, undone] = [this.#ahead === undefined, this.#undone];
    this.#ahead = undefined;
    this.#undone = false;
    if (begun && !undone) await this.alone(() => this.script(command));
    return command === 'ROLLBACK' || !undone;
  }

  /** A prepared statement, kept by the driver for the next time. @throws errors of the table */
  execute(sql: string, values: Parameter[], bigints = false): Promise<StatementResult> {
    return this.alone(() => this.send(sql, values, bigints));
  }

  /** Runs work of several statements that no other may come between. */
  async alone<R>(work: () => Promise<R>): Promise<R> {
    const free = await this.#lock.acquire();
    try {
      await this.#reading?.finish();
      await this.#begun();
      return await work();
    } finally {
      free();
    }
  }

  /** Runs a prepared statement; only from inside `alone`. */
  async send(sql: string, values: Parameter[], bigints = false): Promise<StatementResult> {
    checkSize(sql, values, this.#wants.maxPacket);
    return new Promise((resolve, reject) => {
      const options = { sql, values, rowsAsArray: true };
      this.raw.execute<RowDataPacket[]>(options, (error, result, fields) => {
        if (error !== null) return reject(this.failure(error, sql));
        if (!Array.isArray(result)) return resolve({ rows: [], columns: [], count: countOf(result) });
        const rows = result as unknown as StoredRow[];
        const columns = fields as unknown as readonly ResultColumn[];
        try {
          refine(rows, columns, bigints);
          resolve({ rows, columns, count: rows.length });
        } catch (unsound) {
          reject(unsound);
        }
      });
    });
  }

  /** Runs statements without parameters or results; only from inside `alone`. */
  async script(sql: string): Promise<number> {
    checkSize(sql, [], this.#wants.maxPacket);
    return new Promise((resolve, reject) => {
      this.raw.query(sql, (error, result) => {
        if (error !== null) return reject(this.failure(error, sql));
        resolve(Array.isArray(result) ? 0 : countOf(result));
      });
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
    if (isLost(error)) this.lost = true;
    if (undoesTransaction(error)) this.#undone = true;
    return translate(Object.assign(error as object, { sql }), this.#place);
  }

  /** Begins the transaction now. */
  async #begun(): Promise<void> {
    if (this.#ahead === undefined) return;
    const sql = this.#ahead;
    this.#ahead = undefined;
    await this.script(sql);
  }
}

export const socketOf = (raw: Raw): Socket => (raw as unknown as { readonly stream: Socket }).stream;

/** An upsert counts a row twice that it changes; how many there were stands beside it. */
function countOf({ affectedRows = 0, info = '' }: Partial<Header>): number {
  const [, records] = /^Records: (\d+)/.exec(info) ?? [];
  return records === undefined ? affectedRows : Number(records);
}
