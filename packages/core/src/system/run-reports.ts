// What past sweeps say: when a scope was last complete, and how each source's last sweep went.

import type { Instant } from '../schema/instant.ts';
import type { Row } from '../schema/table.ts';
import type { Store } from '../store/open-store.ts';
import { listSources } from './sources.ts';
import { runScopes, runs } from './tables.ts';

/** The instant of the last sweep in which this scope answered in full. */
export async function lastConfirmed(
  store: Store,
  source: string,
  scope: string,
): Promise<Instant | undefined> {
  const { items } = await store.repository(runScopes).list({
    where: { source, scope, complete: true },
    orderBy: [['runId', 'desc']],
    limit: 1,
  });
  if (items[0] === undefined) return undefined;
  return (await store.repository(runs).get({ id: items[0].runId }))?.startedAt;
}

export interface LastSweep {
  readonly run: Pick<Row<typeof runs>, 'id' | 'startedAt' | 'outcome'>;
  readonly incomplete: readonly { readonly scope: string; readonly code: string; readonly message: string }[];
}

/** The last sweep of each source that had one. */
export async function lastSweeps(store: Store): Promise<Map<string, LastSweep>> {
  const found = new Map<string, LastSweep>();
  const scopes = store.repository(runScopes);
  for (const { name } of await listSources(store)) {
    const { items } = await scopes.list({ where: { source: name }, orderBy: [['runId', 'desc']], limit: 1 });
    if (items[0] === undefined) continue;
    const { runId } = items[0];
    const run = await store.repository(runs).get({ id: runId });
    if (run === undefined) continue;
    const open = await scopes.list({ where: { source: name, runId, complete: false }, limit: 10_000 });
    found.set(name, {
      run: { id: run.id, startedAt: run.startedAt, outcome: run.outcome },
      incomplete: open.items.map(({ scope, errorCode, errorMessage }) => ({
        scope,
        code: errorCode ?? '',
        message: errorMessage ?? '',
      })),
    });
  }
  return found;
}
