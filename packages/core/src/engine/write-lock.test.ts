// The write lock: one at a time, in the order of asking, and whoever gives up leaves the queue intact.

import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { WriteLock } from './write-lock.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('it is had by one at a time, in the order of asking', async () => {
  const lock = new WriteLock();
  const steps: string[] = [];
  await Promise.all(
    ['a', 'b', 'c'].map(async (name) => {
      const release = await lock.acquire();
      steps.push(`${name} in`);
      await turn();
      steps.push(`${name} out`);
      release();
    }),
  );
  expect(steps).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
});

test('releasing twice lets nobody in beside another', async () => {
  const lock = new WriteLock();
  const first = await lock.acquire();
  first();
  const second = await lock.acquire();
  first();
  let third = false;
  const waiting = lock.acquire().then(() => {
    third = true;
  });
  await turn();
  expect(third).toBe(false);
  second();
  await waiting;
});

test('who gives up is told, and those behind wait for those in front', async () => {
  const lock = new WriteLock();
  const release = await lock.acquire();
  const controller = new AbortController();
  const given = lock.acquire(controller.signal);
  let had = false;
  const behind = lock.acquire().then((done) => {
    had = true;
    done();
  });
  controller.abort();
  await expect(given).rejects.toMatchObject({ code: 'CANCELLED', exit: 9 });
  await turn();
  expect(had).toBe(false);
  release();
  await behind;
  expect(had).toBe(true);
});

test('who comes with a signal that has fired never gets it', async () => {
  const lock = new WriteLock();
  await expect(lock.acquire(AbortSignal.abort())).rejects.toMatchObject({ code: 'CANCELLED' });
  (await lock.acquire())();
});

test('a signal is forgotten once the lock is had or given up', async () => {
  const lock = new WriteLock();
  const { signal } = new AbortController();
  for (let round = 0; round < 20; round++) (await lock.acquire(signal))();
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
