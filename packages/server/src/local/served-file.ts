// The file by which a running server is found on its machine: whoever may read it may act on the database anyway.

import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isGone } from '@holdfast/core/job';
import { z } from 'zod';

const shape = z.object({
  /** On loopback. */
  port: z.int().min(1).max(65_535),
  token: z.string().min(32),
  /** The process, as leases name theirs. */
  owner: z.string(),
  /** Path of the database that it serves. */
  database: z.string(),
});

export type Served = z.infer<typeof shape>;

const pathOf = (folder: string): string => join(folder, 'server.json');

/** The file of a SQLite database; undefined for what is none. */
export function sqliteFile(url: string): string | undefined {
  const path = /^(?:sqlite|file):([^?#]+)/i.exec(url)?.[1];
  return path === undefined || path === ':memory:' ? undefined : resolve(path.replace(/^\/\/(?!\/)/, ''));
}

export function writeServed(folder: string, served: Served): void {
  const path = pathOf(folder);
  rmSync(`${path}.new`, { force: true });
  writeFileSync(`${path}.new`, `${JSON.stringify(served)}\n`, { mode: 0o600, flag: 'wx' });
  renameSync(`${path}.new`, path);
}

/** The server that runs on this data folder; undefined: none, or one that was killed and left its file. */
export function readServed(folder: string): Served | undefined {
  const path = pathOf(folder);
  if (!existsSync(path)) return undefined;
  try {
    const served = shape.parse(JSON.parse(readFileSync(path, 'utf8')));
    return isGone(served.owner) ? undefined : served;
  } catch {
    // What cannot be read names no server.
    return undefined;
  }
}

/** Only one's own: another server may run on this folder by now. */
export function removeServed(folder: string, { token }: Pick<Served, 'token'>): void {
  if (readServed(folder)?.token === token) rmSync(pathOf(folder), { force: true });
}
