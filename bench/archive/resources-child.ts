// A process that does one work with an archive: `WORK ARCHIVE URL FOLDER`, where the work is `backup`, `restore` or `test`,
// and the folder has the keys. It tells by how much it grew, and how long its event loop stood still. It runs as plain
// JavaScript beside an installed Holdfast.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type Domain, openStore } from '@holdfast/core';
import {
  ArchiveReader,
  createBackup,
  openFileSource,
  readKeyFile,
  restoreArchive,
  testRestore,
  toLockKey,
} from '@holdfast/core/archive';
import { domain } from './rows.ts';

const [work = '', path = '', url = '', folder = ''] = process.argv.slice(2);
const keyFile = join(folder, 'secret.key');
const key = await readKeyFile(join(folder, 'archive.key'));
const domains: Domain[] = [domain];

const mebibytes = (name: string): number =>
  Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync('/proc/self/status', 'utf8'))![1]) / 1024;

async function watched(run: () => Promise<unknown>): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  // From here on, the highest is that of what follows.
  writeFileSync('/proc/self/clear_refs', '5');
  const before = mebibytes('VmRSS');
  delay.enable();
  await run();
  delay.disable();
  const growthMiB = mebibytes('VmHWM') - before;
  process.stdout.write(`${JSON.stringify({ growthMiB, stallMs: delay.percentile(99) / 1e6 })}\n`);
}

if (work === 'backup') {
  rmSync(path, { force: true });
  await using store = await openStore({ url, domains, keyFile, adopt: true });
  await watched(() => createBackup(store, { path, keys: [toLockKey(key)] }));
} else {
  const file = await openFileSource(path);
  const reader = await ArchiveReader.open(file, { keys: [key] });
  const by = { name: 'bench', via: 'cli' };
  await watched(() =>
    work === 'restore'
      ? restoreArchive([reader], { url, domains, keyFile, by })
      : testRestore([reader], { domains, folder }),
  );
  await file.close();
}
