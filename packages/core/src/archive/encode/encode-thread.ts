// A thread that makes chunks, one after the other.

import { getPriority, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { giveBack } from '../../engine/give-back.ts';
import { plainError } from '../../job/module-messages.ts';
import { encodeChunk, type GivenWork } from './encode-chunk.ts';
import type { FromThread } from './encoders.ts';

/** Steps of priority below whoever reads and writes: with all cores at work, that must not wait. */
const politeness = 5;
const lowest = 19;

// On Linux a priority is that of a thread; elsewhere it would be that of the whole program.
if (process.platform === 'linux') setPriority(Math.min(getPriority() + politeness, lowest));

const say = (message: FromThread, transfer: ArrayBuffer[] = []): void =>
  parentPort!.postMessage(message, transfer);

parentPort!.on('message', async ({ work, owned }: GivenWork) => {
  try {
    const chunk = await encodeChunk(work);
    say({ chunk }, [chunk.bytes.buffer]);
  } catch (error) {
    say({ error: plainError(error) });
  }
  for (const buffer of owned) giveBack(buffer);
});
