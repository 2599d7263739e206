// Archives in a folder of this machine: a disk, a mounted stick, a share.

import type { FileHandle } from 'node:fs/promises';
import { link, lstat, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HoldfastError } from '../../../errors.ts';
import type { FileStat, Files, OpenFile } from '../files/files.ts';
import { folderError } from './folder-error.ts';

const flags = { read: 'r', create: 'wx+', update: 'r+' } as const;

export class FolderFiles implements Files {
  readonly kind = 'folder';
  readonly place: string;

  constructor(path: string) {
    this.place = path;
  }

  async exists(): Promise<boolean> {
    return (await this.#lstat(''))?.isDirectory() ?? false;
  }

  async list(): Promise<readonly FileStat[]> {
    const names = await this.#do('', () => readdir(this.place));
    const stats = await Promise.all(names.map((name) => this.stat(name)));
    return stats.filter((stat) => stat !== undefined);
  }

  async stat(name: string): Promise<FileStat | undefined> {
    const stat = await this.#lstat(name);
    if (stat === undefined || !stat.isFile()) return undefined;
    return { name, size: stat.size, modifiedAt: Math.floor(stat.mtimeMs * 1000) };
  }

  async open(name: string, mode: keyof typeof flags): Promise<OpenFile> {
    const path = join(this.place, name);
    const handle = await this.#do(name, () => open(path, flags[mode], 0o600));
    return new FolderFile(handle, (work) => this.#do(name, work));
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#do(from, () => rename(join(this.place, from), join(this.place, to)));
  }

  /** By a second name where the file system has those, since a rename replaces what is there. */
  async publish(from: string, to: string): Promise<void> {
    const [source, sink] = [join(this.place, from), join(this.place, to)];
    await this.#do(to, async () => {
      try {
        await link(source, sink);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw error;
        if ((await this.#lstat(to)) !== undefined)
          throw Object.assign(new Error('exists'), { code: 'EEXIST' });
        await rename(source, sink);
        return;
      }
      await rm(source, { force: true });
    });
    await this.#syncFolder();
  }

  async remove(name: string): Promise<void> {
    await this.#do(name, () => rm(join(this.place, name), { force: true }));
    await this.#syncFolder();
  }

  async close(): Promise<void> {
    // Nothing is kept open between two calls.
  }

  async #syncFolder(): Promise<void> {
    await this.#do('', async () => {
      await using handle = await open(this.place, 'r');
      await handle.sync();
    });
  }

  async #lstat(name: string) {
    try {
      return await lstat(join(this.place, name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw folderError(this.place, name, error);
    }
  }

  async #do<T>(name: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw folderError(this.place, name, error);
    }
  }
}

type Guard = <T>(work: () => Promise<T>) => Promise<T>;

class FolderFile implements OpenFile {
  readonly #handle: FileHandle;
  readonly #guard: Guard;

  constructor(handle: FileHandle, guard: Guard) {
    this.#handle = handle;
    this.#guard = guard;
  }

  read(position: number, length: number): Promise<Uint8Array> {
    return this.#guard(async () => {
      const buffer = Buffer.allocUnsafe(length);
      const { bytesRead } = await this.#handle.read(buffer, 0, length, position);
      return buffer.subarray(0, bytesRead);
    });
  }

  async write(position: number, bytes: Uint8Array): Promise<void> {
    await this.#guard(async () => {
      for (let at = 0; at < bytes.length; ) {
        const { bytesWritten } = await this.#handle.write(bytes, at, bytes.length - at, position + at);
        if (bytesWritten === 0) throw new HoldfastError('TARGET_FAILED', 'the file takes no more bytes');
        at += bytesWritten;
      }
    });
  }

  truncate(size: number): Promise<void> {
    return this.#guard(() => this.#handle.truncate(size));
  }

  sync(): Promise<void> {
    return this.#guard(() => this.#handle.sync());
  }

  close(): Promise<void> {
    return this.#guard(() => this.#handle.close());
  }
}
