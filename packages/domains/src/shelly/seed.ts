// Fills a store with a made-up fleet and everything that belongs to it, batch by batch.

import type { AnyTable, Insert, SeedOptions, Store } from '@holdfast/core';
import { putSource } from '@holdfast/core/system';
import type { Place } from './factories/place.ts';
import {
  makeConfigChange,
  makeDeviceConfigRow,
  makeDeviceRow,
  makeDriftReport,
  makeDriftRun,
  makeDriftSchedule,
  makeDriftTrend,
  makeNotification,
  makeNotificationChannel,
  makeNotificationRule,
  makeNotificationTemplate,
  makeResolution,
  makeResolutionFigures,
  makeResolutionPolicy,
  makeResolutionRequest,
  makeResolutionSchedule,
  makeTemplate,
} from './factories.ts';
import * as tables from './tables.ts';

const batchRows = 2_000;

/** A table, how many of its records there are, and how each is made; parents before children. */
interface Fill<T extends AnyTable = AnyTable> {
  readonly table: T;
  readonly count: number;
  readonly make: (place: Place, index: number) => Insert<T>;
}

const fillOf = <T extends AnyTable>(
  table: T,
  count: number,
  make: (place: Place, index: number) => Insert<T>,
): Fill => ({ table, count, make: make as Fill['make'] });

const fills = (size: number): readonly Fill[] => {
  const some = Math.max(3, Math.min(50, Math.ceil(size / 100)));
  const half = Math.ceil(size / 2);
  return [
    fillOf(tables.devices, size, makeDeviceRow),
    fillOf(tables.configTemplates, some, makeTemplate),
    fillOf(tables.deviceConfigs, size, makeDeviceConfigRow),
    fillOf(tables.configHistory, size, makeConfigChange),
    fillOf(tables.notificationChannels, 3, makeNotificationChannel),
    fillOf(tables.notificationRules, some, makeNotificationRule),
    fillOf(tables.notificationTemplates, 3, makeNotificationTemplate),
    fillOf(tables.notificationHistory, half, makeNotification),
    fillOf(tables.resolutionPolicies, 3, makeResolutionPolicy),
    fillOf(tables.resolutionRequests, half, makeResolutionRequest),
    fillOf(tables.resolutionHistory, half, makeResolution),
    fillOf(tables.resolutionSchedules, 3, makeResolutionSchedule),
    fillOf(tables.resolutionMetrics, Math.min(365, size), makeResolutionFigures),
    fillOf(tables.driftDetectionSchedules, 3, makeDriftSchedule),
    fillOf(tables.driftDetectionRuns, some, makeDriftRun),
    fillOf(tables.driftReports, some, makeDriftReport),
    fillOf(tables.driftTrends, half, makeDriftTrend),
  ];
};

/** `size` devices with their configurations, and records of every other table. @returns rows stored */
export async function seedShelly(
  store: Store,
  { size, seed, signal, onProgress }: SeedOptions,
): Promise<number> {
  const source = 'seed-shelly';
  // Never swept: there is nothing behind it.
  await putSource(store, {
    name: source,
    domain: 'shelly',
    settings: { addresses: ['seed.invalid'] },
    credentials: {},
    enabled: false,
  });
  const place: Place = { source, seed, devices: size };
  const all = fills(size);
  const total = all.reduce((sum, { count }) => sum + count, 0);
  let done = 0;
  for (const { table, count, make } of all)
    for (let start = 0; start < count; start += batchRows) {
      const length = Math.min(batchRows, count - start);
      const rows = Array.from({ length }, (_, index) => make(place, start + index));
      await store.repository(table).upsertMany(rows, { signal });
      done += length;
      onProgress?.(done, total);
    }
  return done;
}
