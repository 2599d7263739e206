// Streams give their connections back: however many were opened and left, only a few files stay open.

import { readdirSync, readlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { open, scratchPath, things } from './test-store.ts';

/** File descriptors of this process that are open on the database itself. */
const openFiles = (path: string): number =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path;
    } catch {
      return false;
    }
  }).length;

const rows = Array.from({ length: 3_000 }, (_, id) => ({ id }));

test.skipIf(process.platform !== 'linux')('a few connections serve any number of streams', async () => {
  const path = scratchPath();
  const store = await open(path);
  const repository = store.repository(things);
  await repository.insertMany(rows);
  for (let round = 0; round < 100; round++) for await (const _ of repository.stream({ batch: 10 })) break;
  // The writer, the shared reader, and one for streams, since never two ran at once.
  expect(openFiles(path)).toBe(3);

  for (let round = 0; round < 5; round++) {
    const many = Array.from({ length: 20 }, () => repository.stream({ batch: 10 }));
    await Promise.all(many.map((stream) => stream.next()));
    // SQLite keeps the files of closed connections for the next ones, while others hold locks.
    expect(openFiles(path)).toBe(22);
    await Promise.all(many.map((stream) => stream.return(undefined)));
  }

  const abandoned = repository.stream({ batch: 10 });
  await abandoned.next();
  await store.close();
  expect(openFiles(path)).toBe(0);
});

test('a stream that fails gives its connection back as well', async () => {
  const path = scratchPath();
  const store = await open(path);
  const repository = store.repository(things);
  await repository.insertMany(rows);
  await store.engine.autocommit((session) => session.exec('ALTER TABLE things RENAME TO gone'));
  for (let round = 0; round < 10; round++)
    await expect(repository.stream().next()).rejects.toMatchObject({ code: 'SCHEMA_DRIFTED' });
  await store.engine.autocommit((session) => session.exec('ALTER TABLE gone RENAME TO things'));
  for await (const chunk of repository.stream({ batch: 3_000 })) expect(chunk).toHaveLength(3_000);
});
