// News that come while something is read: what is shown in the end is as it is after them.

import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { expect, test } from 'vitest';
import { makeStale } from './make-stale.ts';

/** A list that is shown, and each read of it: it has what is there when it is asked for, and waits to be answered. */
function shownList() {
  const client = new QueryClient();
  let there = 0;
  const reads: { readonly signal: AbortSignal; readonly answer: () => void; readonly refuse: () => void }[] =
    [];
  const queryFn = ({ signal }: { readonly signal: AbortSignal }): Promise<number> => {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const found = there;
    reads.push({ signal, answer: () => resolve(found), refuse: () => reject(new Error('away')) });
    return promise;
  };
  const queryKey = ['api', '/list', null];
  const observer = new QueryObserver(client, { queryKey, queryFn, retry: false, staleTime: 60_000 });
  const stop = observer.subscribe(() => undefined);
  return {
    reads,
    change(path = '/list') {
      there++;
      makeStale(client, [path]);
    },
    shown: () => observer.getCurrentResult().data,
    [Symbol.dispose]: stop,
  };
}

test('news during the first read have it read once more', async () => {
  using list = shownList();
  list.change();
  list.change();
  list.reads[0]!.answer();
  await expect.poll(() => list.reads.length).toBe(2);
  expect(list.shown()).toBe(0);
  list.reads[1]!.answer();
  await expect.poll(list.shown).toBe(2);
  expect(list.reads).toHaveLength(2);
});

test('news that keep coming break no read off, however slow it is', async () => {
  using list = shownList();
  list.reads[0]!.answer();
  await expect.poll(list.shown).toBe(0);
  for (let news = 1; news <= 3; news++) list.change();
  expect(list.reads[1]!.signal.aborted).toBe(false);
  list.reads[1]!.answer();
  await expect.poll(list.shown).toBe(1);
  await expect.poll(() => list.reads.length).toBe(3);
  list.reads[2]!.answer();
  await expect.poll(list.shown).toBe(3);
  expect(list.reads).toHaveLength(3);
});

test('news during a read that fails have it read once more', async () => {
  using list = shownList();
  list.change();
  list.reads[0]!.refuse();
  await expect.poll(() => list.reads.length).toBe(2);
  list.reads[1]!.answer();
  await expect.poll(list.shown).toBe(1);
});

test('news of something else have nothing read', async () => {
  using list = shownList();
  list.change('/other');
  list.reads[0]!.answer();
  await expect.poll(list.shown).toBe(0);
  expect(list.reads).toHaveLength(1);
});
