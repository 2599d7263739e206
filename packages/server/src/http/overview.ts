// What the first page shows: health of sources, drift, backups, jobs, and what changed today.

import { formatInstant, type Instant, now, type Store } from '@holdfast/core';
import { countChanges } from '@holdfast/core/history';
import {
  archives,
  driftItems,
  driftRuns,
  historyGaps,
  jobs,
  lastSweeps,
  listConnections,
  plans,
} from '@holdfast/core/system';

import { resources } from '../cli/domains.ts';
import { trackedResources } from '../cli/tracked-resources.ts';
import { archivesJson } from '../shapes/archives.ts';
import { classStates } from '../shapes/backup-state.ts';
import { driftRunJson } from '../shapes/drift.ts';

const day = 86_400_000_000;
/** Open differences that are told apart; of more, only those that were seen last. */
const mostItems = 10_000;

export async function driftSummary(store: Store) {
  const repository = store.repository(driftItems);
  const open = await repository.count({ state: 'open' });
  const acknowledged = await repository.count({ state: 'acknowledged' });
  const { items } = await repository.list({
    where: { state: 'open' },
    orderBy: [['lastSeen', 'desc']],
    limit: mostItems,
  });
  const count = (of: typeof items) => ({
    open: of.length,
    critical: of.filter(({ severity }) => severity === 'critical').length,
    warning: of.filter(({ severity }) => severity === 'warning').length,
    info: of.filter(({ severity }) => severity === 'info').length,
  });
  const last = await store.repository(driftRuns).list({ orderBy: [['startedAt', 'desc']], limit: 1 });
  const byCategory = Object.fromEntries(
    [...Map.groupBy(items, ({ category }) => category)].map(([category, of]) => [category, of.length]),
  );
  return {
    ...count(items),
    ...{ open, acknowledged },
    records: new Set(items.map(({ resource, recordId }) => `${resource} ${recordId}`)).size,
    byResource: [...Map.groupBy(items, ({ resource }) => resource)].map(([resource, of]) => ({
      resource,
      ...count(of),
    })),
    byCategory,
    lastRun: last.items[0] === undefined ? null : driftRunJson(last.items[0]),
  };
}

/** Whether the last sweep of a source went wrong, by name; never read ones are in neither. */
export async function sourceHealth(store: Store) {
  const sweeps = await lastSweeps(store);
  const all = await listConnections(store);
  return all.map((source) => {
    const last = sweeps.get(source.name);
    return { source, last, failing: last !== undefined && last.incomplete.length > 0 };
  });
}

export async function newestArchives(store: Store) {
  const newest = async (where: object) => {
    const page = await store
      .repository(archives)
      .list({ where: { prunedAt: null, ...where }, orderBy: [['takenAt', 'desc']], limit: 1 });
    return page.items[0];
  };
  return { newest: await newest({}), proven: await newest({ proof: 'proven' }) };
}

export async function readOverview(store: Store) {
  const at = now();
  const health = await sourceHealth(store);
  const { newest, proven } = await newestArchives(store);
  const work = store.repository(jobs);
  const [running, queued, failedToday, open, gaps] = await Promise.all([
    work.count({ state: 'running' }),
    work.count({ state: 'queued' }),
    work.count({ state: { in: ['failed', 'interrupted'] }, finishedAt: { gte: at - day } }),
    store.repository(plans).count({ state: 'open', expiresAt: { gt: at } }),
    store.repository(historyGaps).count({ until: null }),
  ]);
  const counts = await Promise.all(
    resources
      .filter(({ table }) => table.spec.history === 'versions')
      .map(({ table }) => store.repository(table).count()),
  );
  return {
    sources: {
      total: health.length,
      failing: health.filter(({ failing }) => failing).length,
      neverRead: health.filter(({ last }) => last === undefined).length,
    },
    drift: await driftSummary(store),
    jobs: { running, queued, failedToday },
    backup: {
      newest: newest === undefined ? null : (await archivesJson(store, [newest]))[0],
      newestProven: proven === undefined ? null : (await archivesJson(store, [proven]))[0],
      classes: await classStates(store),
    },
    today: {
      since: formatInstant(midnight(at)),
      ...(await countChanges(store, trackedResources(undefined), midnight(at))),
    },
    plans: { open },
    gaps,
    records: counts.reduce((sum, each) => sum + each, 0),
  };
}

const midnight = (at: Instant): Instant => Math.floor(at / day) * day;
