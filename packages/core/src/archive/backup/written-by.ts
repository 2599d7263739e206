// Who writes a part of an archive: a small file beside it, so that what a killed process left is known from what is written now.

import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { isGone, thisProcess } from '../../job/owner.ts';
import { type FileSink, openFileSink } from '../format/file-sink.ts';

const suffix = '.writer';

/**
 * `openFileSink` with the name of this process beside it until the archive has its name, or is given up. What a process
 * that has ended left under the same name is removed before. @throws as `openFileSink`
 */
export async function openOwnSink(path: string): Promise<FileSink> {
  const mark = `${path}${suffix}`;
  await removeIfGone(path);
  // A mark is of use to nobody where none can be written: whatever is wrong, the archive meets it too, and says so.
  const marked = await writeFile(mark, thisProcess(), { flag: 'wx', mode: 0o600 }).then(
    () => true,
    () => false,
  );
  const release = async (): Promise<void> => {
    if (marked) await rm(mark, { force: true });
  };
  let sink: FileSink;
  try {
    sink = await openFileSink(path);
  } catch (error) {
    await release();
    throw error;
  }
  return {
    ...sink,
    commit: async () => {
      await sink.commit();
      await release();
    },
    abort: async () => {
      await sink.abort();
      await release();
    },
  };
}

/** @returns the part that was removed, if there was one */
async function removeIfGone(path: string): Promise<string | undefined> {
  const owner = await readFile(`${path}${suffix}`, 'latin1').catch(() => undefined);
  if (owner === undefined || !isGone(owner)) return undefined;
  const part = `${path}.partial`;
  const there = await rm(part).then(
    () => true,
    () => false,
  );
  await rm(`${path}${suffix}`, { force: true });
  return there ? part : undefined;
}

/**
 * Removes the parts of archives in a folder whose process has ended on this machine: what they were of is gone with the
 * snapshot. Those that are being written stay, and those of which that cannot be told. @returns their paths
 */
export async function removeDeadParts(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  const removed: string[] = [];
  for (const name of names) {
    if (!name.endsWith(`.sma${suffix}`)) continue;
    const part = await removeIfGone(resolve(join(folder, basename(name, suffix))));
    if (part !== undefined) removed.push(part);
  }
  return removed;
}
