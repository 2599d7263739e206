// Database files that SQLite has open in this process, to be read beside it. A handle of our own could not be closed again:
// that takes away all locks that the process has on the file, those of SQLite's connections in other threads too.

import { fstatSync, readdirSync, statSync } from 'node:fs';

/** Where a system names the handles of the process that asks. */
const handles = ['/proc/self/fd', '/dev/fd'];

/** Which file has a name now: the same for all names of one file, another one once it was replaced. */
export function fileId(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found && `${found.dev}/${found.ino}`;
}

/**
 * SQLite's own handle of a file. It stays open while any connection of this process to the file is.
 * @param id of the file, as `fileId` gives it
 * @returns undefined where no connection has the file open, or the system does not name handles
 */
export const handleOf = (id: string): number | undefined => handlesOf(id)[0];

/** All of them: some may be for reading only. */
export const handlesOf = (id: string): number[] =>
  handlesNow()
    .map(Number)
    .filter((handle) => idOfHandle(handle) === id);

function handlesNow(): string[] {
  for (const folder of handles)
    try {
      return readdirSync(folder);
    } catch {}
  return [];
}

/** Undefined for one that was closed since it was named, as that of the list itself. */
function idOfHandle(handle: number): string | undefined {
  try {
    const found = fstatSync(handle, { bigint: true });
    return `${found.dev}/${found.ino}`;
  } catch {
    return undefined;
  }
}
