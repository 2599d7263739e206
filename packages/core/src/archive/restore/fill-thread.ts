// The thread that loads archives into an empty database. The bytes of the archives come from the thread that started it,
// wherever that has them from; everything else is done here, and what was loaded is read again by a thread beside it.

import { parentPort } from 'node:worker_threads';
import type { Engine } from '../../engine/engine.ts';
import { giveBack } from '../../engine/give-back.ts';
import { openEngine } from '../../engine/open-engine.ts';
import { HoldfastError } from '../../errors.ts';
import { plainError, toHoldfastError } from '../../job/module-messages.ts';
import type { RowProgress } from '../backup/pace.ts';
import { ArchiveReader } from '../format/archive-reader.ts';
import { type Filled, fill, readContent } from './fill.ts';
import { proverBeside } from './prove-beside.ts';
import type { FromFill, ToFill } from './thread-messages.ts';

let stop = new AbortController();
const port = parentPort!;
const say = (message: FromFill): void => port.postMessage(message);

interface Waiting {
  readonly resolve: (bytes: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}
const reads = new Map<number, Waiting>();
let lastRead = 0;

const read = (archive: number, offset: number, length: number): Promise<Uint8Array> =>
  new Promise((resolve, reject) => {
    const id = ++lastRead;
    reads.set(id, { resolve, reject });
    say({ type: 'read', id, archive, offset, length });
  });

/** What comes sooner than this waits for the next. */
const pauseMs = 50;
let lastSaid = 0;
function onProgress(progress: RowProgress): void {
  if (performance.now() - lastSaid < pauseMs && progress.done < progress.total) return;
  lastSaid = performance.now();
  say({ type: 'progress', progress });
}

async function run({ url, keyFile, lossy, dryRun, archives }: ToFill & { type: 'start' }): Promise<Filled> {
  const chain = await Promise.all(
    archives.map(({ size, dataKey }, at) =>
      ArchiveReader.reopen({
        source: {
          size,
          read: (offset, length) => read(at, offset, length),
          readInto: async (offset, into) => {
            const bytes = await read(at, offset, into.length);
            into.set(bytes);
            giveBack(bytes);
          },
        },
        dataKey: dataKey && Buffer.from(dataKey.buffer, dataKey.byteOffset, dataKey.length),
      }),
    ),
  );
  const { signal } = stop;
  const prover = dryRun ? undefined : proverBeside({ url, keyFile, signal });
  let engine: Engine | undefined;
  try {
    const content = await readContent(chain);
    engine = await openEngine(url, {});
    return await fill(engine, content, { keyFile, lossy, dryRun, onProgress, signal, prover: prover?.prove });
  } finally {
    // The proof reads through what the engine has open.
    await prover?.end();
    await engine?.close();
  }
}

async function hear(message: ToFill): Promise<void> {
  if (message.type === 'cancel')
    return stop.abort(new HoldfastError('CANCELLED', 'the restore was cancelled'));
  if (message.type === 'start') {
    stop = new AbortController();
    const end = await run(message).then(
      (filled): FromFill => ({ type: 'done', filled }),
      (error: unknown): FromFill => ({ type: 'failed', error: plainError(error) }),
    );
    return say(end);
  }
  const waiting = reads.get(message.id)!;
  reads.delete(message.id);
  if (message.type === 'bytes') waiting.resolve(message.bytes);
  else waiting.reject(toHoldfastError(message.error));
}

port.on('message', (message: ToFill) => void hear(message));
