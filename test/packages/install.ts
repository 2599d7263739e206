// Packs the workspace's packages and installs them into an empty folder elsewhere, as the Dockerfile and the guide do.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const pack = fileURLToPath(new URL('../../scripts/pack.ts', import.meta.url));

/** @returns the folder of the installed modules, and what packing said of each */
export function installPacked(folder: string): { readonly modules: string; readonly said: string } {
  const said = execFileSync(process.execPath, [pack, folder], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // What the workspace was installed from is in npm's cache.
  execFileSync('npm', ['ci', '--omit=optional', '--ignore-scripts', '--prefer-offline', '--no-audit'], {
    ...{ cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] },
  });
  return { modules: join(folder, 'node_modules'), said };
}
