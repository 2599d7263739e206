// holdfast demo: a simulated cluster on loopback, connected, read, and kept in sync until stopped.

import { setTimeout as wait } from 'node:timers/promises';
import { exits, HoldfastError, type Store } from '@holdfast/core';
import type { SweepResult } from '@holdfast/core/sync';
import { putSource, requireSource } from '@holdfast/core/system';
import { proxmox, proxmoxSource } from '@holdfast/domains/proxmox';
import { makeDemoCluster, type Simulator, startSimulator } from '@holdfast/domains/proxmox/simulator';
import type { Command } from 'commander';
import { happen } from './demo-events.ts';
import type { Invocation } from './invocation.ts';
import { paint, renderTable } from './output.ts';
import { incompleteLines, runSweep, sweepJson } from './sync.ts';

const sourceName = 'homelab';
const demoData = './holdfast-demo';
/** The node that is staged as down. */
const offlineNode = 'pve4';

export function register(command: Command, invocation: Invocation): void {
  command
    .option('--once', 'end after the first sync')
    .option('--interval <seconds>', 'pause between two syncs', '5')
    .addHelpText('after', `\nKeeps its data in ${demoData} unless --data or --database says otherwise.`)
    .action(async (flags: { once?: boolean; interval: string }) => {
      const interval = Number(flags.interval);
      if (!(interval > 0 && interval <= 3_600))
        throw new HoldfastError(
          'SETTING_INVALID',
          `--interval is ${flags.interval}: it takes seconds, up to 3600`,
        );
      const simulator = await startSimulator({ cluster: makeDemoCluster() });
      try {
        await invocation.withStore({ create: true, data: demoData }, async (store) => {
          await first(store, simulator, invocation, flags.once === true);
          if (!flags.once) await keepSyncing(store, simulator, invocation, interval);
        });
      } finally {
        await simulator.close();
      }
    });
}

async function first(
  store: Store,
  simulator: Simulator,
  invocation: Invocation,
  once: boolean,
): Promise<void> {
  const { settings, credentials } = proxmoxSource({
    endpoint: simulator.url,
    token: simulator.token,
    fingerprint: simulator.fingerprint,
  });
  await putSource(store, { name: sourceName, domain: 'proxmox', settings: { ...settings }, credentials });
  const result = await runSweep(store, [await requireSource(store, sourceName)], invocation);
  const counts = await countResources(store);
  if (!asStaged(result)) invocation.outcome.exit = exits.partly;
  invocation.print({ demo: { url: simulator.url }, ...sweepJson(result), counts }, () =>
    summary(store, simulator, result, counts, once),
  );
}

/** Every scope answered in full, but those of the node that is down. */
const asStaged = ({ sources }: SweepResult): boolean =>
  sources.every(({ scopes }) =>
    scopes.every(({ scope, complete }) => complete !== scope.startsWith(`node/${offlineNode}/`)),
  );

interface Count {
  readonly resource: string;
  readonly records: number;
  readonly note: string;
}

async function countResources(store: Store): Promise<Count[]> {
  return Promise.all(
    proxmox.resources.map(async ({ name, table }) => {
      const repository = store.repository(table);
      const where = { source: sourceName };
      const records = await repository.count(where);
      if (!('status' in table.columns)) return { resource: name, records, note: '' };
      const values = table.columns['status'].options.values as readonly string[];
      const by = await Promise.all(values.map((status) => repository.count({ ...where, status })));
      const note = values
        .flatMap((status, index) => (by[index] ? [`${by[index]} ${status}`] : []))
        .join(', ');
      return { resource: name, records, note };
    }),
  );
}

function summary(
  store: Store,
  simulator: Simulator,
  result: SweepResult,
  counts: readonly Count[],
  once: boolean,
): string {
  const [source] = result.sources;
  const seconds = ((result.run.finishedAt - result.run.startedAt) / 1_000_000).toFixed(2);
  const next = once
    ? [`Look around: holdfast --data ${demoData} status, list proxmox.vm, show proxmox.vm ${sourceName}/100`]
    : ['Keeps syncing while the cluster changes; Ctrl-C ends it.'];
  return [
    `${paint('bold', 'A simulated Proxmox cluster')} answers at ${simulator.url}`,
    `Read in ${seconds} s into ${store.engine.location}: ${source!.created} created, ${source!.changed} changed, ${source!.unchanged} unchanged`,
    '',
    renderTable(
      ['resource', 'records', 'of these'],
      counts.map(({ resource, records, note }) => [resource, String(records), note]),
    ),
    '',
    `${offlineNode} is staged as down, so its scopes are incomplete and nothing of it is lost:`,
    ...incompleteLines(source!.scopes),
    '',
    ...next,
  ].join('\n');
}

async function keepSyncing(
  store: Store,
  simulator: Simulator,
  invocation: Invocation,
  interval: number,
): Promise<void> {
  const { signal } = invocation;
  while (!signal.aborted) {
    await wait(interval * 1000, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const events = happen(simulator.cluster, interval);
    try {
      const result = await runSweep(store, [await requireSource(store, sourceName)], invocation);
      const [source] = result.sources;
      invocation.print({ events, ...sweepJson(result) }, () =>
        [
          `${new Date().toISOString().slice(11, 19)}Z  ${source!.created} created, ${source!.changed} changed, ${source!.deleted} gone,` +
            ` ${source!.gauges} with new gauges`,
          ...events.map((event) => paint('dim', `          ${event}`)),
        ].join('\n'),
      );
    } catch (error) {
      // Being stopped is how the demo ends.
      if (signal.aborted) return;
      throw error;
    }
  }
}
