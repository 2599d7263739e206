// The prepared statements of one connection: kept while they recur, closed on the server when they do not.

import type { StoredValue } from '../../schema/codec.ts';
import { parserOf } from './values.ts';

/** A result column as the server describes it; `table` is 0 where no column of a table stands behind it. */
export interface ResultColumn {
  readonly name: string;
  readonly tableID: number;
  readonly columnID: number;
  readonly dataTypeID: number;
}

type Parsers = readonly ((text: string) => StoredValue)[];

/** Statements kept for each connection; the one that was not used for longest goes first. */
const capacity = 250;
/** So many are kept before anybody looks which was used last. */
const crowded = 200;

export class Prepared {
  readonly sql: string;
  readonly name: string;
  /** The server knows it by its name. */
  ready = false;
  columns: readonly ResultColumn[] | undefined;
  /** Messages that run it without parameters, ready to be sent. */
  #runBytes: Buffer | undefined;
  #narrow: Parsers | undefined;
  #wide: Parsers | undefined;

  constructor(sql: string, name: string) {
    this.sql = sql;
    this.name = name;
  }

  get runBytes(): Buffer {
    this.#runBytes ??= bindAndExecute(this.name);
    return this.#runBytes;
  }

  parsers(bigints: boolean): Parsers {
    const make = (): Parsers => (this.columns ?? []).map(({ dataTypeID }) => parserOf(dataTypeID, bigints));
    if (bigints) {
      this.#wide ??= make();
      return this.#wide;
    }
    this.#narrow ??= make();
    return this.#narrow;
  }
}

/** Bind (unnamed portal, no parameters, results as text) and Execute (all rows), as the protocol writes them. */
function bindAndExecute(name: string): Buffer {
  const length = Buffer.byteLength(name);
  const bytes = Buffer.alloc(1 + 4 + 1 + length + 1 + 6 + 10);
  bytes.write('B', 0);
  bytes.writeInt32BE(4 + 1 + length + 1 + 6, 1);
  bytes.write(name, 6);
  const execute = 13 + length;
  bytes.write('E', execute);
  bytes.writeInt32BE(9, execute + 1);
  return bytes;
}

export class Statements {
  readonly #kept = new Map<string, Prepared>();
  #closing: string[] = [];
  #made = 0;

  take(sql: string): Prepared {
    let prepared = this.#kept.get(sql);
    if (prepared !== undefined && this.#kept.size < crowded) return prepared;
    if (prepared === undefined) prepared = new Prepared(sql, `h${++this.#made}`);
    else this.#kept.delete(sql);
    this.#kept.set(sql, prepared);
    if (this.#kept.size > capacity) this.forget(this.#kept.values().next().value!);
    return prepared;
  }

  /** After a failure nobody knows whether the server has it: the name is closed, and never used again. */
  forget({ sql, name }: Prepared): void {
    if (this.#kept.delete(sql)) this.#closing.push(name);
  }

  /** Names that the server is to close. */
  takeClosing(): readonly string[] {
    const names = this.#closing;
    if (names.length > 0) this.#closing = [];
    return names;
  }
}
