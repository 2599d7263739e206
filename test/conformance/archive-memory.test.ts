// Backups, restores and test restores take memory by the batch and the thread, not by the rows.

import { type Domain, openStore } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { engines, scratchFolder } from '../engines.ts';
import { domainOf } from './domain.ts';
import { documents } from './fixtures/tables.ts';
import { start } from './processes.ts';

/** Enough for what is not given back to show. */
const rows = 150_000;
/** Words that come again, and numbers that do not: the archive has many chunks. */
const body = (id: number): string =>
  `${id} reports ${Math.imul(id, 0x2c1b3c6d) >>> 0} of ${Math.imul(id, 0x9e3779b1) >>> 0} at the door; `.repeat(
    4,
  );

/**
 * MiB. As it is installed, a process grows by less than 96; here each of its threads has to read TypeScript as well, and
 * a test restore checks values with as much room for objects as the runtime gives the whole process.
 */
const most = { backup: 116, restore: 116, test: 136 };

describe.skipIf(process.platform !== 'linux').each(engines)('$name', (engine) => {
  test('a process with an archive grows by what its threads take', async () => {
    const [from, to, folder] = [await engine.url(), await engine.url(), scratchFolder()];
    const store = await openStore({ url: from, domains: [domainOf(documents) as Domain<typeof documents>] });
    for (let first = 0; first < rows; first += 5_000)
      await store
        .repository(documents)
        .insertMany(Array.from({ length: 5_000 }, (_, at) => ({ id: first + at, body: body(first + at) })));
    await store.close();
    for (const [work, url] of [
      ['backup', from],
      ['restore', to],
      ['test', ''],
    ] as const) {
      const { message, ended } = start('archive-memory', work, folder, url);
      expect(await message(), work).toBeLessThan(most[work]);
      expect((await ended).exit).toBe(0);
    }
  });
});
