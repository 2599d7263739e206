// What takes a database away from whoever uses it is done without a server on it.

import { HoldfastError, type Store } from '@holdfast/core';
import { leaseHolder } from '@holdfast/core/job';

/** @param instead what else can be done, after "or" @throws DATABASE_BUSY naming the server and how it is stopped */
export async function requireNoServer(store: Store, instead?: string): Promise<void> {
  const owner = await leaseHolder(store, 'scheduler');
  if (owner === undefined) return;
  const [host = owner, pid] = owner.split('/');
  const kill = pid === undefined ? 'systemctl stop holdfast' : `kill ${pid}, or systemctl stop holdfast`;
  throw new HoldfastError(
    'DATABASE_BUSY',
    `a server works on ${store.engine.location}: process ${pid ?? '?'} on ${host}`,
    {
      hint: `Stop it first (on ${host}: ${kill}), then repeat${instead === undefined ? '' : `; or ${instead}`}`,
    },
  );
}
