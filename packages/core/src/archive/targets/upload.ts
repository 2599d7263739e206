// From bytes that can be read again to an archive on a target, through losses of the connection.

import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { isHoldfastError } from '../../errors.ts';
import type { Source, StoredFile, Target } from './target.ts';

export interface UploadProgress {
  /** Bytes on the target. */
  readonly done: number;
  readonly size: number;
  /** Of those, the ones that an earlier upload had brought. */
  readonly resumed: number;
}

export interface UploadOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: UploadProgress) => void;
  /** How often a lost connection is made anew without a byte of progress. Default 3. */
  readonly attempts?: number;
  /** Milliseconds before that. Default one second. */
  readonly pause?: number;
}

/**
 * Uploads a source, going on with what an earlier upload of the same bytes has left.
 * A cancelled or failed upload leaves what is durable for the next one; `removeUnfinished` takes it away.
 * @throws TARGET_EXISTS, TARGET_UNREACHABLE, TARGET_FULL, …; the signal's reason when cancelled
 */
export async function uploadArchive(
  target: Target,
  name: string,
  source: Source,
  options: UploadOptions = {},
): Promise<StoredFile> {
  const { attempts = 3, pause = 1_000, signal } = options;
  let furthest = -1;
  for (let failures = 0; ; ) {
    const reached = { bytes: 0 };
    try {
      return await once(target, name, source, options, reached);
    } catch (error) {
      signal?.throwIfAborted();
      if (!isHoldfastError(error)) throw error;
      const stored =
        failures > 0 && error.code === 'TARGET_EXISTS' ? await ownArchive(target, name, source) : undefined;
      if (stored !== undefined) return stored;
      if (error.code !== 'TARGET_UNREACHABLE') throw error;
      failures = reached.bytes > furthest ? 1 : failures + 1;
      furthest = Math.max(furthest, reached.bytes);
      if (failures >= attempts) throw error;
      await wait(pause, undefined, { signal });
    }
  }
}

/** The answer to the last step may be what was lost: then the archive is there, and ends as ours does. */
async function ownArchive(target: Target, name: string, source: Source): Promise<StoredFile | undefined> {
  const stored = await target.stat(name);
  if (stored?.size !== source.size) return undefined;
  const range = { start: Math.max(0, source.size - 2 ** 20), end: source.size };
  const [own, there] = [createHash('sha256'), createHash('sha256')];
  for await (const bytes of source.read(range.start, range.end)) own.update(bytes);
  for await (const bytes of target.read(name, range)) there.update(bytes);
  return own.digest().equals(there.digest()) ? stored : undefined;
}

async function once(
  target: Target,
  name: string,
  source: Source,
  { signal, onProgress }: UploadOptions,
  reached: { bytes: number },
): Promise<StoredFile> {
  signal?.throwIfAborted();
  const upload = await target.write(name, { resume: source, size: source.size });
  const { offset: resumed } = upload;
  reached.bytes = resumed;
  try {
    onProgress?.({ done: resumed, size: source.size, resumed });
    for await (const bytes of source.read(resumed, source.size)) {
      signal?.throwIfAborted();
      await upload.write(bytes);
      reached.bytes += bytes.length;
      onProgress?.({ done: reached.bytes, size: source.size, resumed });
    }
  } catch (error) {
    // The first failure is the one to tell; what is durable by now stays either way.
    await upload.suspend().catch(() => undefined);
    throw error;
  }
  return upload.finish();
}

/** A file as a source. It is not to change meanwhile. */
export async function fileSource(path: string): Promise<Source & AsyncDisposable> {
  const handle = await open(path, 'r');
  const { size } = await handle.stat();
  return {
    size,
    read: (start, end) => readFile(handle, start, end),
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

async function* readFile(handle: FileHandle, start: number, end: number): AsyncIterable<Uint8Array> {
  for (let at = start; at < end; ) {
    const buffer = Buffer.allocUnsafe(Math.min(2 ** 20, end - at));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) throw new Error(`the file ended at byte ${at}, before ${end}`);
    yield buffer.subarray(0, bytesRead);
    at += bytesRead;
  }
}
