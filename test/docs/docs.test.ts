// The docs and the code say the same: errors, verbs, exit codes, and the example that embedders copy.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorTable, exits } from '@holdfast/core';
import { expect, test } from 'vitest';
import { verbs } from '../../packages/server/src/cli/verbs.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

test('every error stands in the reference as it stands in the table, and no other', () => {
  const rows = read('docs/reference/errors.md')
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  expect(rows).toEqual(
    Object.entries(errorTable).map(
      ([code, { exit, status, hint }]) => `| \`${code}\` | ${exit} | ${status} | ${hint} |`,
    ),
  );
});

test('every verb and every exit code stands in the reference of the command line', () => {
  const text = read('docs/reference/cli.md');
  const described = [...text.matchAll(/^### (\w+)$/gm)].map(([, verb]) => verb);
  expect(described.sort()).toEqual(verbs.map(({ name }) => name).sort());
  for (const exit of Object.values(exits)) expect(text).toContain(`| ${exit} | `);
});

test('the example for embedders runs as it is printed', () => {
  const [, example] = /## Embed it\s+```ts\n([\s\S]*?)```/.exec(read('README.md'))!;
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-docs-'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'example.ts'), `${example}\nprocess.stdout.write(JSON.stringify(items));\n`);
  const printed = execFileSync(process.execPath, ['example.ts'], { cwd: folder, encoding: 'utf8' });
  expect(JSON.parse(printed)).toMatchObject([{ id: 1, name: 'Desk', on: false, watts: 7.5 }]);
  rmSync(folder, { recursive: true });
});

test('links between documents lead somewhere', () => {
  for (const page of [
    'README.md',
    'docs/architecture.md',
    'CONTRIBUTING.md',
    'bench/README.md',
    'docs/guides/embedding.md',
    'docs/guides/engines.md',
    'docs/guides/performance.md',
    'docs/guides/drift.md',
    'docs/guides/recovery.md',
    'docs/guides/server.md',
    'docs/guides/sweeps.md',
    'docs/reference/promises.md',
    'docs/reference/cli.md',
  ])
    for (const [, target] of read(page).matchAll(/\]\(([^)#:]+)\)/g))
      expect(() => readFileSync(join(root, page, '..', target!)), `${page} links to ${target}`).not.toThrow();
});
