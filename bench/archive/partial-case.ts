// What has to be quick whatever the archive holds: listing it, planning to bring back a small part, refusing a wrong key.

import { existsSync, rmSync } from 'node:fs';
import type { Store } from '@holdfast/core';
import {
  ArchiveReader,
  type ArchiveSource,
  contentsOf,
  createBackup,
  createKeyFile,
  openFileSource,
  prepareLivingRestore,
  restoreArchive,
  toLockKey,
} from '@holdfast/core/archive';
import type { Case, Settings } from '../harness/area.ts';
import { engines } from '../harness/engines.ts';
import { interleave } from '../harness/interleave.ts';
import { type Line, makeLine } from '../harness/line.ts';
import { removeDatabase, scratchPath } from '../harness/scratch.ts';
import { keyFile, openRows } from './open-rows.ts';
import { domain, fillRows, makeRow, trackedRows } from './rows.ts';

const by = { name: 'bench', via: 'cli' };
/** Records of the table that is wanted, among those of one that is not. */
const wanted = 2_000;

export const partialCase: Case = {
  name: 'sqlite: a part of an archive, and a wrong key',
  run: partial,
};

/** Counts the bytes that are read. */
function counted(source: ArchiveSource): { readonly source: ArchiveSource; readonly bytes: () => number } {
  let bytes = 0;
  const read = (offset: number, length: number): Promise<Uint8Array> => {
    bytes += length;
    return source.read(offset, length);
  };
  return { source: { size: source.size, read }, bytes: () => bytes };
}

async function partial({ runs, size }: Settings): Promise<Line[]> {
  const engine = engines[0]!;
  const count = size ?? 200_000;
  const title = `${wanted} records of an archive of ${count}`;
  const key = await createKeyFile(scratchPath('partial.key'));
  const wrong = await createKeyFile(scratchPath('wrong.key'));
  const path = scratchPath('partial.sma');
  const url = await engine.make('partial');
  const store = await openRows(url);
  await fillRows(store, count, false);
  await fillTracked(store);
  await createBackup(store, { path, keys: [toLockKey(key)] });
  const file = await openFileSource(path);
  const target = scratchPath('wrong.db');
  const list = async () => contentsOf([await ArchiveReader.open(file, { keys: [key] })], store.domains);
  const [listing, planning, refusing] = await interleave(
    [
      { run: async () => void (await list()) },
      {
        run: async () => {
          const { tables } = await prepareLivingRestore(store, await list(), { only: ['bench_tracked'] });
          if (tables[0]?.unchanged !== wanted) throw new Error('the plan compares another number of records');
        },
      },
      {
        before: () => removeDatabase(target),
        run: async () => {
          const reader = ArchiveReader.open(file, { keys: [wrong] });
          const refused = reader
            .then((own) =>
              restoreArchive([own], { url: `sqlite:${target}`, domains: [domain], keyFile: keyFile(), by }),
            )
            .then(
              () => undefined,
              (error: { readonly code?: string }) => error.code,
            );
          if ((await refused) !== 'ARCHIVE_KEY_WRONG' || existsSync(target))
            throw new Error('the wrong key was not refused');
        },
      },
    ],
    runs,
    1,
  );
  const watched = counted(file);
  const reader = await ArchiveReader.open(watched.source, { keys: [key] });
  const contents = await contentsOf([reader], store.domains);
  for await (const _ of contents.tables.get('bench_tracked')!.read());
  const stored = reader.chunksOf({ table: 'bench_tracked' }).reduce((sum, each) => sum + each.stored, 0);
  await file.close();
  await store.close();
  await engine.remove(url);
  rmSync(path);
  const line = (what: string, ours: number, against: string, reference: number, unit: string): Line =>
    makeLine('archive', engine.name, {
      ...{ case: `${title}: ${what}`, ours, against, reference, unit, lessIsBetter: true, target: 1 },
    });
  return [
    line('listing', listing, '50 ms', 50, 'ms'),
    line('planning to bring them back', planning, '50 ms', 50, 'ms'),
    line('a wrong key', refusing, 'one second', 1_000, 'ms'),
    line(
      'read beside what is wanted',
      watched.bytes() - stored,
      '1 % of the archive',
      file.size / 100,
      'bytes',
    ),
  ];
}

async function fillTracked(store: Store): Promise<void> {
  await store.repository(trackedRows).insertMany(
    Array.from({ length: wanted }, (_, id) => {
      const { device, at, note } = makeRow(id, false);
      return { id, device, at, note };
    }),
  );
}
