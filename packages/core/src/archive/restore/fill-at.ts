// Where an empty database is filled: in a thread of its own where there is much to do, so that whoever waits for it goes
// on with other things; at once where starting a thread would take longer.

import type { Worker } from 'node:worker_threads';
import { openEngine } from '../../engine/open-engine.ts';
import { throwIfAborted } from '../../engine/write-lock.ts';
import { HoldfastError } from '../../errors.ts';
import { plainError, toHoldfastError } from '../../job/module-messages.ts';
import type { RowProgress } from '../backup/pace.ts';
import type { Handover } from '../format/archive-reader.ts';
import type { ArchiveSource } from '../format/endpoints.ts';
import { type Filled, type FillOptions, fill } from './fill.ts';
import { keepThread, takeThread } from './kept-thread.ts';
import type { FromFill, ToFill } from './thread-messages.ts';
import type { WholeSource } from './whole-source.ts';

/** Bytes of a chain from which on a thread is worth its start. */
const muchBytes = 1_048_576;

export interface Filler extends AsyncDisposable {
  /**
   * Opens the database and fills it as `fill` does; once.
   * @throws what `fill` throws, and what opening it does
   */
  fill(url: string, options: FillOptions): Promise<Filled>;
}

/** A thread starts at once, while the place for the database is looked for. */
export function fillerOf(source: WholeSource): Filler {
  const handed = source.chain.flatMap(({ handover }) => (handover === undefined ? [] : [handover]));
  const bytes = handed.reduce((sum, each) => sum + each.source.size, 0);
  if (handed.length < source.chain.length || bytes < muchBytes)
    return {
      async fill(url, options) {
        const engine = await openEngine(url, {});
        return fill(engine, source, options).finally(() => engine.close());
      },
      async [Symbol.asyncDispose]() {},
    };
  const worker = takeThread('fill-thread');
  let sound = true;
  return {
    async fill(url, options) {
      sound = false;
      const filled = await fillAside(worker, url, handed, options);
      sound = true;
      return filled;
    },
    async [Symbol.asyncDispose]() {
      if (sound) keepThread('fill-thread', worker);
      else await worker.terminate();
    },
  };
}

async function fillAside(
  worker: Worker,
  url: string,
  chain: readonly Handover[],
  { keyFile, lossy = 'refuse', dryRun = false, onProgress, signal }: FillOptions,
): Promise<Filled> {
  throwIfAborted(signal);
  const say = (message: ToFill, moved: ArrayBuffer[] = []): void => worker.postMessage(message, moved);
  const cancel = (): void => say({ type: 'cancel' });
  /** As it was thrown here, with all that it carries. */
  let thrown: unknown;
  const read = async ({ id, archive, offset, length }: FromFill & { type: 'read' }): Promise<void> => {
    try {
      const bytes = await readOwn(chain[archive]!.source, offset, length);
      say({ type: 'bytes', id, bytes }, [bytes.buffer]);
    } catch (error) {
      thrown ??= error;
      say({ type: 'unread', id, error: plainError(error) });
    }
  };
  const tell = (progress: RowProgress): void => {
    try {
      onProgress?.(progress);
    } catch (error) {
      thrown ??= error;
      cancel();
    }
  };
  const { promise, resolve, reject } = Promise.withResolvers<Filled>();
  worker.on('message', (message: FromFill) => {
    if (message.type === 'read') void read(message);
    else if (message.type === 'progress') tell(message.progress);
    else if (message.type === 'done') resolve(message.filled);
    else reject(thrown ?? toHoldfastError(message.error));
  });
  worker.once('error', reject);
  worker.once('exit', () =>
    reject(new HoldfastError('JOB_CRASHED', 'the thread of this restore ended by itself')),
  );
  signal?.addEventListener('abort', cancel, { once: true });
  const archives = chain.map(({ source: { size }, dataKey }) => ({ size, dataKey }));
  say({ type: 'start', url, keyFile, lossy, dryRun, archives });
  try {
    return await promise;
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}

/** In a buffer that can be handed over. */
async function readOwn(
  source: ArchiveSource,
  offset: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  if (source.readInto === undefined) return Uint8Array.from(await source.read(offset, length));
  const bytes = new Uint8Array(length);
  await source.readInto(offset, bytes);
  return bytes;
}
