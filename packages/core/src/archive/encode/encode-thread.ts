// A thread that makes chunks, one after the other.

import { getPriority, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { plainError } from '../../job/module-messages.ts';
import { type ChunkWork, encodeChunk } from './encode-chunk.ts';
import type { FromThread } from './encoders.ts';

/** Steps of priority below whoever reads and writes: with all cores at work, that must not wait. */
const politeness = 5;
const lowest = 19;

// On Linux a priority is that of a thread; elsewhere it would be that of the whole program.
if (process.platform === 'linux') setPriority(Math.min(getPriority() + politeness, lowest));

const say = (message: FromThread, transfer: ArrayBuffer[] = []): void =>
  parentPort!.postMessage(message, transfer);

parentPort!.on('message', async (work: ChunkWork) => {
  try {
    const chunk = await encodeChunk(work);
    const { buffer, byteLength } = chunk.bytes;
    // Bytes that are a small part of their buffer are copied: the rest would be sent along.
    const whole = buffer instanceof ArrayBuffer && buffer.byteLength <= byteLength + 1024;
    say({ chunk: whole ? chunk : { ...chunk, bytes: Uint8Array.from(chunk.bytes) } }, whole ? [buffer] : []);
  } catch (error) {
    say({ error: plainError(error) });
  }
});
