// A house full of Shelly devices: the sweep waits for the slowest one, not for all of them one after the other;
// and what ten thousand unchanged devices cost, once they have answered.

import type { Observation } from '@holdfast/core/sync';
import { deviceConfigs, devices } from '@holdfast/domains/shelly';
import { makeDeviceConfigRow, makeDeviceRow } from '@holdfast/domains/shelly/factories';
import type { Settings } from '../harness/area.ts';
import { collectGarbage, median } from '../harness/interleave.ts';
import { type Line, makeLine } from '../harness/line.ts';
import { removeDatabase, scratchPath } from '../harness/scratch.ts';
import { addFleet, openFleet, startFleet, sweepFleet } from './fleet-lab.ts';

/** Milliseconds that the slowest device takes for each answer. */
const delayMs = 250;
/** What it is asked, one after the other: who it is, settings, status. */
const answersOfSlowest = 3;

export async function fleetOverHttp(count: number, { runs }: Settings): Promise<Line[]> {
  await using fleet = await startFleet({ devices: count, delayMs });
  const path = scratchPath('fleet.db');
  removeDatabase(path);
  const walls: number[] = [];
  {
    await using store = await openFleet(path);
    await addFleet(store, fleet.addresses);
    for (let round = -1; round < runs; round++) {
      collectGarbage();
      const swept = await sweepFleet(store);
      const expected =
        round < 0 ? { created: 2 * count, unchanged: 0 } : { created: 0, unchanged: 2 * count };
      if (swept.created !== expected.created || swept.unchanged !== expected.unchanged || swept.changed > 0)
        throw new Error(`round ${round}: ${JSON.stringify(swept)}`);
      if (round >= 0) walls.push(swept.wall);
    }
  }
  removeDatabase(path);
  const slow = Math.ceil(count / 10);
  return [
    makeLine('sync', 'sqlite', {
      case: `${count} Shelly devices, ${slow} of them slow: whole sweep`,
      against: 'the slowest device alone',
      ours: median(walls),
      reference: delayMs * answersOfSlowest,
      unit: 'ms',
      lessIsBetter: true,
      target: 0.8,
    }),
    makeLine('sync', 'sqlite', {
      case: `${count} Shelly devices, ${slow} of them slow: whole sweep`,
      against: 'all devices one after the other',
      ours: median(walls),
      reference: answersOfSlowest * (delayMs + ((slow - 1) * delayMs) / 2),
      unit: 'ms',
      lessIsBetter: true,
    }),
  ];
}

/** Records a second. */
const target = 150_000;
const groupSize = 1_000;

export async function fleetUnchanged(count: number, { runs }: Settings): Promise<Line[]> {
  const path = scratchPath('fleet.db');
  removeDatabase(path);
  const rates: number[] = [];
  {
    await using store = await openFleet(path);
    await addFleet(store, ['fleet.invalid']);
    await sweepFleet(store, observedFleet(count, true));
    const observed = observedFleet(count, false);
    for (let round = -2; round < runs; round++) {
      collectGarbage();
      const { wall, created, changed, unchanged } = await sweepFleet(store, observed);
      if (created + changed > 0 || unchanged !== 2 * count) throw new Error('something moved');
      if (round >= 0) rates.push((unchanged / wall) * 1000);
    }
  }
  removeDatabase(path);
  return [
    makeLine('sync', 'sqlite', {
      case: `${count} Shelly devices, nothing moving: last byte to commit`,
      against: `target of ${target / 1000}k/s`,
      ours: median(rates),
      reference: target,
      unit: 'rec./s',
      target: 1,
    }),
  ];
}

/** As the collector reports devices: a scope for each; a configuration only where it is not the stored one. */
function observedFleet(count: number, first: boolean): Observation[][] {
  const place = { source: 'home', seed: 1, devices: count };
  const groups: Observation[][] = [];
  for (let index = 0; index < count; index++) {
    const row = makeDeviceRow(place, index);
    const { source, mac, config, configDigest, secrets } = makeDeviceConfigRow(place, index);
    const known = { source, mac, configDigest };
    if (index % groupSize === 0) groups.push([]);
    groups.at(-1)!.push({
      scope: `device/${mac}`,
      batches: [
        { table: devices, rows: [row] },
        { table: deviceConfigs, rows: [first ? { ...known, config, secrets } : known] },
      ],
    });
  }
  return groups;
}
