// The questions that programs on top of these tables ask most, each answered from an index.

import type { Instant, Row, Store } from '@holdfast/core';
import { normaliseMac } from './mac.ts';
import {
  configHistory,
  configTemplates,
  deviceConfigs,
  devices,
  driftReports,
  driftTrends,
  notificationHistory,
  notificationRules,
  resolutionMetrics,
  resolutionRequests,
} from './tables.ts';

type DeviceKey = Pick<Row<typeof devices>, 'source' | 'mac'>;

const most = 10_000;

/** Devices with this MAC, in any spelling; one in each source that has it. */
export async function devicesByMac(store: Store, mac: string): Promise<Row<typeof devices>[]> {
  const normal = normaliseMac(mac);
  if (normal === undefined) return [];
  return (await store.repository(devices).list({ where: { mac: normal }, limit: most })).items;
}

/** Devices that say that this is their address. */
export async function devicesByIp(store: Store, ip: string): Promise<Row<typeof devices>[]> {
  return (await store.repository(devices).list({ where: { ip }, limit: most })).items;
}

/** Templates that may apply to a device: by their scope, its model and its generation; defaults first. */
export async function templatesFor(
  store: Store,
  { model, generation }: Pick<Row<typeof devices>, 'model' | 'generation'>,
): Promise<Row<typeof configTemplates>[]> {
  const fits = [0, ...(generation === null ? [] : [generation === 1 ? 1 : 2])];
  const { items } = await store.repository(configTemplates).list({
    where: {
      generation: { in: fits },
      or: [
        { scope: { in: ['global', 'group'] } },
        ...(model === null ? [] : [{ scope: 'device_type' as const, deviceType: model }]),
      ],
    },
    orderBy: [['isDefault', 'desc'], ['name']],
    limit: most,
  });
  return items;
}

/** Configurations that were made from a template. */
export async function configsOfTemplate(
  store: Store,
  templateId: string,
): Promise<Row<typeof deviceConfigs>[]> {
  return (await store.repository(deviceConfigs).list({ where: { templateId }, limit: most })).items;
}

/** What was done to a device's configuration, newest first. */
export async function historyOfConfig(
  store: Store,
  { source, mac }: DeviceKey,
  limit = 50,
): Promise<Row<typeof configHistory>[]> {
  const { items } = await store
    .repository(configHistory)
    .list({ where: { source, mac }, orderBy: [['at', 'desc']], limit });
  return items;
}

/** Enabled rules for alerts of this level. */
export async function rulesFor(
  store: Store,
  level: 'critical' | 'warning' | 'info',
): Promise<Row<typeof notificationRules>[]> {
  const { items } = await store
    .repository(notificationRules)
    .list({ where: { enabled: true, alertLevel: { in: [level, 'all'] } }, limit: most });
  return items;
}

/** Notifications to send now: new ones, and those whose next attempt is due; oldest first. */
export async function notificationsDue(
  store: Store,
  at: Instant,
  limit = 100,
): Promise<Row<typeof notificationHistory>[]> {
  const { items } = await store.repository(notificationHistory).list({
    where: { or: [{ status: 'pending' }, { status: 'retry', nextRetryAt: { lte: at } }] },
    orderBy: [['at']],
    limit,
  });
  return items;
}

/** Requests that wait for a decision, the most urgent severity first. */
export async function pendingRequests(store: Store, limit = 100): Promise<Row<typeof resolutionRequests>[]> {
  const found: Row<typeof resolutionRequests>[] = [];
  for (const priority of ['critical', 'high', 'medium', 'low'] as const) {
    if (found.length >= limit) break;
    const { items } = await store.repository(resolutionRequests).list({
      where: { status: 'pending', priority },
      orderBy: [['createdAt']],
      limit: limit - found.length,
    });
    found.push(...items);
  }
  return found;
}

/** Differences of a device that stand. */
export async function openDrifts(
  store: Store,
  { source, mac }: DeviceKey,
): Promise<Row<typeof driftTrends>[]> {
  const { items } = await store
    .repository(driftTrends)
    .list({ where: { source, mac, resolved: false }, orderBy: [['path']], limit: most });
  return items;
}

/** The newest report of a device, or over all devices where none is named. */
export async function latestDriftReport(
  store: Store,
  device?: DeviceKey,
): Promise<Row<typeof driftReports> | undefined> {
  const where = device === undefined ? { mac: null } : { source: device.source, mac: device.mac };
  const { items } = await store
    .repository(driftReports)
    .list({ where, orderBy: [['generatedAt', 'desc']], limit: 1 });
  return items[0];
}

/** Figures of a source for the days from `from` to `to`, both included, as `YYYY-MM-DD`. */
export async function resolutionFigures(
  store: Store,
  source: string,
  from: string,
  to: string,
): Promise<Row<typeof resolutionMetrics>[]> {
  const { items } = await store
    .repository(resolutionMetrics)
    .list({ where: { source, day: { gte: from, lte: to } }, orderBy: [['day']], limit: most });
  return items;
}
