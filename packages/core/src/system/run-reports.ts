// What past sweeps say: when a scope was last complete, and how each source's last sweep went.

import type { Instant } from '../schema/instant.ts';
import type { Row } from '../schema/table.ts';
import type { Store } from '../store/open-store.ts';
import { listConnections } from './sources.ts';
import { runScopes, runs } from './tables.ts';

/** Runs looked through at first; each further step takes four times as many. */
const firstRuns = 8;
const mostRuns = 1_000;

/** The newest run in which some scope is as asked for. Runs are looked through backwards, by the key of their scopes. */
async function newestScope(
  store: Store,
  where: { readonly source: string; readonly scope?: string; readonly complete?: true },
): Promise<Row<typeof runScopes> | undefined> {
  let limit = firstRuns;
  let after: string | null | undefined;
  do {
    const page = await store.repository(runs).list({ orderBy: [['id', 'desc']], limit, after });
    const { items } = await store.repository(runScopes).list({
      where: { ...where, runId: { in: page.items.map(({ id }) => id) } },
      orderBy: [['runId', 'desc']],
      limit: 1,
    });
    if (items[0] !== undefined) return items[0];
    after = page.next;
    limit = Math.min(limit * 4, mostRuns);
  } while (after !== null);
  return undefined;
}

/** The instant of the last sweep in which this scope answered in full. */
export async function lastConfirmed(
  store: Store,
  source: string,
  scope: string,
): Promise<Instant | undefined> {
  const newest = await newestScope(store, { source, scope, complete: true });
  if (newest === undefined) return undefined;
  return (await store.repository(runs).get({ id: newest.runId }))?.startedAt;
}

export interface LastSweep {
  readonly run: Pick<Row<typeof runs>, 'id' | 'startedAt' | 'outcome'>;
  readonly incomplete: readonly { readonly scope: string; readonly code: string; readonly message: string }[];
}

/** The last sweep of each source that had one. */
export async function lastSweeps(store: Store): Promise<Map<string, LastSweep>> {
  const found = new Map<string, LastSweep>();
  const scopes = store.repository(runScopes);
  for (const { name } of await listConnections(store)) {
    const newest = await newestScope(store, { source: name });
    if (newest === undefined) continue;
    const { runId } = newest;
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
