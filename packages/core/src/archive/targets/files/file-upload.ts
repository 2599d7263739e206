// An archive on its way into a folder: written beside its name, and given the name when it is whole and on the disk.

import { createHash, randomBytes } from 'node:crypto';
import { HoldfastError, isHoldfastError } from '../../../errors.ts';
import { partialSuffix } from '../names.ts';
import type { Source, StoredFile, Upload } from '../target.ts';
import type { FileStat, Files, OpenFile } from './files.ts';

/** Bytes between two waits for the disk: what a crash of the other machine can cost. */
const syncEvery = 32 * 2 ** 20;
const block = 2 ** 20;

export const uploadId = (): string => randomBytes(4).toString('hex');
export const partialName = (name: string, id: string): string => `${name}.${id}${partialSuffix}`;

/** Name and upload of a partial file, or undefined for another file. */
export function parsePartial(file: string): { name: string; id: string } | undefined {
  const match = /^(.+)\.([0-9a-f]{8})\.partial$/.exec(file);
  return match ? { name: match[1]!, id: match[2]! } : undefined;
}

export interface FileUploadOptions {
  readonly files: Files;
  readonly name: string;
  readonly resume: Source | undefined;
  /** Before and after: is it still the right folder? */
  readonly checkPlace: () => Promise<void>;
}

/** Goes on with the longest partial file that begins as the source does, or starts a new one. */
export async function openFileUpload(options: FileUploadOptions): Promise<Upload> {
  const { files, name, resume } = options;
  if (resume !== undefined) {
    const partials = (await files.list())
      .filter((file) => parsePartial(file.name)?.name === name && file.size > 0)
      .sort((a, b) => b.size - a.size);
    for (const partial of partials) {
      const taken = await takeOver(options, partial, resume);
      if (taken !== undefined) return taken;
    }
  }
  const path = partialName(name, uploadId());
  return new FileUpload(options, path, await files.open(path, 'create'), 0);
}

/**
 * A new name makes the file ours: of several that try, one succeeds, and a writer that still lives learns of it when
 * it finishes. What the file holds is compared with the source, so a tail that a crash kept from the disk is written again.
 */
async function takeOver(
  options: FileUploadOptions,
  partial: FileStat,
  source: Source,
): Promise<Upload | undefined> {
  const { files, name } = options;
  const path = partialName(name, uploadId());
  try {
    await files.rename(partial.name, path);
  } catch (error) {
    if (isHoldfastError(error) && error.code === 'TARGET_NOT_FOUND') return undefined;
    throw error;
  }
  // The other writer may have published it a moment before: then these are the archive's own bytes.
  if ((await files.stat(name)) !== undefined) {
    await files.remove(path);
    throw new HoldfastError('TARGET_EXISTS', `${files.place} has an archive ${name} already`);
  }
  const file = await files.open(path, 'update');
  try {
    const offset = await equalBytes(file, partial.size, source);
    if (offset > 0) {
      await file.truncate(offset);
      return new FileUpload(options, path, file, offset);
    }
    await file.close();
    // Somebody else's bytes: they get their place back.
    await files.rename(path, partial.name);
    return undefined;
  } catch (error) {
    await file.close().catch(() => undefined);
    throw error;
  }
}

/**
 * Bytes at the beginning in which file and source are the same, in whole blocks: all of them or none for what was on the
 * disk long ago, exactly for what a crash of the other machine may have spoilt.
 */
async function equalBytes(file: OpenFile, size: number, source: Source): Promise<number> {
  if (!(await isEqual(file, source, 0))) return 0;
  const recent = Math.max(0, Math.floor((Math.min(size, source.size) - 2 * syncEvery) / block)) * block;
  let position = recent;
  while (position < source.size && (await isEqual(file, source, position)))
    position = Math.min(position + block, source.size);
  return position === recent ? 0 : position;
}

async function isEqual(file: OpenFile, source: Source, start: number): Promise<boolean> {
  const end = Math.min(start + block, source.size);
  const there = await file.read(start, end - start);
  if (there.length < end - start) return false;
  const own = createHash('sha256');
  for await (const bytes of source.read(start, end)) own.update(bytes);
  return own.digest().equals(createHash('sha256').update(there).digest());
}

class FileUpload implements Upload {
  readonly name: string;
  readonly offset: number;
  readonly #options: FileUploadOptions;
  readonly #path: string;
  readonly #file: OpenFile;
  #position: number;
  #unsynced = 0;

  constructor(options: FileUploadOptions, path: string, file: OpenFile, offset: number) {
    this.name = options.name;
    this.offset = offset;
    this.#options = options;
    this.#path = path;
    this.#file = file;
    this.#position = offset;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += block) {
      const piece = bytes.subarray(at, at + block);
      await this.#file.write(this.#position, piece);
      this.#position += piece.length;
      this.#unsynced += piece.length;
      if (this.#unsynced < syncEvery) continue;
      await this.#file.sync();
      this.#unsynced = 0;
    }
  }

  async finish(): Promise<StoredFile> {
    const { files, checkPlace } = this.#options;
    await this.suspend();
    await checkPlace();
    const written = await files.stat(this.#path);
    if (written === undefined) throw this.#taken();
    if (written.size !== this.#position)
      throw new HoldfastError(
        'TARGET_CORRUPT',
        `${files.place}: ${this.name} has ${written.size} bytes, ${this.#position} were written`,
      );
    try {
      await files.publish(this.#path, this.name);
    } catch (error) {
      if (isHoldfastError(error) && error.code === 'TARGET_NOT_FOUND') throw this.#taken();
      throw error;
    }
    const stored = await files.stat(this.name);
    if (stored?.size === this.#position) return stored;
    throw new HoldfastError('TARGET_CORRUPT', `${files.place}: ${this.name} was stored, and is not there`);
  }

  async suspend(): Promise<void> {
    try {
      await this.#file.sync();
    } finally {
      await this.#file.close();
    }
  }

  async discard(): Promise<void> {
    await this.#file.close();
    await this.#options.files.remove(this.#path);
  }

  #taken(): HoldfastError {
    const { files } = this.#options;
    return new HoldfastError('TARGET_TAKEN', `${files.place}: another process took over ${this.name}`);
  }
}
