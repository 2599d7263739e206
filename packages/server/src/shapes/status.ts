// Sources with their last sweep, resources with their counts, as `status` shows them.

import { formatInstant, type Store } from '@holdfast/core';
import { lastSweeps, listConnections } from '@holdfast/core/system';
import { resources } from '../cli/domains.ts';

export interface Status {
  readonly sources: {
    readonly source: string;
    readonly domain: string;
    readonly enabled: boolean;
    readonly lastRun: { readonly id: string; readonly startedAt: string; readonly outcome: string } | null;
    readonly incomplete: readonly {
      readonly scope: string;
      readonly code: string;
      readonly message: string;
    }[];
  }[];
  readonly resources: { readonly resource: string; readonly records: number; readonly absent: number }[];
}

export async function readStatus(store: Store): Promise<Status> {
  const sweeps = await lastSweeps(store);
  const sources = (await listConnections(store)).map(({ name, domain, enabled }) => {
    const last = sweeps.get(name);
    return {
      source: name,
      domain,
      enabled,
      lastRun: last === undefined ? null : { ...last.run, startedAt: formatInstant(last.run.startedAt) },
      incomplete: last?.incomplete ?? [],
    };
  });
  const counts = await Promise.all(
    resources.map(async ({ name, table }) => {
      const repository = store.repository(table);
      const absent =
        'absentSince' in table.columns ? await repository.count({ absentSince: { isNull: false } }) : 0;
      return { resource: name, records: await repository.count(), absent };
    }),
  );
  return { sources, resources: counts };
}
