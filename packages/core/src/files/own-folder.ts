// Folders for work that is thrown away. Their names say whose they are, so that what a killed process has left is known.

import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isGone, thisProcess } from '../job/owner.ts';

/**
 * Makes a new folder, mode 0700, after removing those of this purpose whose process has ended on this machine.
 * @param folder where @param purpose as `holdfast-drill`
 */
export function makeOwnFolder(folder: string, purpose: string): string {
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(`${purpose}~`)) continue;
    const owner = name.split('~').slice(1, -1).join('/');
    if (isGone(owner)) rmSync(join(folder, name), { recursive: true, force: true });
  }
  const name = `${purpose}~${thisProcess().replaceAll('/', '~')}~${randomBytes(6).toString('hex')}`;
  const path = join(folder, name);
  mkdirSync(path, { mode: 0o700 });
  return path;
}
