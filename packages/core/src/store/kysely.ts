// The store's Kysely: its transactions count as open, so that a write of the store beside one is refused.

import type { Kysely, KyselyConfig, TransactionBuilder } from 'kysely';
import { kyselyPackage } from '../engine/kysely-package.ts';
import { untilSettled } from './until-settled.ts';

/** Runs work in whose course the store refuses writes beside it, which would wait for its end. */
export type Inside = <R>(work: () => Promise<R>) => Promise<R>;

export function storeKysely<DB>(config: KyselyConfig, inside: Inside): Kysely<DB> {
  class StoreKysely extends kyselyPackage().Kysely<DB> {
    override transaction(): TransactionBuilder<DB> {
      const builder = super.transaction();
      const execute = builder.execute.bind(builder);
      builder.execute = (work) =>
        untilSettled(() => execute((transaction) => inside(() => work(transaction))));
      return builder;
    }
  }
  return new StoreKysely(config);
}
