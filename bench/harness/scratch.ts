// Files of a bench run: one folder under the system's temporary one, gone at the end.

import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let folder: string | undefined;

/** A path inside the run's folder. */
export function scratchPath(name: string): string {
  if (folder === undefined) {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
    const mine = folder;
    process.on('exit', () => rmSync(mine, { recursive: true, force: true }));
    // Ended from outside, it tidies up as well.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  }
  return join(folder, name);
}

const endings: (() => Promise<void>)[] = [];

/** Work for the end of the run, such as stopping a server. */
export const atEnd = (work: () => Promise<void>): void => void endings.push(work);

export async function end(): Promise<void> {
  for (const work of endings.splice(0)) await work();
}

/** Removes a database with its log. */
export function removeDatabase(path: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
}

/** A copy of a closed database under another name. */
export function copyDatabase(from: string, name: string): string {
  const to = scratchPath(name);
  removeDatabase(to);
  copyFileSync(from, to);
  return to;
}
