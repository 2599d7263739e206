// Whom changes are credited to: the journal's rows for them.

import type { Row } from '../schema/table.ts';
import type { Store } from '../store/open-store.ts';
import { journal, runScopes } from '../system/tables.ts';

export type JournalRow = Row<typeof journal>;

/** Rows looked up in one statement. */
const batch = 500;

/** Journal rows by transaction; what is not among them was written past every store. */
export async function creditsOf(store: Store, txns: Iterable<bigint>): Promise<Map<bigint, JournalRow>> {
  const wanted = [...new Set(txns)];
  const found = new Map<bigint, JournalRow>();
  for (let start = 0; start < wanted.length; start += batch) {
    const some = wanted.slice(start, start + batch);
    const { items } = await store.repository(journal).list({ where: { txn: { in: some } }, limit: batch });
    for (const row of items) found.set(row.txn, row);
  }
  return found;
}

/** The first sweep of each source: what it stores was found there, not made. */
export class FirstRuns {
  readonly #store: Store;
  readonly #runs = new Map<string, Promise<string | undefined>>();

  constructor(store: Store) {
    this.#store = store;
  }

  async includes(source: string, run: string): Promise<boolean> {
    let first = this.#runs.get(source);
    if (first === undefined) {
      first = this.#first(source);
      this.#runs.set(source, first);
    }
    return (await first) === run;
  }

  async #first(source: string): Promise<string | undefined> {
    const { items } = await this.#store
      .repository(runScopes)
      .list({ where: { source }, orderBy: [['runId', 'asc']], limit: 1 });
    return items[0]?.runId;
  }
}
