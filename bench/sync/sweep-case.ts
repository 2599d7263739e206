// Sweeps of one cluster: nothing moving, gauges moving, configurations edited; each also replayed into two copies,
// ours and the hand-written one, which must end up equal.

import { now, type Store } from '@holdfast/core';
import type { Observation } from '@holdfast/core/sync';
import type { Settings } from '../harness/area.ts';
import { collectGarbage, median } from '../harness/interleave.ts';
import { type Line, makeLine } from '../harness/line.ts';
import { requireSame } from '../harness/same.ts';
import { copyDatabase, removeDatabase, scratchPath } from '../harness/scratch.ts';
import { HandWrittenGuests } from './hand-guests.ts';
import { addCluster, openLab, replay, type Swept, timedSweep } from './lab.ts';
import { type RemoteCluster, startCluster } from './simulator.ts';
import type { ClusterSize, Moves } from './simulator-child.ts';
import { allTables, digestOfTables, guestTables } from './tables-digest.ts';

interface Situation {
  readonly name: string;
  readonly moves: Moves;
  /** Resources a second, from the last byte to the commit. */
  readonly target: number;
}

const situations: readonly Situation[] = [
  { name: 'nothing moving', moves: {}, target: 250_000 },
  { name: '80 % of gauges', moves: { gauges: 0.8 }, target: 100_000 },
  {
    name: 'and 5 % of configurations',
    moves: { gauges: 0.8, configs: 0.05 },
    target: 80_000,
  },
];

/** A thousand resources on each node: itself, its five storages, guests half and half. */
export function clusterSize(resources: number): ClusterSize {
  const nodes = Math.max(1, Math.round(resources / 1_000));
  const storages = 5;
  const tasks = Math.min(100, nodes * 10);
  return {
    nodes,
    storages,
    tasks,
    guests: Math.max(10, resources - nodes * (1 + storages) - storages - tasks),
  };
}

/** Up to this size a fresh store is filled too, to compare with: a first sweep takes its time. */
const mostForFresh = 20_000;

/** Samples of one situation. */
interface Samples {
  readonly rates: number[];
  readonly cpuRates: number[];
  readonly wallRates: number[];
  readonly ours: number[];
  readonly handWritten: number[];
}

export async function sweeps(resources: number, settings: Settings): Promise<Line[]> {
  await using cluster = await startCluster(clusterSize(resources));
  const path = scratchPath('sweep.db');
  removeDatabase(path);
  await discover(path, cluster);
  const copies = { ours: copyDatabase(path, 'ours.db'), handWritten: copyDatabase(path, 'hand-written.db') };
  const samples = situations.map(
    (): Samples => ({ rates: [], cpuRates: [], wallRates: [], ours: [], handWritten: [] }),
  );
  {
    await using store = await openLab(path);
    await using ours = await openLab(copies.ours);
    const handWritten = new HandWrittenGuests(copies.handWritten);
    for (let round = -1; round < settings.runs; round++) {
      for (const [index, situation] of situations.entries()) {
        const edited = await cluster.move(situation.moves);
        collectGarbage();
        const swept = await timedSweep(store);
        requireMoves(situation, swept, edited);
        const guests = swept.observations.filter(isGuestScope);
        collectGarbage();
        const oursMillis = await replay(ours, guests);
        collectGarbage();
        const handMillis = handWritten.sweep(guests, now());
        if (round < 0) continue;
        const { rates, cpuRates, wallRates, ...replayed } = samples[index]!;
        rates.push((swept.compared / swept.afterLastByte) * 1000);
        cpuRates.push((swept.compared / swept.cpu) * 1000);
        wallRates.push((swept.compared / swept.wall) * 1000);
        replayed.ours.push((countRows(guests) / oursMillis) * 1000);
        replayed.handWritten.push((countRows(guests) / handMillis) * 1000);
      }
      if (round < 0 || round === settings.runs - 1) await requireEqualCopies(store, ours, copies.handWritten);
    }
    handWritten.close();
    if (resources <= mostForFresh) await requireSameAsFresh(store, cluster);
  }
  for (const each of [path, ...Object.values(copies)]) removeDatabase(each);
  return situations.flatMap((situation, index) => linesOf(resources, situation, samples[index]!));
}

/** The first sweep stores everything. */
async function discover(path: string, cluster: RemoteCluster): Promise<void> {
  await using store = await openLab(path);
  await addCluster(store, cluster);
  await timedSweep(store);
}

const isGuestScope = ({ scope }: Observation): boolean => /^node\/[^/]+\/(qemu|lxc)$/.test(scope);

const countRows = (observations: readonly Observation[]): number =>
  observations.reduce(
    (sum, { batches }) => sum + batches.reduce((rows, batch) => rows + batch.rows.length, 0),
    0,
  );

/** The sweep saw what the simulator was told to do. */
function requireMoves({ name, moves }: Situation, { result, compared }: Swept, edited: number): void {
  const { created, changed, deleted, gauges } = result.sources[0]!;
  const moving = (gauges + changed) / compared;
  if (created + deleted > 0 || changed !== edited || (moves.gauges === undefined ? gauges > 0 : moving < 0.5))
    throw new Error(`${name}: ${JSON.stringify({ created, changed, deleted, gauges, edited, compared })}`);
}

async function requireEqualCopies(store: Store, ours: Store, handWritten: string): Promise<void> {
  await using other = await openLab(handWritten);
  requireSame('guests after the same sweeps', {
    swept: await digestOfTables(store, guestTables),
    replayed: await digestOfTables(ours, guestTables),
    'hand-written': await digestOfTables(other, guestTables),
  });
}

/** Sweep by sweep leads to the same records as one sweep of the cluster as it is now. */
async function requireSameAsFresh(store: Store, cluster: RemoteCluster): Promise<void> {
  const path = scratchPath('fresh.db');
  removeDatabase(path);
  {
    await using fresh = await openLab(path);
    await addCluster(fresh, cluster);
    await timedSweep(fresh);
    requireSame('a fresh store', {
      'sweep by sweep': await digestOfTables(store, allTables),
      'in one sweep': await digestOfTables(fresh, allTables),
    });
  }
  removeDatabase(path);
}

function linesOf(resources: number, { name, target }: Situation, samples: Samples): Line[] {
  const what = (part: string): string => `${resources} resources, ${name}: ${part}`;
  const unit = 'res./s';
  return [
    makeLine('sync', 'sqlite', {
      case: what('last byte to commit'),
      against: `target of ${target / 1000}k/s`,
      ours: median(samples.rates),
      reference: target,
      unit,
      target: 1,
    }),
    makeLine('sync', 'sqlite', {
      case: what('observed guests to commit'),
      against: 'hand-written node:sqlite',
      ours: median(samples.ours),
      reference: median(samples.handWritten),
      unit,
    }),
    makeLine('sync', 'sqlite', {
      case: what('whole sweep, per CPU second'),
      against: 'the same, per second of wall clock',
      ours: median(samples.cpuRates),
      reference: median(samples.wallRates),
      unit,
    }),
  ];
}
