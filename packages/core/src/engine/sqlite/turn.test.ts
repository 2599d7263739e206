// Long loops of short statements leave the event loop its turns.

import { expect, onTestFinished, test } from 'vitest';
import { makeDatabase, open, things } from './test-store.ts';

/** Counts turns of the event loop until the test ends. */
function countTurns(): () => number {
  let turns = 0;
  let next = setImmediate(function tick() {
    turns++;
    next = setImmediate(tick);
  });
  onTestFinished(() => clearImmediate(next));
  return () => turns;
}

test('reads one after the other', async () => {
  const repository = (await open(await makeDatabase())).repository(things);
  const turns = countTurns();
  for (let count = 0; count < 60_000; count++) await repository.get({ id: 1 });
  expect(turns()).toBeGreaterThan(2);
});

test('writes in one transaction, one by one and in small batches', async () => {
  const store = await open(await makeDatabase());
  await store.transaction(async (transaction) => {
    const repository = transaction.repository(things);
    const single = countTurns();
    for (let id = 0; id < 60_000; id++) await repository.upsert({ id, name: 'x' });
    expect(single()).toBeGreaterThan(2);
    const batches = countTurns();
    for (let start = 0; start < 200_000; start += 500)
      await repository.upsertMany(Array.from({ length: 500 }, (_, index) => ({ id: start + index })));
    expect(batches()).toBeGreaterThan(2);
  });
});
