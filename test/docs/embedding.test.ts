// The program of the guide for embedders compiles and runs as it is printed, and does what the guide says.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

test('the guide is a program that has no type errors, and runs', () => {
  const guide = readFileSync(join(root, 'docs/guides/embedding.md'), 'utf8');
  const program = [...guide.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, block]) => block).join('\n');
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-guide-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'guide.ts'), program);
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: join(root, 'tsconfig.base.json'),
      compilerOptions: { composite: false, noEmit: true, typeRoots: [join(root, 'node_modules/@types')] },
      include: ['guide.ts'],
    }),
  );
  execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', folder], { stdio: 'inherit' });
  const printed = JSON.parse(execFileSync(process.execPath, ['guide.ts'], { cwd: folder, encoding: 'utf8' }));
  expect(printed.page).toMatchObject([{ id: 2, name: 'Shelf', kind: 'strip', watts: 11.5 }]);
  expect(printed.rest).toMatchObject([{ id: 1, name: 'Desk', room: 'study', on: true, watts: 7.5 }]);
  expect(printed.rooms).toEqual([{ room: 'study', lamps: 2 }]);
  expect(printed.swept).toMatchObject([{ source: 'flat', changed: 1, deleted: 1, unchanged: 1, gauges: 1 }]);
  expect(printed.findings).toEqual([]);
  expect(printed.tables).toContainEqual({ table: 'home_lamps', rows: 3 });
  expect({ made: printed.made, left: printed.left }).toEqual({ made: 1_000, left: 0 });
});
