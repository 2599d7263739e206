// The prepared statements of one connection: kept while they recur, closed on the server when they do not.

import type { Connection } from 'mysql2';
import { parseColumn, type ResultColumn } from './columns.ts';
import { compileReader, type ReadRow } from './decode-row.ts';

/** Statements kept for each connection; the one that was not used for longest goes first. */
const capacity = 250;
/** So many are kept before anybody looks which was used last. */
const crowded = 200;

/** What the driver says of a statement that it has prepared. */
interface DriverStatement {
  readonly id: number;
}

export class Prepared {
  readonly sql: string;
  readonly id: number;
  #described: Buffer[] = [];
  columns: readonly ResultColumn[] = [];
  #narrow: ReadRow | undefined;
  #wide: ReadRow | undefined;

  constructor(sql: string, id: number) {
    this.sql = sql;
    this.id = id;
  }

  /** Notes how a column is described this time. */
  describe(index: number, buffer: Buffer, from: number, to: number): void {
    const known = this.#described[index];
    if (known?.length === to - from && buffer.compare(known, 0, known.length, from, to) === 0) return;
    this.#described[index] = Buffer.from(buffer.subarray(from, to));
    this.columns = [];
  }

  /** All `count` columns are described. */
  described(count: number): void {
    if (this.columns.length === count) return;
    this.#described.length = count;
    this.columns = this.#described.map(parseColumn);
    this.#narrow = undefined;
    this.#wide = undefined;
  }

  reader(bigints: boolean): ReadRow {
    if (bigints) {
      this.#wide ??= compileReader(this.columns, true);
      return this.#wide;
    }
    this.#narrow ??= compileReader(this.columns, false);
    return this.#narrow;
  }
}

export class PreparedStatements {
  readonly #raw: Connection;
  readonly #kept = new Map<string, Prepared>();

  constructor(raw: Connection) {
    this.#raw = raw;
  }

  /** The statement, where it is prepared already. */
  known(sql: string): Prepared | undefined {
    const prepared = this.#kept.get(sql);
    if (prepared === undefined || this.#kept.size < crowded) return prepared;
    this.#kept.delete(sql);
    this.#kept.set(sql, prepared);
    return prepared;
  }

  /** @throws whatever the driver does */
  prepare(sql: string): Promise<Prepared> {
    return new Promise((resolve, reject) => {
      this.#raw.prepare(sql, (error, statement) => {
        if (error !== null) return reject(error);
        const prepared = new Prepared(sql, (statement as unknown as DriverStatement).id);
        this.#kept.set(sql, prepared);
        if (this.#kept.size > capacity) this.#forget(this.#kept.keys().next().value!);
        resolve(prepared);
      });
    });
  }

  #forget(sql: string): void {
    this.#kept.delete(sql);
    this.#raw.unprepare(sql);
  }
}
