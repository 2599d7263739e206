// The ledger of promises names only what exists, and every promise that counts as kept names something.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { verbs } from '../../packages/server/src/cli/verbs.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const page = read('docs/reference/promises.md');
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| id |'))
  .map((line) => {
    const [, id, about, promise, state, shownBy, ...rest] = line.split('|').map((cell) => cell.trim());
    return { id, about, promise, state, shownBy: shownBy!, rest };
  });
const named = (shownBy: string): string[] => [...shownBy.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);

const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
const reference = read('docs/reference/cli.md');

/** Whether a file, an npm script or a verb of the command line is there. */
function exists(name: string): boolean {
  const [program, first = '', second] = name.split(' ');
  if (program === 'npm') return (first === 'run' ? second! : first) in scripts;
  if (program !== 'holdfast') return existsSync(join(root, name));
  const verb = verbs.some((candidate) => candidate.name === first);
  // Resources stand behind their verb, sub-verbs in the reference.
  return verb && (second === undefined || second.includes('.') || reference.includes(`\`${first} ${second}`));
}

test('every line is a promise with a state, and ids count up without a gap', () => {
  expect(rows.length).toBeGreaterThan(300);
  const counts = new Map<string, number>();
  for (const { id, about, promise, state, rest } of rows) {
    const [document, number] = id!.split('-');
    const next = (counts.get(document!) ?? 0) + 1;
    counts.set(document!, next);
    expect(Number(number), id).toBe(next);
    expect(about, id).toMatch(/^\S/);
    expect(promise, id).toMatch(/^\S.{3,}$/);
    expect(['kept', 'not yet'], id).toContain(state);
    expect(rest, id).toEqual(['']);
  }
  expect([...counts.keys()]).toEqual(['S000', 'S001', 'S002', 'S003', 'S004']);
});

describe.each(rows.filter(({ state }) => state === 'kept'))('$id', ({ shownBy }) => {
  test('is shown by something that is there', () => {
    expect(named(shownBy)).not.toEqual([]);
    for (const name of named(shownBy)) expect(exists(name), name).toBe(true);
  });
});

test('what is not yet there is shown by nothing', () => {
  for (const { id, state, shownBy } of rows) if (state === 'not yet') expect(shownBy, id).toBe('');
});

test('what does not exist is not taken for it', () => {
  for (const name of ['test/nothing.test.ts', 'npm run nothing', 'holdfast nothing', 'holdfast db nothing'])
    expect(exists(name), name).toBe(false);
});
