// `npm start`: builds the pages for browsers where they were not built, or are older than what they are built from.

import { execFileSync } from 'node:child_process';
import { existsSync, globSync, renameSync, rmSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const web = fileURLToPath(new URL('../packages/web/', import.meta.url));
const dist = `${web}dist`;
const parts = ['src/**/*.{ts,tsx,css}', 'public/*', 'index.html', 'vite.config.ts'];
const changed = (): number =>
  Math.max(...globSync(parts, { cwd: web }).map((file) => statSync(web + file).mtimeMs));
const isBuilt = (): boolean =>
  existsSync(`${dist}/index.html`) && statSync(`${dist}/index.html`).mtimeMs >= changed();

if (!isBuilt()) {
  // Built beside it and put in its place whole: somebody else may be building, or serving it.
  const made = `${web}.build/dist-${process.pid}`;
  const old = `${made}-old`;
  execFileSync('npm', ['run', 'build', '-w', 'packages/web', '--', '--outDir', made], {
    ...{ cwd: `${web}../..`, stdio: 'inherit' },
    env: { ...process.env, NODE_ENV: 'production' },
  });
  if (!isBuilt()) {
    if (existsSync(dist)) renameSync(dist, old);
    renameSync(made, dist);
  }
  for (const folder of [made, old]) rmSync(folder, { recursive: true, force: true });
}
