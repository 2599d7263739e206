// Archives in a folder of an SFTP server.

import type { SFTPWrapper, Stats } from 'ssh2';
import { HoldfastError, isHoldfastError } from '../../../errors.ts';
import type { FileStat, Files, OpenFile } from '../files/files.ts';
import type { SftpConnection } from './connection.ts';

/** What every server takes in one request. */
const most = 32_768;
const flags = { read: 'r', create: 'xw+', update: 'r+' } as const;

const isFile = (mode: number): boolean => (mode & 0o170000) === 0o100000;
const isFolder = (mode: number): boolean => (mode & 0o170000) === 0o040000;

/** The server lacks an extension of OpenSSH: the library says so itself, by throwing. */
const isUnsupported = (error: unknown): boolean =>
  isHoldfastError(error) && /does not support this extended request/.test(String(error.cause));

export class SftpFiles implements Files {
  readonly kind = 'sftp';
  readonly place: string;
  readonly #connection: SftpConnection;
  readonly #folder: string;

  constructor(connection: SftpConnection, folder: string) {
    this.place = connection.place;
    this.#connection = connection;
    this.#folder = folder.replace(/\/+$/, '');
  }

  async exists(): Promise<boolean> {
    const stat = await this.#stat('', 'stat');
    return stat !== undefined && isFolder(stat.mode);
  }

  async list(): Promise<readonly FileStat[]> {
    const entries = await this.#connection.ask<{ filename: string; attrs: Stats }[]>('', (sftp, done) =>
      sftp.readdir(this.#folder || '/', done),
    );
    return entries
      .filter(({ attrs }) => isFile(attrs.mode))
      .map(({ filename, attrs }) => fileStat(filename, attrs));
  }

  async stat(name: string): Promise<FileStat | undefined> {
    const stat = await this.#stat(name, 'lstat');
    return stat === undefined || !isFile(stat.mode) ? undefined : fileStat(name, stat);
  }

  async open(name: string, mode: keyof typeof flags): Promise<OpenFile> {
    const attributes = mode === 'create' ? { mode: 0o600 } : {};
    try {
      const handle = await this.#connection.ask<Buffer>(name, (sftp, done) =>
        sftp.open(this.#path(name), flags[mode], attributes, done),
      );
      return new SftpFile(this.#connection, name, handle, await this.#connection.session());
    } catch (error) {
      throw mode === 'create' ? await this.#explain(error, name) : error;
    }
  }

  async rename(from: string, to: string): Promise<void> {
    try {
      await this.#connection.ask<void>(from, (sftp, done) =>
        sftp.ext_openssh_rename(this.#path(from), this.#path(to), done),
      );
    } catch (error) {
      if (!isUnsupported(error)) throw error;
      await this.#plainRename(from, to);
    }
  }

  /**
   * The protocol's own rename never replaces a file, unlike posix-rename@openssh.com. The protocol has nothing that waits
   * for the folder to be on the disk; waiting for the file again is all that can be asked for.
   */
  async publish(from: string, to: string): Promise<void> {
    try {
      await this.#plainRename(from, to);
    } catch (error) {
      if (isHoldfastError(error) && error.code === 'TARGET_FAILED' && (await this.stat(to)) !== undefined)
        throw new HoldfastError('TARGET_EXISTS', `${this.place}: ${to}: there is one already`, {
          cause: error,
        });
      throw error;
    }
    const file = await this.open(to, 'update');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  }

  async remove(name: string): Promise<void> {
    try {
      await this.#connection.ask<void>(name, (sftp, done) => sftp.unlink(this.#path(name), done));
    } catch (error) {
      if (!isHoldfastError(error) || error.code !== 'TARGET_NOT_FOUND') throw error;
    }
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  async #plainRename(from: string, to: string): Promise<void> {
    await this.#connection.ask<void>(from, (sftp, done) =>
      sftp.rename(this.#path(from), this.#path(to), done),
    );
  }

  /** The protocol has one code for most failures: what is there afterwards tells more. */
  async #explain(error: unknown, name: string): Promise<unknown> {
    if (!isHoldfastError(error) || error.code !== 'TARGET_FAILED') return error;
    if ((await this.stat(name)) === undefined) return error;
    return new HoldfastError('TARGET_EXISTS', `${this.place}: ${name}: there is one already`, {
      cause: error,
    });
  }

