// What a sweep may write later, together: gauges, and results of scopes in which nothing changed.
// Each commit costs a disk flush, and gauges of one scope lie scattered over their table: written once, in key
// order, they cost a fraction.

import type { Instant } from '../schema/instant.ts';
import type { Insert } from '../schema/table.ts';
import type { Transaction } from '../store/transaction.ts';
import { runScopes } from '../system/tables.ts';
import type { ObservedTable } from './observed-table.ts';
import { type Cells, writeGauges } from './write-observed.ts';

export type ScopeRow = Insert<typeof runScopes>;

/** Gauges held back before they are written, whatever the size of the sweep. */
const mostGauges = 100_000;

export class LaterWrites {
  readonly #at: Instant;
  readonly #scopes: ScopeRow[] = [];
  readonly #gauges = new Map<ObservedTable, Cells[]>();
  #waiting = 0;

  constructor(at: Instant) {
    this.#at = at;
  }

  scope(row: ScopeRow): void {
    this.#scopes.push(row);
  }

  gauges(plan: ObservedTable, rows: readonly Cells[]): void {
    if (rows.length === 0) return;
    const waiting = this.#gauges.get(plan) ?? [];
    for (const row of rows) waiting.push(row);
    this.#gauges.set(plan, waiting);
    this.#waiting += rows.length;
  }

  /** So much is waiting that it should be written now. */
  get due(): boolean {
    return this.#waiting >= mostGauges;
  }

  /** Writes everything that waits. It goes on waiting until `written`: the transaction may yet be run again. */
  async write(transaction: Transaction): Promise<void> {
    for (const [plan, rows] of this.#gauges) {
      rows.sort((a, b) => compareKeys(a, b, plan.keyWidth));
      await writeGauges(transaction.session, plan, rows, this.#at, transaction.signal);
    }
    this.#scopes.sort((a, b) => (a.scope < b.scope ? -1 : 1));
    await transaction.repository(runScopes).insertMany(this.#scopes);
  }

  /** What waited is committed. */
  written(): void {
    this.#gauges.clear();
    this.#scopes.length = 0;
    this.#waiting = 0;
  }
}

function compareKeys(a: Cells, b: Cells, width: number): number {
  for (let index = 0; index < width; index++) {
    const left = a[index]!;
    const right = b[index]!;
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}
