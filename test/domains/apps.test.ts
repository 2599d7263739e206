// Apps: found by name, folder, type and status, counted, and ports that are given out once.

import type { Store } from '@holdfast/core';
import {
  appAt,
  apps,
  appsDomain,
  appsManifests,
  appsNamed,
  appsPorts,
  appsRuntimeInfo,
  countApps,
  findApps,
  freePort,
} from '@holdfast/domains/apps';
import { makeApp, makeManifest, makePort, makeRuntimeInfo } from '@holdfast/domains/apps/factories';
import { makeRandom } from '@holdfast/domains/random';
import { describe, expect, test } from 'vitest';
import { refusal } from '../conformance/refusal.ts';
import { engines } from '../engines.ts';
import { openDomain } from './open-domain.ts';

const app = (appId: string, more: object = {}) => ({
  ...makeApp('home', 0, makeRandom(1)),
  appId,
  name: appId,
  path: `/opt/apps/${appId}`,
  status: 'ready' as const,
  type: 'service' as const,
  ...more,
});
const ids = (rows: readonly { appId: string }[]) => rows.map(({ appId }) => appId).sort();

describe.each(engines)('$name', (engine) => {
  const opened = async (): Promise<Store> => {
    const store = await openDomain(engine, appsDomain);
    await store
      .repository(apps)
      .insertMany([
        app('camera', { status: 'running' }),
        app('camera-1', { name: 'camera', type: 'streamlit' }),
        app('music', { status: 'error', errorMessage: 'the manifest is no JSON' }),
        app('gone', { path: '/opt/apps/music', absentSince: 5 }),
      ]);
    return store;
  };

  test('they are found by name, folder, type and status; one that is gone is not in its folder', async () => {
    const store = await opened();
    expect(ids(await appsNamed(store, 'home', 'camera'))).toEqual(['camera', 'camera-1']);
    expect((await appAt(store, 'home', '/opt/apps/music'))!.appId).toBe('music');
    expect(await appAt(store, 'home', '/opt/apps/gone')).toBeUndefined();
    expect(ids((await findApps(store, { type: 'streamlit' })).items)).toEqual(['camera-1']);
    expect(ids((await findApps(store, { source: 'home', status: 'running' })).items)).toEqual(['camera']);
    const first = await findApps(store, {}, { limit: 2 });
    const rest = await findApps(store, {}, { limit: 2, after: first.next });
    expect(ids([...first.items, ...rest.items])).toEqual(['camera', 'camera-1', 'music']);
  });

  test('they are counted by status and type', async () => {
    expect(await countApps(await opened(), 'home')).toMatchObject({
      total: 3,
      byStatus: { running: 1, ready: 1, error: 1, stopped: 0 },
      byType: { service: 2, streamlit: 1 },
    });
  });

  test('the next free port is the lowest that is not given out', async () => {
    const store = await opened();
    const range = { start: 8_100, end: 8_103 };
    const give = (port: number, status: 'allocated' | 'in_use' | 'released' = 'allocated') =>
      store
        .repository(appsPorts)
        .upsert({ source: 'home', port, appId: 'camera', appType: 'service', status, allocatedAt: 0 });
    expect(await freePort(store, 'home', range)).toBe(8_100);
    for (const port of [8_099, 8_100, 8_101, 8_103]) await give(port, 'in_use');
    expect(await freePort(store, 'home', range)).toBe(8_102);
    await give(8_102);
    expect(await freePort(store, 'home', range)).toBeUndefined();
    await give(8_101, 'released');
    expect(await freePort(store, 'home', range)).toBe(8_101);
    expect((await refusal(give(0))).code).toBe('CHECK_FAILED');
    expect((await refusal(give(65_536))).code).toBe('CHECK_FAILED');
    const second = { ...makePort('home', 0), port: 8_100, appId: 'music' };
    expect((await refusal(store.repository(appsPorts).insert(second))).code).toBe('CONFLICT');
  });

  test('with an app go its manifest, how it runs and its ports', async () => {
    const store = await opened();
    const camera = app('camera', { status: 'running' });
    await store.repository(appsManifests).insert(makeManifest(camera, makeRandom(1)));
    await store.repository(appsRuntimeInfo).insert(makeRuntimeInfo(camera, 0, makeRandom(1)));
    await store.repository(appsPorts).insert({ ...makePort('home', 0), appId: 'camera' });
    await store.repository(apps).delete({ source: 'home', appId: 'camera' });
    for (const table of [appsManifests, appsRuntimeInfo, appsPorts])
      expect(await store.repository(table).count()).toBe(0);
  });

  test('a look at what runs is no change of it', async () => {
    const store = await opened();
    const repository = store.repository(appsRuntimeInfo);
    await repository.insert({ source: 'home', appId: 'camera', health: 'good', updatedAt: 1 });
    const key = { source: 'home', appId: 'camera' };
    await repository.update(key, { cpuPercent: 12.5, memoryMb: 90, lastHealthCheck: 7 });
    expect(await repository.get(key)).toMatchObject({ cpuPercent: 12.5, lastHealthCheck: 7, updatedAt: 1 });
  });
});