  async #stat(name: string, how: 'stat' | 'lstat'): Promise<Stats | undefined> {
    try {
      return await this.#connection.ask<Stats>(name || '.', (sftp, done) =>
        sftp[how](this.#path(name), done),
      );
    } catch (error) {
      if (isHoldfastError(error) && error.code === 'TARGET_NOT_FOUND') return undefined;
      throw error;
    }
  }

  #path(name: string): string {
    return name === '' ? this.#folder || '/' : `${this.#folder}/${name}`;
  }
}

const fileStat = (name: string, { size, mtime }: Stats): FileStat => ({
  name,
  size,
  modifiedAt: mtime * 1_000_000,
});

class SftpFile implements OpenFile {
  readonly #connection: SftpConnection;
  readonly #name: string;
  readonly #handle: Buffer;
  readonly #session: SFTPWrapper;

  constructor(connection: SftpConnection, name: string, handle: Buffer, session: SFTPWrapper) {
    this.#connection = connection;
    this.#name = name;
    this.#handle = handle;
    this.#session = session;
  }

  async read(position: number, length: number): Promise<Uint8Array> {
    const buffer = Buffer.allocUnsafe(length);
    const pieces = await Promise.all(
      slices(length).map(async ([start, end]) => {
        let at = start;
        while (at < end) {
          const read = await this.#readOnce(buffer, at, end - at, position + at);
          if (read === 0) break;
          at += read;
        }
        return at - start;
      }),
    );
    let whole = 0;
    for (const piece of pieces) {
      whole += piece;
      if (piece < most) break;
    }
    return buffer.subarray(0, whole);
  }

  async write(position: number, bytes: Uint8Array): Promise<void> {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    await Promise.all(
      slices(buffer.length).map(([start, end]) =>
        this.#ask<void>((sftp, done) =>
          sftp.write(this.#handle, buffer, start, end - start, position + start, done),
        ),
      ),
    );
  }

  async truncate(size: number): Promise<void> {
    await this.#ask<void>((sftp, done) => sftp.fsetstat(this.#handle, { size }, done));
  }

  async sync(): Promise<void> {
    try {
      await this.#ask<void>((sftp, done) => sftp.ext_openssh_fsync(this.#handle, done));
    } catch (error) {
      if (!isUnsupported(error)) throw error;
    }
  }

  async close(): Promise<void> {
    await this.#ask<void>((sftp, done) => sftp.close(this.#handle, done));
  }

  /** Bytes read; zero at the end of the file. */
  #readOnce(buffer: Buffer, at: number, length: number, position: number): Promise<number> {
    return this.#ask<number>((sftp, done) =>
      sftp.read(this.#handle, buffer, at, length, position, (error, read) => {
        const end = (error as { code?: number } | undefined)?.code === 1;
        if (end) done(null, 0);
        else done(error, read);
      }),
    );
  }

  /** A handle is worth nothing on another connection than its own. */
  async #ask<T>(
    request: (sftp: SFTPWrapper, done: (error: Error | null | undefined, value?: T) => void) => void,
  ): Promise<T> {
    return this.#connection.ask<T>(this.#name, (sftp, done) => {
      if (sftp !== this.#session) done(new Error('the connection was lost'));
      else request(sftp, done);
    });
  }
}

/** Cuts a length into what fits into one request each. */
function slices(length: number): [number, number][] {
  return Array.from({ length: Math.ceil(length / most) }, (_, index) => [
    index * most,
    Math.min((index + 1) * most, length),
  ]);
}
