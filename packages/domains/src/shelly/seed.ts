// Fills a store with a made-up fleet and everything that belongs to it, batch by batch.

import type { SeedOptions, Store } from '@holdfast/core';
import { fill, seedSource, storeSeed } from '../seeding.ts';
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

/** `size` devices with their configurations, and records of every other table. @returns rows stored */
export function seedShelly(store: Store, options: SeedOptions): Promise<number> {
  const { size, seed } = options;
  const place: Place = { source: seedSource('shelly'), seed, devices: size };
  const of =
    <R>(make: (place: Place, index: number) => R) =>
    (index: number): R =>
      make(place, index);
  const some = Math.max(3, Math.min(50, Math.ceil(size / 100)));
  const half = Math.ceil(size / 2);
  const fillings = [
    fill(tables.devices, size, of(makeDeviceRow)),
    fill(tables.configTemplates, some, of(makeTemplate)),
    fill(tables.deviceConfigs, size, of(makeDeviceConfigRow)),
    fill(tables.configHistory, size, of(makeConfigChange)),
    fill(tables.notificationChannels, 3, of(makeNotificationChannel)),
    fill(tables.notificationRules, some, of(makeNotificationRule)),
    fill(tables.notificationTemplates, 3, of(makeNotificationTemplate)),
    fill(tables.notificationHistory, half, of(makeNotification)),
    fill(tables.resolutionPolicies, 3, of(makeResolutionPolicy)),
    fill(tables.resolutionRequests, half, of(makeResolutionRequest)),
    fill(tables.resolutionHistory, half, of(makeResolution)),
    fill(tables.resolutionSchedules, 3, of(makeResolutionSchedule)),
    fill(tables.resolutionMetrics, Math.min(365, size), of(makeResolutionFigures)),
    fill(tables.driftDetectionSchedules, 3, of(makeDriftSchedule)),
    fill(tables.driftDetectionRuns, some, of(makeDriftRun)),
    fill(tables.driftReports, some, of(makeDriftReport)),
    fill(tables.driftTrends, half, of(makeDriftTrend)),
  ];
  return storeSeed(store, 'shelly', fillings, options, { addresses: ['seed.invalid'] });
}
