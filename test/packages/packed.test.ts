// The packages as they are published: packed, installed into an empty folder elsewhere, read and run from there.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { installPacked } from './install.ts';

const run = promisify(execFile);
/** Static imports with and without names, and those when asked. */
const importing = /(?:^(?:import|export|\}).* from |^import |\bimport\()'([^']+)'/gm;
const names = ['@holdfast/core', '@holdfast/domains', 'holdfast'];
let folder: string;
let modules: string;
let said: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-packed-'));
  ({ modules, said } = installPacked(folder));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const manifestOf = (name: string) => JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8'));

describe.each(names)('%s', (name) => {
  test('has built files only, and says how large it is', () => {
    const files = globSync('**/*', { cwd: join(modules, name) });
    expect(files).toContain('LICENSE');
    expect(files).toContain('README.md');
    expect(files.length).toBeGreaterThan(100);
    expect(
      files.filter((file) => /(?<!\.d)\.ts$|\.test\.|\.map$|fixtures|tsbuildinfo|^src/.test(file)),
    ).toEqual([]);
    expect(said).toMatch(new RegExp(`^${name}  .*, unpacked \\d+ KiB in \\d+ files$`, 'm'));
  });

  test('imports only what it depends on, and files that are there', () => {
    const { dependencies = {}, peerDependencies = {} } = manifestOf(name);
    const declared = new Set([...Object.keys({ ...dependencies, ...peerDependencies }), ...builtinModules]);
    const files = globSync('{bin,dist}/**/*.js', { cwd: join(modules, name) });
    const all = new Set(files);
    const missing: string[] = [];
    for (const file of files) {
      const text = readFileSync(join(modules, name, file), 'utf8');
      for (const [, name] of text.matchAll(importing)) {
        const from = name!;
        if (from.startsWith('node:')) continue;
        const isThere = from.startsWith('.')
          ? all.has(join(dirname(file), from)) || from.endsWith('.json')
          : declared.has(from.split('/', from.startsWith('@') ? 2 : 1).join('/'));
        if (!isThere) missing.push(`${file}: ${from}`);
      }
    }
    expect(missing).toEqual([]);
  });

  test('publint has nothing to say', async () => {
    const { messages, pkg } = await publint({ pkgDir: join(modules, name), pack: false, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg!, { color: false }))).toEqual([]);
  });
});

test('the library brings two packages along, and drivers only where they are asked for', () => {
  const { dependencies, peerDependencies, peerDependenciesMeta } = manifestOf('@holdfast/core');
  expect(Object.keys(dependencies)).toEqual(['kysely', 'zod']);
  for (const peer of Object.keys(peerDependencies))
    expect(peerDependenciesMeta[peer], peer).toEqual({ optional: true });
});

const program = `
import { int, openStore, table, text } from '@holdfast/core';
import { listHistory } from '@holdfast/core/history';
import { proxmox } from '@holdfast/domains/proxmox';

const lamps = table('lamps', { id: int(), name: text(100) }, { key: ['id'] });
const home = {
  name: 'home',
  tables: [lamps],
  resources: [],
  migrations: [{ id: '0001-baseline', steps: [{ createTables: [lamps.spec] }] }],
};
await using store = await openStore({ url: 'sqlite:./home.db', domains: [home, proxmox] });
await store.repository(lamps).upsert({ id: 1, name: 'Desk' });
const { items } = await store.repository(lamps).list({ where: { name: 'Desk' } });
const id: number = items[0]!.id;
// @ts-expect-error there is no such column
void items[0]!.nonsense;
console.log(id, items[0]!.name, typeof listHistory);
`;

test('a program imports the library, with types that are checked', async () => {
  writeFileSync(join(folder, 'program.ts'), program);
  const compiler = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
  const options = ['--strict', '--module', 'nodenext', '--target', 'es2024', '--types', 'node', 'program.ts'];
  // Whatever its types refer to is checked with it.
  await run(process.execPath, [compiler, '--lib', 'es2024,esnext.disposable', ...options], { cwd: folder });
  const { stdout } = await run(process.execPath, ['program.js'], { cwd: folder });
  expect(stdout).toBe('1 Desk function\n');
});

test('holdfast serve: from the one-time token to the pages, the API and work in another thread', async () => {
  const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH']}` };
  const child = spawn(join(modules, '.bin/holdfast'), ['--json', 'serve', '--port', '0', '--log', 'warn'], {
    ...{ cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = await once(child.stdout!.setEncoding('utf8'), 'data');
  const { url, setup } = JSON.parse(line) as { url: string; setup: { token: string } };
  const made = await fetch(`${url}/api/v1/setup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: setup.token, username: 'ann', password: 'correct horse battery staple' }),
  });
  expect(made.status).toBe(201);
  const { csrf } = (await made.json()) as { csrf: string };
  const cookie = made.headers.getSetCookie()[0]!.split(';')[0]!;
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(url + path, { ...init, headers: { cookie, accept: 'text/html', ...init.headers } });

  const page = await (await ask('/')).text();
  expect(page).toContain('<div id="root">');
  for (const [, asset] of page.matchAll(/(?:src|href)="(\/[^"]+)"/g))
    expect((await ask(asset!)).status).toBe(200);
  const { items } = (await (await ask('/api/v1/resources')).json()) as { items: { resource: string }[] };
  expect(items.map(({ resource }) => resource)).toContain('proxmox.vm');

  const headers = { 'content-type': 'application/json', 'x-holdfast-csrf': csrf };
  const begun = await ask('/api/v1/doctor', { method: 'POST', headers, body: '{}' });
  expect(begun.status).toBe(202);
  const { job } = (await begun.json()) as { job: { id: string } };
  const state = async () => ((await (await ask(`/api/v1/jobs/${job.id}`)).json()) as { state: string }).state;
  await expect.poll(state).toBe('done');

  // As the container asks for it, whose port is another one.
  const dockerfile = readFileSync(new URL('../../deploy/Dockerfile', import.meta.url), 'utf8');
  const [, ...health] = JSON.parse(/HEALTHCHECK[^[]*(\[.*\])$/m.exec(dockerfile)![1]!) as string[];
  const healthOf = (at: string) =>
    run(
      process.execPath,
      health.map((word) => word.replace('http://127.0.0.1:8099', at)),
    );
  await healthOf(url);

  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  expect((await ended)[0]).toBe(0);
  await expect(healthOf(url)).rejects.toMatchObject({ code: 1 });
});
