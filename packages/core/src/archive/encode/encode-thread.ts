// A thread that makes chunks, one after the other.

import { parentPort } from 'node:worker_threads';
import { plainError } from '../../job/module-messages.ts';
import { type ChunkWork, encodeChunk } from './encode-chunk.ts';
import type { FromThread } from './encoders.ts';

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
