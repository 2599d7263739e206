// Backup, change, restore, over and over: each restored database is equal to what it was taken of. A few cycles by
// default; HOLDFAST_CYCLES=1000 runs a thousand on each engine, and prints how many were equal.

import { join } from 'node:path';
import { openStore, type Store } from '@holdfast/core';
import {
  ArchiveReader,
  createBackup,
  createKeyFile,
  openFileSource,
  readKeyFile,
  restoreArchive,
  toLockKey,
} from '@holdfast/core/archive';
import { expect, test } from 'vitest';
import { contentOf, doors, furnish, house, notes, rooms } from '../conformance/fixtures/move-tables.ts';
import { engines, scratchFolder } from '../engines.ts';

const cycles = Number(process.env['HOLDFAST_CYCLES'] ?? 6);
const count = 40;

/** Small whole numbers, the same in every run. */
function* numbers(): Generator<number, never> {
  for (let state = 12_345; ; ) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    yield state >>> 8;
  }
}

async function change(store: Store, next: () => number, turn: number): Promise<void> {
  for (let left = next() % 12; left >= 0; left--) {
    const id = (next() % count) + 1;
    const way = next() % 5;
    if (way === 0) await store.repository(rooms).delete({ id });
    else if (way === 1)
      await store.repository(rooms).upsert({ id, name: `room ${id}`, note: `turn ${turn}`, warmth: turn });
    else if (!(await store.repository(rooms).get({ id }))) continue;
    else if (way === 2)
      await store
        .repository(notes)
        .upsert({ id: turn * 100 + left, roomId: id, code: `${turn}-${left}`, body: { turn } });
    else if (way === 3) await store.repository(doors).upsert({ id: BigInt(id), roomId: id });
    else await store.repository(rooms).update({ id }, { key: `key ${turn}` });
  }
}

test.each(engines.map((engine) => [engine.name, engine] as const))(
  '%s: what comes back is what was there',
  async (name, engine) => {
    const folder = scratchFolder();
    const keyFile = join(folder, 'secret.key');
    await createKeyFile(join(folder, 'archive.key'));
    const key = await readKeyFile(join(folder, 'archive.key'));
    const settings = { keyFile, domains: [house] };
    await using store = await openStore({ ...settings, url: await engine.url() });
    await furnish(store, count);
    const random = numbers();
    const next = (): number => random.next().value;
    let chain: string[] = [];
    let equal = 0;
    for (let turn = 1; turn <= cycles; turn++) {
      await change(store, next, turn);
      const type =
        chain.length === 0 || next() % 4 === 0 ? 'full' : next() % 3 === 0 ? 'differential' : 'incremental';
      const bases = type === 'full' ? [] : type === 'differential' ? chain.slice(0, 1) : chain;
      const path = join(folder, `${turn}.sma`);
      const options = { path, keys: [toLockKey(key)] };
      if (type === 'full') await createBackup(store, options);
      else {
        const source = await openFileSource(bases.at(-1)!);
        const archive = await ArchiveReader.open(source, { keys: [key] });
        await createBackup(store, { ...options, since: { type, archive } });
        await source.close();
      }
      // What went on from another archive than the last is a chain of its own.
      chain = [...bases, path];
      const there = await contentOf(store);
      const sources = await Promise.all(chain.map((each) => openFileSource(each)));
      const readers = await Promise.all(sources.map((source) => ArchiveReader.open(source, { keys: [key] })));
      const url = `sqlite:${join(folder, `restored-${turn}.db`)}`;
      await restoreArchive(readers, { ...settings, url, by: { name: 'test', via: 'app' } });
      for (const source of sources) await source.close();
      await using restored = await openStore({ ...settings, url });
      expect(await contentOf(restored), `cycle ${turn}, ${type}`).toEqual(there);
      equal++;
    }
    process.stdout.write(`${name}: ${equal} of ${cycles} cycles of backup, change and restore were equal\n`);
  },
  Math.max(120_000, cycles * 3_000),
);
