// When records were last confirmed: by the last sweep in which their scope answered in full.

import type { Instant } from '../schema/instant.ts';
import type { Store } from '../store/open-store.ts';
import { runScopes, runs } from '../system/tables.ts';

/** Sweeps looked back through: what none of them confirmed counts as not confirmed. */
const mostRuns = 500;
const atOnce = 25;

export class Confirmations {
  readonly #store: Store;
  readonly #found = new Map<string, Instant>();
  #after: string | null | undefined;
  #looked = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  /** @returns undefined where none of the last 500 sweeps has */
  async of(source: string, scope: string): Promise<Instant | undefined> {
    const key = `${source} ${scope}`;
    while (!this.#found.has(key) && this.#after !== null && this.#looked < mostRuns) await this.#lookBack();
    return this.#found.get(key);
  }

  async #lookBack(): Promise<void> {
    const page = await this.#store
      .repository(runs)
      .list({ orderBy: [['id', 'desc']], limit: atOnce, after: this.#after });
    this.#after = page.next;
    this.#looked += page.items.length;
    const startedAt = new Map(page.items.map((run) => [run.id, run.startedAt]));
    const where = { runId: { in: [...startedAt.keys()] }, complete: true };
    for await (const rows of this.#store
      .repository(runScopes)
      .stream({ where, orderBy: [['runId', 'desc']] }))
      for (const { source, scope, runId } of rows) {
        const key = `${source} ${scope}`;
        if (!this.#found.has(key)) this.#found.set(key, startedAt.get(runId)!);
      }
  }
}
