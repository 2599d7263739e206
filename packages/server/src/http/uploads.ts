// Files that a browser sends: archives to restore from. They lie in a folder of their own until somebody removes them.

import { createWriteStream, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { HoldfastError, isHoldfastError } from '@holdfast/core';
import { openFileSource, outlineArchive } from '@holdfast/core/archive';
import { isManagerFile } from '../cli/restore-manager.ts';

const folderOf = (data: string): string => join(data, 'uploads');

/** A name that leads nowhere else. */
export const uploadName = /^[A-Za-z0-9_][\w.-]{0,127}$/;

export const uploadPath = (data: string, name: string): string => join(folderOf(data), name);

/** Takes a file as a whole or not at all. @param most bytes. @throws BODY_TOO_LARGE, DISK_FULL */
export async function takeUpload(data: string, name: string, body: Readable, most: number): Promise<void> {
  const folder = folderOf(data);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = uploadPath(data, name);
  const part = `${path}.${process.hrtime.bigint()}.part`;
  let taken = 0;
  try {
    await pipeline(
      body,
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          taken += chunk.length;
          if (taken > most) throw new HoldfastError('BODY_TOO_LARGE', `an upload has at most ${most} bytes`);
          yield chunk;
        }
      },
      createWriteStream(part, { mode: 0o600, flags: 'wx' }),
    );
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC')
      throw new HoldfastError('DISK_FULL', 'the disk of the data folder has no room for it', {
        cause: error,
      });
    if ((error as NodeJS.ErrnoException).code === 'ECONNRESET')
      throw new HoldfastError('REQUEST_INVALID', 'the upload was broken off', { cause: error });
    throw error;
  }
}

/** What an upload is, as far as it can be said without a key. */
export async function uploadJson(data: string, name: string) {
  const path = uploadPath(data, name);
  const { size: bytes } = statSync(path);
  const shown = { name, archive: `upload:${name}`, bytes };
  if (isManagerFile(path)) return { ...shown, kind: 'shelly-manager', encrypted: false, error: null };
  const source = await openFileSource(path);
  try {
    const { header, slots, rows } = await outlineArchive(source);
    const { id, type, createdAt } = header;
    return {
      ...shown,
      kind: 'holdfast',
      id,
      type,
      createdAt,
      rows,
      encrypted: slots.length > 0,
      error: null,
    };
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    return { ...shown, kind: 'unknown', encrypted: false, error: error.toJSON() };
  } finally {
    await source.close();
  }
}

export async function listUploads(data: string) {
  const folder = folderOf(data);
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => !name.endsWith('.part')) : [];
  return Promise.all(names.sort().map((name) => uploadJson(data, name)));
}

/** @throws ARCHIVE_NOT_FOUND */
export function removeUpload(data: string, name: string): void {
  const path = uploadPath(data, name);
  if (!uploadName.test(name) || !existsSync(path))
    throw new HoldfastError('ARCHIVE_NOT_FOUND', `there is no upload ${name.slice(0, 128)}`);
  rmSync(path);
}
