// An archive goes through a pipe to another process as it is; a pipe that breaks is told.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { headerOf, smallRows, streamOf, writeSmall } from '../test-archive.ts';
import { verifyArchive } from '../verify.ts';
import { ArchiveWriter } from './archive-writer.ts';
import { bytesSource } from './file-source.ts';
import { streamSink } from './stream-sink.ts';

describe('through a pipe', () => {
  test('an archive is whole at the other end', async () => {
    const cat = spawn('cat', { stdio: ['pipe', 'pipe', 'inherit'] });
    const parts: Buffer[] = [];
    cat.stdout.on('data', (part: Buffer) => parts.push(part));
    const sink = streamSink(cat.stdin);
    const result = await writeSmall(sink, []);
    await sink.flush();
    cat.stdin.end();
    await once(cat, 'close');
    const report = await verifyArchive(bytesSource(Buffer.concat(parts)), { depth: 'decoded' });
    expect(report).toMatchObject({ root: result.root, bytes: result.bytes });
  });

  test('whose reader goes away, writing fails', async () => {
    const reader = spawn('head', ['-c', '10'], { stdio: ['pipe', 'ignore', 'inherit'] });
    const options = { header: headerOf(), schema: {}, chunkRows: 100 };
    const work = async (): Promise<void> => {
      const sink = streamSink(reader.stdin);
      const writer = await ArchiveWriter.open(sink, options);
      const rows = await writer.table(streamOf('rows', 'device'));
      for (let from = 0; from < 1_000_000; from += 100) await rows.writeRows(smallRows(100, from));
      await writer.finish();
      await sink.flush();
    };
    await expect(work()).rejects.toThrow(/EPIPE|ECONNRESET|closed/);
    await expect(streamSink(reader.stdin).write(Buffer.alloc(1))).rejects.toThrow(
      expect.objectContaining({ code: 'ARCHIVE_TRUNCATED' }),
    );
  });
});
