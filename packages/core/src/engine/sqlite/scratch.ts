// Scratch files beside the database. Their names say whose they are, so that what a killed process has left is known.

import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isGone, thisProcess } from '../../job/owner.ts';
import type { Engine } from '../engine.ts';
import type { Scratch } from '../scratch.ts';

const beside = ['', '-wal', '-shm', '-journal'];

export const removeFiles = (path: string): void => {
  for (const suffix of beside) rmSync(`${path}${suffix}`, { force: true });
};

/** A name beside the file that says whose it is, and that nobody else has. @param purpose a word; as `restoring` */
export const ownedName = (path: string, purpose: string): string =>
  `${path}.${purpose}~${thisProcess().replaceAll('/', '~')}~${randomBytes(6).toString('hex')}`;

/**
 * Removes files of killed processes, and only of those: whose process cannot be seen from here is left alone.
 * @param purpose what their names begin with
 * @returns the databases among them
 */
export function removeLeftovers(path: string, purpose: string): string[] {
  const removed: string[] = [];
  const start = `${basename(path)}.${purpose}`;
  for (const name of readdirSync(dirname(path))) {
    if (!name.startsWith(start)) continue;
    const [, ...owner] = name.slice(basename(path).length).split('~');
    owner.pop();
    if (!isGone(owner.join('/'))) continue;
    rmSync(join(dirname(path), name), { force: true });
    if (!/-(wal|shm|journal)$/.test(name)) removed.push(join(dirname(path), name));
  }
  return removed;
}

/** Scratch databases, and files that were to be restored into beside the database. */
export const removeAllLeftovers = (path: string): string[] =>
  path === ':memory:'
    ? []
    : [...removeLeftovers(path, 'scratch-'), ...removeLeftovers(path, restoringPurpose)];

/** In the name of a file that a restore into a new database is not through with. */
export const restoringPurpose = 'restoring';

/** @param urlOf of a database file. @param open opens it */
export async function scratch(
  path: string,
  purpose: string,
  open: (url: string) => Promise<Engine>,
  urlOf: (path: string) => string,
): Promise<Scratch> {
  const inMemory = path === ':memory:';
  if (!inMemory) removeLeftovers(path, 'scratch-');
  const name = inMemory ? path : ownedName(path, `scratch-${purpose.replaceAll(/[^a-z0-9]+/gi, '-')}`);
  try {
    const url = urlOf(name);
    const engine = await open(url);
    return {
      name,
      url,
      engine,
      async remove() {
        await engine.close();
        if (!inMemory) removeFiles(name);
      },
    };
  } catch (error) {
    if (!inMemory) removeFiles(name);
    throw error;
  }
}
