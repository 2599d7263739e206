// A made-up fleet fills every table, the same for the same seed, and holds what the tables demand.

import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, type Store } from '@holdfast/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configHistory, configTemplates, devices, shelly, shellyTables } from './domain.ts';
import * as queries from './queries.ts';
import { driftTrends, notificationHistory, resolutionRequests } from './tables.ts';

let store: Store;
const keyFile = join(tmpdir(), `holdfast-test-${randomUUID()}.key`);
const source = 'seed-shelly';

beforeAll(async () => {
  store = (await openStore({ url: 'sqlite::memory:', domains: [shelly], keyFile })) as Store;
  await shelly.seed!(store, { size: 200, seed: 7 });
});

afterAll(async () => {
  await store.close();
  rmSync(keyFile, { force: true });
});

test('every table has records, and all of them are sound', async () => {
  for (const table of shellyTables)
    expect(await store.repository(table as typeof devices).count(), table.name).toBeGreaterThan(0);
  expect(await store.repository(devices).count()).toBe(200);
  expect(await store.check()).toEqual([]);
  expect(await store.doctor()).toEqual([]);
});

test('every table has a class of data and a resource', () => {
  expect(shelly.resources.map(({ table }) => table.name).sort()).toEqual(
    shellyTables.map(({ name }) => name).sort(),
  );
  const classes = Object.groupBy(shellyTables, ({ spec }) => spec.dataClass);
  expect(
    Object.fromEntries(
      Object.entries(classes).map(([name, tables]) => [name, tables.map((each) => each.name)]),
    ),
  ).toEqual({
    critical: ['devices', 'config_templates', 'device_configs', 'config_history'].map(prefixed),
    important: ['channels', 'rules', 'history', 'templates'].map((name) => prefixed(`notification_${name}`)),
    operational: ['policies', 'requests', 'history', 'schedules', 'metrics'].map((name) =>
      prefixed(`resolution_${name}`),
    ),
    informational: ['drift_detection_schedules', 'drift_detection_runs', 'drift_reports', 'drift_trends'].map(
      prefixed,
    ),
  });
});

const prefixed = (name: string): string => `shelly_${name}`;

test('the same seed makes the same fleet; seeding again replaces what has ids of its own', async () => {
  const before = (await store.repository(devices).list({ limit: 500 })).items.map(({ mac, name }) => [
    mac,
    name,
  ]);
  const templates = await store.repository(configTemplates).count();
  await shelly.seed!(store, { size: 200, seed: 7 });
  const after = (await store.repository(devices).list({ limit: 500 })).items.map(({ mac, name }) => [
    mac,
    name,
  ]);
  expect(after).toEqual(before);
  await shelly.seed!(store, { size: 100, seed: 8 });
  expect(await store.repository(configTemplates).count()).toBe(templates);
  expect(await store.repository(devices).count()).toBe(300);
});

test('devices are found by any spelling of their MAC, and by address', async () => {
  const [device] = (await store.repository(devices).list({ limit: 1 })).items;
  const spelled = device!.mac.toLowerCase().match(/../g)!.join('-');
  expect(await queries.devicesByMac(store, spelled)).toEqual([device]);
  expect(await queries.devicesByMac(store, 'no MAC')).toEqual([]);
  expect(await queries.devicesByIp(store, device!.ip!)).toContainEqual(device);
});

test('templates fit by scope, model and generation, defaults first', async () => {
  const found = await queries.templatesFor(store, { model: 'SHSW-25', generation: 1 });
  expect(found[0]!.isDefault).toBe(true);
  expect(found.some(({ scope }) => scope === 'device_type')).toBe(true);
  for (const { scope, deviceType, generation } of found) {
    if (scope === 'device_type') expect(deviceType).toBe('SHSW-25');
    expect([0, 1]).toContain(generation);
  }
  expect(await queries.configsOfTemplate(store, found[0]!.id)).toEqual([]);
});

test('the history of a configuration comes newest first', async () => {
  const [change] = (await store.repository(configHistory).list({ limit: 1 })).items;
  const other = { ...change!, id: randomUUID(), at: change!.at + 1 };
  await store.repository(configHistory).insert(other);
  const found = await queries.historyOfConfig(store, change!);
  expect(found.slice(0, 2).map(({ at }) => at)).toEqual([change!.at + 1, change!.at]);
});

test('notifications are due when they are new, or when their time has come', async () => {
  const at = 1_780_000_000_000_000 + 40 * 60_000_000;
  const due = await queries.notificationsDue(store, at, 1_000);
  const pending = await store.repository(notificationHistory).count({ status: 'pending' });
  const retries = due.filter(({ status }) => status === 'retry');
  expect(due.length - retries.length).toBe(pending);
  expect(retries.length).toBeGreaterThan(0);
  for (const { nextRetryAt } of retries) expect(nextRetryAt).toBeLessThanOrEqual(at);
  expect((await queries.rulesFor(store, 'critical')).map(({ enabled }) => enabled)).not.toContain(false);
});

test('requests wait in the order of their urgency', async () => {
  const found = await queries.pendingRequests(store, 1_000);
  expect(found).toHaveLength(await store.repository(resolutionRequests).count({ status: 'pending' }));
  const order = ['critical', 'high', 'medium', 'low'];
  const ranks = found.map(({ priority }) => order.indexOf(priority));
  expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
  expect(await queries.pendingRequests(store, 1)).toEqual(found.slice(0, 1));
});

test('drift is asked by device, reports newest first, figures by day', async () => {
  const [trend] = (await store.repository(driftTrends).list({ where: { resolved: false }, limit: 1 })).items;
  const open = await queries.openDrifts(store, trend!);
  expect(open.map(({ id }) => id)).toContain(trend!.id);
  const latest = await queries.latestDriftReport(store);
  expect(latest).toMatchObject({ mac: null });
  const own = await queries.latestDriftReport(store, { source, mac: '000000000001' });
  expect(own).toBeUndefined();
  const figures = await queries.resolutionFigures(store, source, '2026-01-03', '2026-01-05');
  expect(figures.map(({ day }) => day)).toEqual(['2026-01-03', '2026-01-04', '2026-01-05']);
});
