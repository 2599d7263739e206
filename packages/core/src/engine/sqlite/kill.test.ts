// kill -9 at any moment of a batch: the database opens, is sound, and holds whole batches, every confirmed one included.
// HOLDFAST_KILLS sets the number of kills (default 12).

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { open, scratchPath } from './test-store.ts';
import { entries } from './test-tables.ts';

const kills = Number(process.env['HOLDFAST_KILLS'] ?? 12);
const script = fileURLToPath(new URL('fixtures/write-batches.ts', import.meta.url));
/** Several turns of the event loop, and more than the log holds before it is folded in. */
const rows = 5_000;

test(`${kills} kills leave whole batches`, { timeout: 60_000 + kills * 5_000 }, async () => {
  const path = scratchPath();
  let next = 0;
  let interrupted = 0;
  for (let round = 0; round < kills; round++) {
    const child = fork(script, [path, String(next), String(rows)], { execArgv: [] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const closed = once(child, 'close');
    let confirmed = next - 1;
    await once(child, 'message');
    child.on('message', (batch: number) => {
      confirmed = batch;
    });
    await wait(Math.random() * 250);
    child.kill('SIGKILL');
    const [, signal] = await closed;
    expect(signal).toBe('SIGKILL');

    const store = await open(path, { tables: [entries] });
    expect(await store.check()).toEqual([]);
    const repository = store.repository(entries);
    const total = await repository.count();
    expect(total % rows).toBe(0);
    expect(await repository.count({ level: { isNull: false } })).toBe(total);
    const batches = total / rows;
    expect(batches).toBeGreaterThanOrEqual(confirmed + 1);
    // At most one batch was stored and not yet confirmed.
    expect(batches).toBeLessThanOrEqual(confirmed + 2);
    if (batches === confirmed + 1) interrupted++;
    next = batches;
    await store.close();
  }
  expect(next).toBeGreaterThan(0);
  expect(interrupted).toBeGreaterThan(0);
});
