// A connection outside of transactions, held for as long as it is needed: for what belongs to a session of the server.

import type { Connection } from './connections.ts';

export interface Held<C extends Connection> {
  readonly connection: C;
  release(): Promise<void>;
}

/** @param lend runs work with a connection */
export async function hold<C extends Connection>(
  lend: (work: (connection: C) => Promise<void>) => Promise<void>,
): Promise<Held<C>> {
  const { promise: given, resolve: give, reject } = Promise.withResolvers<C>();
  const { promise: done, resolve: finish } = Promise.withResolvers<void>();
  const lent = lend(async (connection) => {
    give(connection);
    await done;
  }).catch(reject);
  const connection = await given;
  return {
    connection,
    async release() {
      finish();
      await lent;
    },
  };
}
