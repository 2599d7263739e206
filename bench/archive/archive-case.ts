// One engine's backups: whole, restored with proof, what has changed, and looked through without a key.

import { rmSync } from 'node:fs';
import type { Store } from '@holdfast/core';
import {
  ArchiveReader,
  createBackup,
  openFileSource,
  restoreArchive,
  verifyArchive,
} from '@holdfast/core/archive';
import type { Case, Settings } from '../harness/area.ts';
import type { BenchEngine } from '../harness/engines.ts';
import { interleave, type Side } from '../harness/interleave.ts';
import { type Figures, type Line, makeLine } from '../harness/line.ts';
import { scratchPath } from '../harness/scratch.ts';
import { archiveKey } from './archive-key.ts';
import { bytesOf, type DumpTool, dumpTools } from './dump-tools.ts';
import { keyFile, openRows } from './open-rows.ts';
import { domain, fillKept, fillRows, keptRows, makeRow, rows, trackedRows } from './rows.ts';

const by = { name: 'bench', via: 'cli' };

export const archiveCases = (engine: BenchEngine): Case[] => [
  ...[false, true].map((wide) => ({
    name: `${engine.name}: backup and restore, rows of ${wide ? 240 : 120} bytes`,
    run: (settings: Settings) => backupAndRestore(engine, wide, settings),
  })),
  { name: `${engine.name}: restore of histories`, run: (settings) => histories(engine, settings) },
  { name: `${engine.name}: increments`, run: (settings) => increments(engine, settings) },
];

async function backupAndRestore(
  engine: BenchEngine,
  wide: boolean,
  { runs, size }: Settings,
): Promise<Line[]> {
  const count = size ?? 200_000;
  const title = `${engine.name}: ${count} rows of ${wide ? 240 : 120} bytes`;
  const { lock } = await archiveKey();
  const url = await engine.make('archive');
  const store = await openRows(url);
  await fillRows(store, count, wide);
  await engine.settle(store, ['bench_rows']);
  const archive = scratchPath('bench.sma');
  const tools = dumpTools[engine.name]!;
  const fileOf = (tool: DumpTool): string => scratchPath(`bench-${tools.indexOf(tool)}.dump`);
  const ours: Side = {
    before: () => rmSync(archive, { force: true }),
    run: async () => void (await createBackup(store, { path: archive, keys: [lock] })),
  };
  const times = await interleave(
    [ours, ...tools.map((tool): Side => ({ run: async () => void (await tool.dump(url, fileOf(tool))) }))],
    runs,
    1,
  );
  const line = (figures: Figures): Line => makeLine('archive', engine.name, figures);
  const lines = tools.flatMap((tool, at): Line[] => {
    const sizes = { case: `${title}: size`, against: tool.name, unit: 'bytes', lessIsBetter: true };
    return [
      line({
        ...{ case: `${title}: backup`, against: tool.name, unit: 'ms', lessIsBetter: true },
        ...{ ours: times[0]!, reference: times[at + 1]! },
        ...(tool.backup === undefined ? {} : { target: tool.backup }),
      }),
      ...(tool.size === undefined
        ? []
        : [
            line({
              ...sizes,
              ours: bytesOf(archive),
              reference: bytesOf(fileOf(tool)),
              target: 1 / tool.size,
            }),
          ]),
    ];
  });
  const found = (restored: Store): Promise<number> => restored.repository(rows).count();
  lines.push(...(await restores(engine, title, { archive, tools, fileOf, found, count, runs })));
  lines.push(line(await verifying(title, archive, runs)));
  await store.close();
  await engine.remove(url);
  return lines;
}

/** Most of what a database holds, after a while. */
async function histories(engine: BenchEngine, { runs, size }: Settings): Promise<Line[]> {
  const changes = size ?? 200_000;
  const title = `${engine.name}: ${changes} changes of ${Math.ceil(changes / 10)} records`;
  const { lock } = await archiveKey();
  const url = await engine.make('histories');
  const store = await openRows(url);
  await fillKept(store, changes);
  await engine.settle(store, ['bench_kept', 'bench_kept_history']);
  const archive = scratchPath('histories.sma');
  rmSync(archive, { force: true });
  await createBackup(store, { path: archive, keys: [lock] });
  // Nothing is asked beside them: their targets are those of records.
  const tools = dumpTools[engine.name]!.filter(({ load }) => load !== undefined).map(
    ({ restore: _, ...tool }): DumpTool => tool,
  );
  const fileOf = (tool: DumpTool): string => scratchPath(`histories-${tools.indexOf(tool)}.dump`);
  for (const tool of tools) await tool.dump(url, fileOf(tool));
  const count = await store.repository(keptRows).count();
  const found = (restored: Store): Promise<number> => restored.repository(keptRows).count();
  const lines = await restores(engine, title, { archive, tools, fileOf, found, count, runs });
  await store.close();
  await engine.remove(url);
  return lines;
}

