// The digest of a table: the same rows give the same digest, in any order and from any engine.

import type { ColumnSpec } from '../../schema/spec.ts';
import type { ValueRow } from '../columns/value.ts';
import { boundOf, writeRow } from './canonical-row.ts';
import { RowSum } from './row-sum.ts';

const modulus = 1n << 256n;

/**
 * The sum, modulo 2^256, of the SHA-256 digests of the rows' canonical bytes, and their number. A row can be added and
 * taken away again, so that an increment turns the digest before it into the one after it. It proves that two copies
 * are equal; it does not protect from somebody who makes up rows to fit.
 */
export class TableDigest {
  readonly #columns: readonly Pick<ColumnSpec, 'kind' | 'scale'>[];
  #sum = 0n;
  #rows = 0;

  /** @param columns in the order of the values of each row */
  constructor(columns: readonly Pick<ColumnSpec, 'kind' | 'scale'>[]) {
    this.#columns = columns;
  }

  get rows(): number {
    return this.#rows;
  }

  add(rows: readonly ValueRow[]): void {
    this.#sum = (this.#sum + this.#digestsOf(rows)) % modulus;
    this.#rows += rows.length;
  }

  /** Adds rows whose digests were summed up elsewhere. */
  addSum(sum: bigint, rows: number): void {
    this.#sum = (this.#sum + sum) % modulus;
    this.#rows += rows;
  }

  /** Takes away rows that were added before, also to another digest that was merged into this one. */
  subtract(rows: readonly ValueRow[]): void {
    this.#sum = (this.#sum + modulus - this.#digestsOf(rows)) % modulus;
    this.#rows -= rows.length;
  }

  /** Adds another digest of rows with the same columns. */
  merge(other: { readonly digest: string; readonly rows: number }): void {
    this.#sum = (this.#sum + BigInt(`0x${other.digest}`)) % modulus;
    this.#rows += other.rows;
  }

  /** 64 hex digits. Two tables are equal where this and the number of rows are. */
  get digest(): string {
    return this.#sum.toString(16).padStart(64, '0');
  }

  #digestsOf(rows: readonly ValueRow[]): bigint {
    const sum = new RowSum();
    const { bytes, limit } = sum;
    for (const row of rows) {
      let end = writeRow(bytes, sum.at, limit, this.#columns, row);
      if (end < 0 && sum.crowded) {
        sum.flush();
        end = writeRow(bytes, sum.at, limit, this.#columns, row);
      }
      if (end >= 0) sum.add(end);
      else {
        const large = Buffer.allocUnsafe(boundOf(row));
        sum.addAlone(large.subarray(0, writeRow(large, 0, Number.POSITIVE_INFINITY, this.#columns, row)));
      }
    }
    return sum.finish();
  }
}
