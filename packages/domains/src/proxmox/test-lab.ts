// A store, a simulated cluster and the source between them, for tests.

import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, type Store } from '@holdfast/core';
import { type SourceResult, sweep } from '@holdfast/core/sync';
import { putSource, requireSource } from '@holdfast/core/system';
import { type ProxmoxOptions, proxmox, proxmoxCollector, proxmoxSource } from './domain.ts';
import {
  makeDemoCluster,
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from './simulator/simulator.ts';

export interface Lab {
  readonly store: Store;
  readonly simulator: Simulator;
  /** Points the source at the simulator, with these options on top. */
  connect(options?: ProxmoxOptions): Promise<void>;
  sync(): Promise<SourceResult>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The demo cluster unless another is given, swept into a database in memory. */
export async function openLab(options: Partial<SimulatorOptions> = {}): Promise<Lab> {
  const simulator = await startSimulator({ cluster: makeDemoCluster(), ...options });
  const keyFile = join(tmpdir(), `holdfast-test-${randomUUID()}.key`);
  const store = (await openStore({ url: 'sqlite::memory:', domains: [proxmox], keyFile })) as Store;
  const lab: Lab = {
    store,
    simulator,
    async connect(given = {}) {
      const { settings, credentials } = proxmoxSource({
        endpoint: simulator.url,
        token: given.user === undefined ? simulator.token : undefined,
        fingerprint: simulator.fingerprint === '' ? undefined : simulator.fingerprint,
        ...given,
      });
      await putSource(store, { name: 'lab', domain: 'proxmox', settings: { ...settings }, credentials });
    },
    async sync() {
      const { sources } = await sweep(store, [await requireSource(store, 'lab')], [proxmoxCollector]);
      return sources[0]!;
    },
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

/** Those of the demo's dead node left out. */
export const unexpected = (result: SourceResult): Record<string, string> =>
  Object.fromEntries(Object.entries(incomplete(result)).filter(([scope]) => !scope.startsWith('node/pve4/')));
