// A file as a sink: what carries the name is whole and durable, and what was there before is never overwritten.

import { link, open, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HoldfastError } from '../../errors.ts';
import { syncFolder } from '../../files/sync-folder.ts';
import type { ArchiveSink } from './endpoints.ts';

/** What no room on a disk is called. */
const full = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
/** What a file system without hard links says. */
const noLinks = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL']);

/** Bytes that wait for others: each way to the disk takes longer than a few of them do. */
const together = 128 * 1024;
/** What a file that may not be written is called. */
const forbidden = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG', 'EINVAL']);

export interface FileSink extends ArchiveSink {
  /** Where the bytes are until `commit`: the path with `.partial` behind it. */
  readonly partial: string;
  /**
   * 1. flushes the file to the disk, 2. gives it its name, 3. makes the name durable. When it fails, the partial file is
   * removed, or the archive is there with its name. @throws ARCHIVE_EXISTS, DISK_FULL
   */
  commit(): Promise<void>;
  /** Removes the partial file; after `commit`, does nothing. */
  abort(): Promise<void>;
}

/**
 * Opens `PATH.partial`, mode 0600. A full disk removes it at once, so that others have room again: a backup is of one
 * moment, and cannot be taken up later. One that a killed process left stays, and can be salvaged.
 * @param replace whether a partial file that is there already is replaced @default false
 * @throws ARCHIVE_EXISTS where the archive, or a partial one, is there already; ARCHIVE_NOT_FOUND without the folder;
 * DISK_FULL; SETTING_INVALID where it may not be written
 */
export async function openFileSink(path: string, { replace = false } = {}): Promise<FileSink> {
  const partial = `${path}.partial`;
  if (await isThere(path)) throw exists(path);
  const file = await open(partial, replace ? 'w' : 'wx', 0o600).catch(
    async (cause: NodeJS.ErrnoException) => {
      if (cause.code === 'EEXIST')
        throw new HoldfastError(
          'ARCHIVE_EXISTS',
          `${partial} is being written, or was left by a killed process`,
          {
            hint: 'Wait for the process that writes it; if there is none, salvage or remove it',
          },
        );
      // Some file systems say so of a file that they let nobody make.
      if (cause.code === 'ENOENT' && (await isThere(dirname(path)))) throw unwritable(path, cause);
      if (cause.code === 'ENOENT')
        throw new HoldfastError('ARCHIVE_NOT_FOUND', `the folder ${dirname(path)} is not there`, {
          cause,
          hint: 'Make the folder, or mount what it is on',
        });
      throw failure(path, cause);
    },
  );
  let live = true;
  const abort = async (): Promise<void> => {
    if (!live) return;
    live = false;
    await file.close().catch(() => {});
    await unlink(partial);
  };
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      await abort().catch(() => {});
      throw failure(path, cause);
    }
  };
  const waiting = Buffer.allocUnsafe(together);
  let have = 0;
  const put = async (bytes: Uint8Array): Promise<void> => {
    for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
  };
  const putWaiting = async (): Promise<void> => {
    const bytes = waiting.subarray(0, have);
    have = 0;
    await put(bytes);
  };
  return {
    partial,
    abort,
    write: (bytes) =>
      guarded(async () => {
        if (have + bytes.length > together) await putWaiting();
        if (bytes.length > together) await put(bytes);
        else {
          waiting.set(bytes, have);
          have += bytes.length;
        }
      }),
    commit: () =>
      guarded(async () => {
        await putWaiting();
        await file.sync();
        await giveName(partial, path);
        live = false;
        await file.close();
        await syncFolder(dirname(path));
      }),
  };
}

/** A link fails where the name is taken, which a rename does not. */
async function giveName(partial: string, path: string): Promise<void> {
  try {
    await link(partial, path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST' || (await isThere(path))) throw exists(path);
    if (!noLinks.has(code ?? '')) throw cause;
    await rename(partial, path);
    return;
  }
  await unlink(partial);
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

const exists = (path: string): HoldfastError =>
  new HoldfastError('ARCHIVE_EXISTS', `the archive ${path} is there already`);

function failure(path: string, cause: unknown): unknown {
  const { code = '' } = cause as NodeJS.ErrnoException;
  if (full.has(code))
    return new HoldfastError('DISK_FULL', `no room for the archive ${path}: ${code}`, { cause });
  return forbidden.has(code) ? unwritable(path, cause) : cause;
}

const unwritable = (path: string, cause: unknown): HoldfastError =>
  new HoldfastError(
    'SETTING_INVALID',
    `the archive ${path} cannot be written: ${(cause as NodeJS.ErrnoException).code}`,
    { cause, hint: 'Name a folder that this account may write to' },
  );
