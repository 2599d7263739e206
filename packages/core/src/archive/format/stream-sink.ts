// A stream of the platform as a sink: standard output, a socket, an upload.

import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { ArchiveSink } from './endpoints.ts';
import { truncated } from './failures.ts';

export interface StreamSink extends ArchiveSink {
  /** Waits until everything has left the stream. Ending it is the caller's. */
  flush(): Promise<void>;
}

/**
 * Waits whenever the stream is full. What breaks the stream is thrown by the next call; one that was closed, as
 * ARCHIVE_TRUNCATED.
 */
export function streamSink(stream: Writable): StreamSink {
  let broken: Error | undefined;
  stream.on('error', (error) => {
    broken = error;
  });
  const check = (): void => {
    if (broken !== undefined) throw broken;
    if (stream.destroyed) throw truncated('the stream that it goes to was closed');
  };
  return {
    write: async (bytes) => {
      check();
      // A stream keeps what it is given, and the caller may use its bytes again.
      if (!stream.write(Buffer.from(bytes))) await room(stream);
      check();
    },
    flush: async () => {
      check();
      await new Promise<void>((resolve, reject) => {
        stream.write('', (error) => (error ? reject(error) : resolve()));
      });
    },
  };
}

async function room(stream: Writable): Promise<void> {
  const over = new AbortController();
  const { signal } = over;
  try {
    await Promise.race([once(stream, 'drain', { signal }), once(stream, 'close', { signal })]);
  } finally {
    over.abort();
  }
}
