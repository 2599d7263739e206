// Threads make the chunks that would be made here, and what fails in one is told without harm to the rest.

import { expect, test } from 'vitest';
import { batchOf } from '../columns/batch-rows.ts';
import { ArchiveWriter } from '../format/archive-writer.ts';
import {
  everyKind,
  headerOf,
  MemorySink,
  smallColumns,
  smallRows,
  streamOf,
  tortureRows,
} from '../test-archive.ts';
import type { ChunkWork } from './encode-chunk.ts';
import { Encoders } from './encoders.ts';

const workOf = (source: ChunkWork['source'], columns: ChunkWork['columns'] = everyKind): ChunkWork => ({
  ...{ columns, source, compression: 'zstd', digests: true },
  limit: { rows: 8_000, bytes: 1 << 20 },
});
const large = 1 << 20;

test('a thread gives what is made here', async () => {
  const encoders = new Encoders();
  const [here, there] = await Promise.all(
    [1, large].map((size) => encoders.encode(workOf(batchOf(everyKind, tortureRows())), size)),
  );
  expect({ ...there!, bytes: Buffer.from(there!.bytes) }).toEqual({
    ...here!,
    bytes: Buffer.from(here!.bytes),
  });
});

test('what fails in a thread is told, and the next work is done', async () => {
  const encoders = new Encoders();
  const broken = workOf({
    module: 'data:text/javascript,export const readBatch = () => { throw new Error("gone"); }',
    given: 1,
  });
  const sound = workOf(batchOf(smallColumns, smallRows(10)), smallColumns);
  const results = await Promise.allSettled(
    [broken, sound, broken, sound].map((work) => encoders.encode(work, large)),
  );
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected', 'fulfilled']);
  expect((results[0] as PromiseRejectedResult).reason).toMatchObject({ code: 'BUG', message: 'gone' });
});

test('an archive whose rows cannot be read fails at that stream, and is not finished', async () => {
  const writer = await ArchiveWriter.open(new MemorySink(), { header: headerOf(), schema: {} });
  const rows = await writer.table({ ...streamOf('rows', 'a'), key: [] });
  const module = new URL('data:text/javascript,export const readBatch = () => { throw new Error("gone"); }');
  await rows.writeRaw({ module, given: 1, size: large, transfer: [] });
  await expect(rows.end()).rejects.toThrow('gone');
  await expect(writer.finish()).rejects.toThrow('gone');
});
