// Folders of dead processes go, those of living ones and of others stay.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeOwnFolder } from './own-folder.ts';

test('what a process that has ended left is removed with the next one', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-own-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const module = new URL('own-folder.ts', import.meta.url).href;
  const code = `import { makeOwnFolder } from ${JSON.stringify(module)}; console.log(makeOwnFolder(${JSON.stringify(folder)}, 'work'))`;
  const dead = execFileSync(process.execPath, ['--input-type=module-typescript', '-e', code], {
    encoding: 'utf8',
  }).trim();
  writeFileSync(join(dead, 'file'), 'left');
  mkdirSync(join(folder, 'work~elsewhere~1~2~3~abc'));
  mkdirSync(join(folder, 'other'));
  const [one, two] = [makeOwnFolder(folder, 'work'), makeOwnFolder(folder, 'work')];
  expect(existsSync(dead)).toBe(false);
  expect(statSync(one).mode & 0o777).toBe(0o700);
  const names = [one, two].map((path) => path.slice(folder.length + 1));
  expect(readdirSync(folder).toSorted()).toEqual([...names, 'other', 'work~elsewhere~1~2~3~abc'].toSorted());
});
