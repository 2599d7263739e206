// Shelly devices against their templates, on every engine: what drift runs leave in the domain's own tables.

import type { Store } from '@holdfast/core';
import { acknowledgeDrift, driftKind, runDrift } from '@holdfast/core/drift';
import { listSchedules, requireJob, runQueuedJob, takeDueSlots } from '@holdfast/core/job';
import { addSource } from '@holdfast/core/system';
import {
  deviceConfigs,
  devices,
  driftDetectionRuns,
  driftDetectionSchedules,
  driftReports,
  driftTrends,
  latestDriftReport,
  openDrifts,
  shelly,
} from '@holdfast/domains/shelly';
import { beforeEach, describe, expect, test } from 'vitest';
import { engines, scratchFolder } from '../engines.ts';

const resource = shelly.resources.find(({ name }) => name === 'shelly.device')!;
const macOf = (index: number): string => `44179300000${index}`;

describe.each(engines)('$name', (engine) => {
  let store: Store;
  const by = 'ann';
  const run = (more: object = {}) => runDrift(store, { resources: [resource], by, ...more });
  const config = (mac: string) => store.repository(deviceConfigs).get({ source: 'home', mac });

  beforeEach(async () => {
    store = (await engine.open({
      domains: [shelly],
      keyFile: `${scratchFolder()}/secret.key`,
    })) as unknown as Store;
    await addSource(store, { name: 'home', domain: 'shelly', settings: {}, credentials: {} });
    const desiredConfig = { wifi: { sta: { ssid: 'iot' } }, 'switch:0': { auto_off: false } };
    await store.repository(devices).insertMany(
      [1, 2, 3, 4].map((index) => ({
        ...{ source: 'home', mac: macOf(index), name: `Lamp ${index}`, ip: `10.0.0.${index}`, generation: 2 },
        ...(index === 4 ? {} : { desiredConfig, desiredSecrets: '{"wifi.ap.pass":"sesame"}' }),
      })),
    );
    const wifi = { sta: { ssid: 'iot', enable: true } };
    await store.repository(deviceConfigs).insertMany([
      { source: 'home', mac: macOf(1), config: { 'switch:0': { auto_off: 0, name: null }, wifi } },
      {
        ...{ source: 'home', mac: macOf(2), secrets: '{"wifi.ap.pass":"other"}' },
        config: { 'switch:0': { auto_off: true }, wifi: { sta: { ssid: 'guest' } } },
      },
    ]);
  });

  test('devices are compared with templates and overrides; secrets only where the device shows its own', async () => {
    const { report } = await run();
    expect(report).toMatchObject({
      ...{ checked: 3, inSync: 1, drifted: 1, unknown: 1, unmanaged: 1, critical: 1, warning: 2, info: 0 },
      reasons: { 'never read': 1 },
    });
    const drifts = await openDrifts(store, { source: 'home', mac: macOf(2) });
    expect(drifts.map(({ path, category, severity }) => [path, category, severity])).toEqual([
      ['switch:0.auto_off', 'device', 'warning'],
      ['wifi.ap.pass', 'security', 'critical'],
      ['wifi.sta.ssid', 'network', 'warning'],
    ]);
    expect(JSON.stringify([report, drifts])).not.toMatch(/sesame|"other"/);
    expect((await config(macOf(2)))!.syncStatus).toBe('drift');
    expect((await config(macOf(1)))!.syncStatus).toBe('synced');
  });

  test('runs and reports are the domain`s, too, with the numbers of the run', async () => {
    const { run: ran } = await run();
    expect(await store.repository(driftDetectionRuns).get({ id: ran.id })).toMatchObject({
      ...{ status: 'completed', startedAt: ran.startedAt, scheduleId: null, error: null },
      results: { total: 3, inSync: 1, drifted: 1, unknown: 1 },
    });
    expect(await latestDriftReport(store)).toMatchObject({
      ...{ reportType: 'bulk', totalDevices: 3, devicesInSync: 1, devicesDrifted: 1, devicesErrored: 1 },
      ...{
        criticalIssues: 1,
        warningIssues: 2,
        securityConcerns: 1,
        networkChanges: 1,
        generatedAt: ran.startedAt,
      },
      categoriesAffected: ['security', 'network', 'device'],
      devices: [{ id: `home/${macOf(2)}`, severity: 'critical' }],
    });
    await run({ recordId: `home/${macOf(1)}` });
    expect(await latestDriftReport(store, { source: 'home', mac: macOf(1) })).toMatchObject({
      ...{ reportType: 'device', totalDevices: 1, devicesInSync: 1 },
    });
  });

  test('trends are counted, end when the difference is gone, and stay open while the device cannot be told', async () => {
    const device = { source: 'home', mac: macOf(2) };
    await run({ at: 1_000 });
    await acknowledgeDrift(store, resource, `home/${macOf(2)}`, 'config.switch:0.auto_off', { by });
    await run({ at: 2_000 });
    await store.repository(devices).update(device, { absentSince: 5 });
    await run({ at: 3_000 });
    expect(await openDrifts(store, device)).toMatchObject(
      [1, 2, 3].map(() => ({ occurrences: 2, firstSeen: 1_000, lastSeen: 2_000 })),
    );
    await store.repository(devices).update(device, { absentSince: null });
    await store.repository(deviceConfigs).update(device, {
      ...{ config: { wifi: { sta: { ssid: 'iot' } }, 'switch:0': { auto_off: false } }, secrets: null },
    });
    await run({ at: 4_000 });
    expect(await openDrifts(store, device)).toEqual([]);
    expect(await store.repository(driftTrends).count({ resolved: true, resolvedAt: 4_000 })).toBe(3);
    expect((await config(macOf(2)))!.syncStatus).toBe('synced');
    await store
      .repository(deviceConfigs)
      .update({ source: 'home', mac: macOf(1) }, { syncStatus: 'pending' });
    await run();
    expect((await config(macOf(1)))!.syncStatus).toBe('pending');
  });

  test('a schedule of the domain runs as a drift job, over the devices it means', async () => {
    const id = '00000000-0000-4000-8000-000000000001';
    const schedules = store.repository(driftDetectionSchedules);
    await schedules.insert({
      ...{ id, name: 'nightly', cronSpec: '0 3 * * *' },
      deviceFilter: { generations: [2], ipRanges: ['10.0.0.0/30'], exclude: [macOf(1).toLowerCase()] },
    });
    await shelly.schedules!(store);
    const [made] = await listSchedules(store);
    expect(made).toMatchObject({ name: `shelly/${id}`, kind: 'drift', cron: '0 3 * * *', enabled: true });
    expect((await schedules.get({ id }))!.nextRun).toBe(made!.nextRunAt);
    await shelly.schedules!(store);
    expect(await listSchedules(store)).toEqual([made]);

    const [slot] = await takeDueSlots(store, { at: made!.nextRunAt! });
    await runQueuedJob(store, slot!.jobId!, { kinds: [driftKind(shelly.resources)] });
    expect(await requireJob(store, slot!.jobId!)).toMatchObject({
      ...{ state: 'done', result: { report: { checked: 2, drifted: 1, unknown: 1 } } },
    });
    expect(await schedules.get({ id })).toMatchObject({ runCount: 1, lastRun: expect.any(Number) });
    const { items } = await store.repository(driftReports).list();
    expect(items).toMatchObject([{ reportType: 'scheduled', scheduleId: id, totalDevices: 2 }]);
    expect(await store.repository(driftDetectionRuns).count({ scheduleId: id })).toBe(1);

    await schedules.update({ id }, { enabled: false });
    await shelly.schedules!(store);
    expect(await listSchedules(store)).toMatchObject([{ enabled: false, nextRunAt: null }]);
    await schedules.delete({ id });
    await shelly.schedules!(store);
    expect(await listSchedules(store)).toEqual([]);
  });

  test.each([
    [{ macs: ['44:17:93:00:00:02'] }, 1],
    [{ names: ['lamp 1', 'LAMP 2'] }, 2],
    [{ models: ['none'] }, 0],
    [{ ipRanges: ['10.0.0.2-10.0.0.3'] }, 2],
    [{ ipRanges: ['10.0.0.1', 'fd00::/8'] }, 1],
    [{}, 3],
  ])('the filter %j means %i devices', async (filter, count) => {
    expect((await run({ filter })).report.checked).toBe(count);
  });

  test('a filter that cannot be understood fails the run by name', async () => {
    await expect(run({ filter: { ipRanges: ['10.0.0.0/99'] } })).rejects.toMatchObject({
      code: 'SETTING_INVALID',
      message: expect.stringContaining('10.0.0.0/99'),
    });
  });
});
