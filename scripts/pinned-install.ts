// Beside packed tarballs: the manifest and the lockfile by which `npm ci` installs them with the versions of this workspace.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const readJson = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8'));

interface Locked {
  readonly version?: string;
  readonly dev?: boolean;
  /** Of a workspace: where it is. */
  readonly resolved?: string;
  readonly link?: boolean;
}

/** @param tarballs by name of their package, as they lie in `folder` */
export function writePinnedInstall(folder: string, tarballs: ReadonlyMap<string, string>): void {
  const { packages } = readJson('package-lock.json') as { packages: Record<string, Locked> };
  const dependencies = Object.fromEntries([...tarballs].map(([name, file]) => [name, `file:${file}`]));
  const manifest = { name: 'holdfast-installed', private: true, type: 'module', dependencies };
  const locked: Record<string, object> = { '': manifest };
  for (const [path, entry] of Object.entries(packages)) {
    const name = path.split('node_modules/').at(-1)!;
    // What is for development stays away, and Node itself.
    if (!path.startsWith('node_modules/') || entry.dev || name.startsWith('node-linux-')) continue;
    const tarball = tarballs.get(name);
    if (tarball !== undefined) {
      const { private: _, ...own } = readJson(`${entry.resolved}/package.json`);
      locked[path] = { ...own, resolved: `file:${tarball}` };
    } else if (!entry.link) {
      // npm puts the registry in use in the place of this one, and asks none for what its cache has.
      const file = `${name.split('/').at(-1)}-${entry.version}.tgz`;
      locked[path] = { ...entry, resolved: `https://registry.npmjs.org/${name}/-/${file}` };
    }
  }
  const lockfile = { lockfileVersion: 3, requires: true, packages: locked };
  for (const [file, content] of Object.entries({ 'package.json': manifest, 'package-lock.json': lockfile }))
    writeFileSync(join(folder, file), `${JSON.stringify(content, undefined, 2)}\n`);
}
