// The past as a transaction sees it: reads go through its connection, and wait for nobody.

import type { Store } from '../store/open-store.ts';
import type { Transaction } from '../store/transaction.ts';

/** The store, its reads those of the transaction where there is one. */
export const inside = (store: Store, transaction: Transaction | undefined): Store =>
  transaction === undefined
    ? store
    : {
        ...store,
        engine: { ...store.engine, read: (work) => work(transaction.session) },
        repository: (table) => transaction.repository(table),
      };
