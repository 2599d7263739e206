// Holdfast as it is installed from its packages: built modules, in a folder of their own.

import { mkdirSync, readdirSync, renameSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stagePackages } from '../../scripts/stage-packages.ts';
import { scratchPath } from '../harness/scratch.ts';

const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));
const own = { core: '@holdfast/core', domains: '@holdfast/domains', server: 'holdfast' };

let bin: string | undefined;

/** @returns the file that starts it; what it depends on is that of the workspace */
export function builtHoldfast(): string {
  if (bin !== undefined) return bin;
  const folder = scratchPath('node_modules');
  const stage = scratchPath('staged');
  stagePackages(stage);
  mkdirSync(folder);
  for (const name of readdirSync(modules))
    if (!name.startsWith('.') && name !== '@holdfast' && name !== 'holdfast')
      symlinkSync(join(modules, name), join(folder, name));
  for (const [name, as] of Object.entries(own)) {
    mkdirSync(dirname(join(folder, as)), { recursive: true });
    renameSync(join(stage, name), join(folder, as));
  }
  bin = join(folder, 'holdfast/bin/holdfast.js');
  return bin;
}
