// What a sweep may write later, together: gauges, their samples, and results of scopes in which nothing changed.
// Each commit costs a disk flush, and gauges of one scope lie scattered over their table: written once, in key
// order, they cost a fraction.

import { SampleBuffer } from '../history/series/sample-buffer.ts';
import type { Instant } from '../schema/instant.ts';
import type { Insert } from '../schema/table.ts';
import type { Transaction } from '../store/transaction.ts';
import { runScopes } from '../system/tables.ts';
import type { ObservedTable } from './observed-table.ts';
import { type Cells, writeGauges } from './write-observed.ts';

export type ScopeRow = Insert<typeof runScopes>;

/** Gauges, or samples, held back before they are written, whatever the size of the sweep. */
const mostGauges = 100_000;

export class LaterWrites {
  readonly #at: Instant;
  readonly #scopes: ScopeRow[] = [];
  readonly #gauges = new Map<ObservedTable, Cells[]>();
  readonly #samples: SampleBuffer;
  #waiting = 0;

  constructor(at: Instant) {
    this.#at = at;
    this.#samples = new SampleBuffer(at);
  }

  scope(row: ScopeRow): void {
    this.#scopes.push(row);
  }

  /** @param moved rows whose gauges differ from the stored ones @param seen all rows, as they were seen */
  gauges(plan: ObservedTable, moved: readonly Cells[], seen: readonly Cells[]): void {
    this.#samples.add(plan, seen);
    if (moved.length === 0) return;
    const waiting = this.#gauges.get(plan) ?? [];
    for (const row of moved) waiting.push(row);
    this.#gauges.set(plan, waiting);
    this.#waiting += moved.length;
  }

  /** So much is waiting that it should be written now. */
  get due(): boolean {
    return Math.max(this.#waiting, this.#samples.records) >= mostGauges;
  }

  /** Writes everything that waits. It goes on waiting until `written`: the transaction may yet be run again. */
  async write(transaction: Transaction): Promise<void> {
    for (const [plan, rows] of this.#gauges) {
      rows.sort((a, b) => compareKeys(a, b, plan.keyWidth));
      await writeGauges(transaction.session, plan, rows, this.#at, transaction.signal);
    }
    await this.#samples.write(transaction);
    this.#scopes.sort((a, b) => (a.scope < b.scope ? -1 : 1));
    await transaction.repository(runScopes).insertMany(this.#scopes);
  }

  /** What waited is committed. */
  written(): void {
    this.#gauges.clear();
    this.#samples.clear();
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
