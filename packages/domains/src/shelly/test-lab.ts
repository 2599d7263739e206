// A store, simulated devices and the source between them, for tests.

import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, type Row, type Store } from '@holdfast/core';
import { type SourceResult, sweep } from '@holdfast/core/sync';
import { putSource, requireSource } from '@holdfast/core/system';
import {
  deviceConfigs,
  devices,
  type ShellyOptions,
  shelly,
  shellyCollector,
  shellySource,
} from './domain.ts';
import { type Device, makeFleet, type Simulator, startSimulator } from './simulator/simulator.ts';

export interface Lab {
  readonly store: Store;
  readonly simulator: Simulator;
  /** Points the source at the simulator, with these options on top. */
  connect(options?: ShellyOptions): Promise<void>;
  sync(): Promise<SourceResult>;
  device(mac: string): Promise<Row<typeof devices> | undefined>;
  config(mac: string): Promise<Row<typeof deviceConfigs> | undefined>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A fleet of every model once unless others are given, swept into a database in memory. */
export async function openLab(fleet: readonly Device[] = makeFleet({ devices: 18 })): Promise<Lab> {
  const simulator = await startSimulator({ devices: fleet });
  const keyFile = join(tmpdir(), `holdfast-test-${randomUUID()}.key`);
  const store = (await openStore({ url: 'sqlite::memory:', domains: [shelly], keyFile })) as Store;
  const lab: Lab = {
    store,
    simulator,
    async connect(given = {}) {
      const { settings, credentials } = shellySource({ addresses: simulator.addresses.join(','), ...given });
      await putSource(store, { name: 'home', domain: 'shelly', settings: { ...settings }, credentials });
    },
    async sync() {
      const { sources } = await sweep(store, [await requireSource(store, 'home')], [shellyCollector]);
      return sources[0]!;
    },
    device: (mac) => store.repository(devices).get({ source: 'home', mac }),
    config: (mac) => store.repository(deviceConfigs).get({ source: 'home', mac }),
    async [Symbol.asyncDispose]() {
      await simulator.close();
      await store.close();
      rmSync(keyFile, { force: true });
    },
  };
  await lab.connect();
  return lab;
}

/** Scopes that did not answer in full, with the code of the reason. */
export const incomplete = (result: SourceResult): Record<string, string> =>
  Object.fromEntries(
    result.scopes.filter(({ complete }) => !complete).map(({ scope, error }) => [scope, error!.code]),
  );
