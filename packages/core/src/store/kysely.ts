// The store's Kysely: its transactions count as open, so that a write of the store beside one is refused.

import { Kysely, type KyselyConfig, type TransactionBuilder } from 'kysely';
import { untilSettled } from './until-settled.ts';

/** Runs work in whose course the store refuses writes beside it, which would wait for its end. */
export type Inside = <R>(work: () => Promise<R>) => Promise<R>;

export class StoreKysely<DB> extends Kysely<DB> {
  readonly #inside: Inside;

  constructor(config: KyselyConfig, inside: Inside) {
    super(config);
    this.#inside = inside;
  }

  override transaction(): TransactionBuilder<DB> {
    const builder = super.transaction();
    const execute = builder.execute.bind(builder);
    builder.execute = (work) =>
      untilSettled(() => execute((transaction) => this.#inside(() => work(transaction))));
    return builder;
  }
}
