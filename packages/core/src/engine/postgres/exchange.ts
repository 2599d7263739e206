// One round trip: any number of statements sent together, answered together. The driver's own query class needs
// a round trip for each, describes every result anew, and makes an object of every field.

import type { Connection, Submittable } from 'pg';
import type { StoredRow, StoredValue } from '../../schema/codec.ts';
import { isStalePlan } from './errors.ts';
import type { Prepared, ResultColumn, Statements } from './statements.ts';
import { toParameter } from './values.ts';

/** A statement of an exchange. */
export interface Step {
  readonly sql: string;
  readonly values?: readonly StoredValue[];
  readonly bigints?: boolean | undefined;
  /** Reads in parts: the portal's name, and the most rows of a part. */
  readonly portal?: { readonly name: string; readonly rows: number; readonly opened: boolean };
}

export interface StepResult {
  readonly rows: StoredRow[];
  readonly columns: readonly ResultColumn[];
  /** Rows that the statement changed, or gave. */
  readonly count: number;
  /** The command as the server names it. */
  readonly command: string;
  /** The portal has more rows. */
  readonly more: boolean;
}

/** The driver's connection, as far as its types tell. */
interface Wire extends Connection {
  readonly stream: Connection['stream'] & { cork(): void; uncork(): void };
}

const none: readonly StoredValue[] = [];

export class Exchange implements Submittable {
  readonly #steps: readonly Step[];
  readonly #statements: Statements;
  readonly #prepared: Prepared[] = [];
  readonly #results: StepResult[] = [];
  readonly #done = Promise.withResolvers<StepResult[]>();
  #rows: StoredRow[] = [];
  #parsers: ReturnType<Prepared['parsers']> | undefined;
  #failure: unknown;

  constructor(steps: readonly Step[], statements: Statements) {
    this.#steps = steps;
    this.#statements = statements;
  }

  get results(): Promise<StepResult[]> {
    return this.#done.promise;
  }

  submit(connection: Connection): void {
    const wire = connection as Wire;
    wire.stream.cork();
    try {
      const parsed = new Set<Prepared>();
      for (const { sql, values = none, portal } of this.#steps) {
        const prepared = this.#statements.take(sql);
        this.#prepared.push(prepared);
        if (!prepared.ready && !parsed.has(prepared)) {
          wire.parse({ name: prepared.name, text: sql, types: [] }, true);
          parsed.add(prepared);
        }
        if (prepared.ready && values.length === 0 && portal === undefined) {
          wire.stream.write(prepared.runBytes);
          continue;
        }
        const name = portal?.name ?? '';
        if (portal?.opened !== true) {
          const bind = {
            portal: name,
            statement: prepared.name,
            values,
            binary: false,
            valueMapper: toParameter,
          };
          wire.bind(bind as never, true);
          if (prepared.columns === undefined) wire.describe({ type: 'P', name }, true);
        }
        wire.execute({ portal: name, rows: portal?.rows ?? 0 } as never, true);
      }
      for (const name of this.#statements.takeClosing()) wire.close({ type: 'S', name }, true);
      wire.sync();
    } finally {
      wire.stream.uncork();
    }
  }

  handleRowDescription({ fields }: { readonly fields: readonly ResultColumn[] }): void {
    this.#current.columns = fields;
  }

  handleDataRow({ fields }: { readonly fields: (string | null)[] }): void {
    if (this.#failure !== undefined) return;
    this.#parsers ??= this.#current.parsers(this.#steps[this.#results.length]!.bigints === true);
    const row = fields as StoredRow;
    try {
      for (let index = 0; index < row.length; index++)
        if (row[index] !== null) row[index] = this.#parsers[index]!(row[index] as string);
      this.#rows.push(row);
    } catch (error) {
      this.#failure = error;
    }
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    const last = text.lastIndexOf(' ');
    this.#end(text, last < 0 ? 0 : Number(text.slice(last + 1)) || 0, false);
  }

  handlePortalSuspended(): void {
    this.#end('FETCH', this.#rows.length, true);
  }

  handleEmptyQuery(): void {
    this.#end('', 0, false);
  }

  handleReadyForQuery(): void {
    if (this.#failure === undefined) this.#done.resolve(this.#results);
    else this.#done.reject(this.#failure);
  }

  handleError(error: unknown): void {
    const stale = isStalePlan(error);
    for (const prepared of this.#prepared) if (stale || !prepared.ready) this.#statements.forget(prepared);
    this.#done.reject(this.#failure ?? error);
  }

  get #current(): Prepared {
    return this.#prepared[this.#results.length]!;
  }

  #end(command: string, count: number, more: boolean): void {
    const prepared = this.#current;
    prepared.ready = true;
    // Nothing was described, so nothing is given.
    prepared.columns ??= [];
    this.#results.push({ rows: this.#rows, columns: prepared.columns, count, command, more });
    this.#rows = [];
    this.#parsers = undefined;
  }
}
