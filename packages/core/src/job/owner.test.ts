// Who is gone, told by number, begin, host and namespace.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { isGone, thisProcess } from './owner.ts';

test('a living process is not gone', () => {
  expect(isGone(thisProcess())).toBe(false);
});

test('a killed process is gone, and only where its number can be read here', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const [host, , namespace] = thisProcess().split('/');
  child.kill('SIGKILL');
  await once(child, 'close');
  expect(isGone([host, child.pid, namespace, ''].join('/'))).toBe(true);
  expect(isGone(['elsewhere', child.pid, namespace, ''].join('/'))).toBe(false);
  expect(isGone([host, child.pid, '1', ''].join('/'))).toBe(false);
});

test.skipIf(process.platform !== 'linux')('a number that is used again belongs to another process', () => {
  const [host, pid, namespace, begin] = thisProcess().split('/');
  expect(begin).toMatch(/^\d+$/);
  expect(isGone([host, pid, namespace, Number(begin) - 1].join('/'))).toBe(true);
});

test.each(['ann', 'a/b', 'a/b/c/d', '', '///', 'a/-1//'])('of %j nothing is known', (owner) => {
  expect(isGone(owner)).toBe(false);
});
