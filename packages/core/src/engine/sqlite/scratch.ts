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

/** Files of killed processes, and only of those: whose process cannot be seen from here is left alone. */
export function removeLeftovers(path: string): void {
  const start = `${basename(path)}.scratch-`;
  for (const name of readdirSync(dirname(path))) {
    if (!name.startsWith(start)) continue;
    const [, ...owner] = name.slice(start.length).split('~');
    owner.pop();
    if (isGone(owner.join('/'))) rmSync(join(dirname(path), name), { force: true });
  }
}

/** @param open opens a database file */
export async function scratch(
  path: string,
  purpose: string,
  open: (path: string) => Promise<Engine>,
): Promise<Scratch> {
  const inMemory = path === ':memory:';
  if (!inMemory) removeLeftovers(path);
  const owner = thisProcess().replaceAll('/', '~');
  const name = inMemory
    ? path
    : `${path}.scratch-${purpose.replaceAll(/[^a-z0-9]+/gi, '-')}~${owner}~${randomBytes(6).toString('hex')}`;
  try {
    const engine = await open(name);
    return {
      name,
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
