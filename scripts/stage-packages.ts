// What is published, in folders of its own: built JavaScript with its types, the pages, and manifests that name them.
// In the workspace the manifests name the sources, which Node runs there, and refuses to run inside node_modules.

import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const run = (script: string, ...args: string[]): void => {
  // What it says belongs to whoever watches; stdout is the caller's.
  execFileSync(process.execPath, [join(root, script), ...args], { cwd: root, stdio: ['ignore', 2, 2] });
};

const packages = ['core', 'domains', 'server'];
const isForTests = /(\.test\.ts|(^|\/)test-[^/]*\.ts|(^|\/)fixtures\/.*)$/;

type Manifest = Record<string, unknown> & { readonly exports?: Readonly<Record<string, string>> };

/** `./src/index.ts` as what its build left: types, and the module. */
function publishedManifest({ private: _, exports, ...rest }: Manifest): Manifest {
  if (exports === undefined) return rest;
  const built = (source: string, ending: string): string =>
    source.replace('./src/', './dist/').replace(/\.ts$/, ending);
  const entries = Object.entries(exports).map(([name, source]) => [
    name,
    { types: built(source, '.d.ts'), default: built(source, '.js') },
  ]);
  return { ...rest, exports: Object.fromEntries(entries) };
}

/** Beside a module its types; JSON as it is. */
const builtFrom = (source: string): string[] =>
  source.endsWith('.ts') ? ['.js', '.d.ts'].map((end) => source.replace(/\.ts$/, end)) : [source];

/** Types name the sources, which are not there; maps would lead to them. */
function published(file: string, text: string): string {
  if (file.endsWith('.d.ts')) return text.replaceAll(/(['"]\.[^'"\n]*)\.ts(?=['"])/g, '$1.js');
  return text.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n');
}

const importsOf = (file: string, text: string): string[] =>
  [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)\.js'/g)].map(([, path]) =>
    join(dirname(file), `${path}.ts`),
  );

function stage(name: string, folder: string): void {
  const from = join(root, 'packages', name);
  // Only what has a source: the build removes nothing when a source goes.
  const all = globSync('**/*.{ts,json}', { cwd: join(from, 'src') });
  const sources = new Set(all.filter((file) => !isForTests.test(file)));
  // A set hands out what is added on the way: what is named like a test, and needed by what is not.
  for (const source of sources)
    for (const file of builtFrom(source)) {
      const text = published(file, readFileSync(join(from, 'dist', file), 'utf8'));
      for (const needed of importsOf(file, text)) sources.add(needed);
      const to = join(folder, 'dist', file);
      mkdirSync(dirname(to), { recursive: true });
      writeFileSync(to, text);
    }
  const manifest = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8')) as Manifest;
  writeFileSync(
    join(folder, 'package.json'),
    `${JSON.stringify(publishedManifest(manifest), undefined, 2)}\n`,
  );
  cpSync(join(from, 'README.md'), join(folder, 'README.md'));
  cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  if (name !== 'server') return;
  cpSync(join(from, 'bin'), join(folder, 'bin'), { recursive: true });
  cpSync(join(root, 'packages/web/dist'), join(folder, 'web'), { recursive: true });
}

/** Builds what is not built, and stages all. @returns their folders, each below its own dependents */
export function stagePackages(into: string): string[] {
  run('node_modules/typescript/bin/tsc', '-b', 'packages/server');
  run('scripts/web-built.ts');
  rmSync(into, { recursive: true, force: true });
  return packages.map((name) => {
    const folder = join(into, name);
    mkdirSync(folder, { recursive: true });
    stage(name, folder);
    return folder;
  });
}