interface Dumps {
  readonly archive: string;
  readonly tools: readonly DumpTool[];
  readonly fileOf: (tool: DumpTool) => string;
  /** Records of a restored database, and how many they have to be. */
  readonly found: (restored: Store) => Promise<number>;
  readonly count: number;
  readonly runs: number;
}

async function restores(
  engine: BenchEngine,
  title: string,
  { archive, tools, fileOf, found, count, runs }: Dumps,
): Promise<Line[]> {
  const { key } = await archiveKey();
  let url = '';
  const anew = async (): Promise<void> => {
    url = await engine.make('restored');
  };
  const complete = async (): Promise<void> => {
    const store = await openRows(url);
    const there = await found(store);
    await store.close();
    await engine.remove(url);
    if (there !== count) throw new Error(`${title}: ${there} of ${count} rows were restored`);
  };
  const ours: Side = {
    before: anew,
    run: async () => {
      await using source = await opened(archive);
      const reader = await ArchiveReader.open(source.file, { keys: [key] });
      await restoreArchive([reader], { url, domains: [domain], keyFile: keyFile(), by });
    },
    after: complete,
  };
  const loading = tools.filter(({ load }) => load !== undefined);
  const times = await interleave(
    [
      ours,
      ...loading.map(
        (tool): Side => ({
          before: anew,
          run: async () => void (await tool.load!(fileOf(tool), url)),
          after: complete,
        }),
      ),
    ],
    runs,
    0,
  );
  return loading.map((tool, at) =>
    makeLine('archive', engine.name, {
      ...{ case: `${title}: restore with proof`, against: tool.name, unit: 'ms', lessIsBetter: true },
      ...{ ours: times[0]!, reference: times[at + 1]! },
      ...(tool.restore === undefined ? {} : { target: tool.restore }),
    }),
  );
}

async function verifying(title: string, archive: string, runs: number): Promise<Figures> {
  const [millis] = await interleave(
    [
      {
        run: async () => {
          await using source = await opened(archive);
          await verifyArchive(source.file, { depth: 'stored' });
        },
      },
    ],
    runs,
  );
  const speed = bytesOf(archive) / 2 ** 20 / (millis / 1000);
  return {
    case: `${title}: verify without a key`,
    against: 'MiB/s asked for',
    ours: speed,
    reference: 700,
    unit: 'MiB/s',
    target: 1,
  };
}

async function opened(path: string) {
  const file = await openFileSource(path);
  return { file, [Symbol.asyncDispose]: () => file.close() };
}

/** Milliseconds that an increment may take: 50, and 5 for a thousand changed rows. */
const allowed = (changed: number): number => 50 + (5 * changed) / 1000;

async function increments(engine: BenchEngine, { runs, size }: Settings): Promise<Line[]> {
  const count = size ?? 200_000;
  const { key, lock } = await archiveKey();
  const url = await engine.make('increment');
  const store = await openRows(url);
  const repository = store.repository(trackedRows);
  const rowOf = (id: number, round: number) => {
    const { device, at, note } = makeRow(id, false);
    return { id, device, at: at + round, note };
  };
  for (let from = 0; from < count; from += 10_000)
    await repository.insertMany(
      Array.from({ length: Math.min(10_000, count - from) }, (_, at) => rowOf(from + at, 0)),
    );
  await engine.settle(store, ['bench_tracked', 'bench_tracked_history']);
  let base = scratchPath(`base-${engine.name}.sma`);
  await createBackup(store, { path: base, keys: [lock] });
  const lines: Line[] = [];
  let round = 0;
  for (const changed of [0, 1_000, 10_000]) {
    const [millis] = await interleave(
      [
        {
          before: () => change(store, changed, ++round),
          run: async () => {
            const path = scratchPath(`increment-${engine.name}-${changed}-${round}.sma`);
            await using source = await opened(base);
            const archive = await ArchiveReader.open(source.file, { keys: [key] });
            await createBackup(store, { path, keys: [lock], since: { type: 'incremental', archive } });
            base = path;
          },
        },
      ],
      runs,
      1,
    );
    lines.push(
      makeLine('archive', engine.name, {
        case: `${engine.name}: increment of ${changed} changed among ${count} rows`,
        ...{ against: '50 ms and 5 ms a thousand', ours: millis, reference: allowed(changed), unit: 'ms' },
        ...{ lessIsBetter: true, target: 1 },
      }),
    );
  }
  await store.close();
  await engine.remove(url);
  return lines;

  async function change(from: Store, changed: number, turn: number): Promise<void> {
    const some = Array.from({ length: changed }, (_, at) => rowOf((at * 13 + turn) % count, turn));
    if (some.length > 0) await from.repository(trackedRows).upsertMany(some);
  }
}
