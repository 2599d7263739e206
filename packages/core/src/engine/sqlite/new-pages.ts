// Pages behind the end of a database file, in order, while SQLite has nothing to do with it: by its own handle, since
// closing one of ours would take its locks away.

import { ftruncateSync, readSync, writeSync } from 'node:fs';
import { HoldfastError } from '../../errors.ts';

/** Bytes that are written at once. */
const writtenAtOnce = 1024 * 1024;
const headerBytes = 100;
/** The page that has this byte is never used: systems lock it. */
const lockedByte = 2 ** 30;

export class NewPages {
  readonly pageSize: number;
  /** Without what is reserved at the end of each page. */
  readonly usable: number;
  readonly #file: number;
  readonly #header: Buffer;
  readonly #locked: number;
  readonly #waiting: Buffer;
  /** Pages of the file. */
  #count: number;
  /** Those of them that wait to be written. */
  #held = 0;

  /** @returns undefined where the file is not of the form that is written here */
  static of(file: number): NewPages | undefined {
    const header = Buffer.alloc(headerBytes);
    try {
      if (readSync(file, header, 0, headerBytes, 0) !== headerBytes) return undefined;
      // The same as is there: it shows whether the handle may write.
      writeSync(file, header, 0, headerBytes, 0);
    } catch {
      return undefined;
    }
    const [schemaFormat, autoVacuum, encoding] = [44, 52, 56].map((at) => header.readUInt32BE(at));
    return schemaFormat === 4 && autoVacuum === 0 && encoding === 1 ? new NewPages(file, header) : undefined;
  }

  private constructor(file: number, header: Buffer) {
    this.#file = file;
    this.#header = header;
    const size = header.readUInt16BE(16);
    this.pageSize = size === 1 ? 65_536 : size;
    this.usable = this.pageSize - header[20]!;
    this.#count = header.readUInt32BE(28);
    this.#locked = lockedByte / this.pageSize + 1;
    this.#waiting = Buffer.alloc(Math.max(writtenAtOnce, 4 * this.pageSize));
  }

  /** The number that the next page gets. */
  get next(): number {
    return this.after(this.#count);
  }

  /** The number that a page behind this one gets. */
  after(page: number): number {
    return page + 1 === this.#locked ? page + 2 : page + 1;
  }

  /** @param page its first bytes; the rest is zeros. @returns its number */
  add(page: Uint8Array): number {
    const number = this.next;
    for (; this.#count < number; this.#count++) {
      if ((this.#held + 1) * this.pageSize > this.#waiting.length) this.#flush();
      const start = this.#held++ * this.pageSize;
      const here = this.#count + 1 === number ? page : new Uint8Array(0);
      this.#waiting.set(here, start);
      this.#waiting.fill(0, start + here.length, start + this.pageSize);
    }
    return number;
  }

  /** Puts one in the place of a page that was there before. */
  replace(number: number, page: Uint8Array): void {
    this.#write(page, (number - 1) * this.pageSize);
  }

  /** Has the file know its new pages. SQLite has to look at it anew. */
  finish(): void {
    this.#flush();
    const header = this.#header;
    const changes = (header.readUInt32BE(24) + 1) >>> 0;
    header.writeUInt32BE(changes, 24);
    header.writeUInt32BE(this.#count, 28);
    header.writeUInt32BE(changes, 92);
    this.#write(header, 0);
  }

  /** Gives up pages that the file does not know yet. */
  abandon(): void {
    ftruncateSync(this.#file, this.#header.readUInt32BE(28) * this.pageSize);
  }

  #flush(): void {
    this.#write(
      this.#waiting.subarray(0, this.#held * this.pageSize),
      (this.#count - this.#held) * this.pageSize,
    );
    this.#held = 0;
  }

  #write(bytes: Uint8Array, position: number): void {
    try {
      for (let done = 0; done < bytes.length; )
        done += writeSync(this.#file, bytes, done, bytes.length - done, position + done);
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;
      if (code !== 'ENOSPC' && code !== 'EDQUOT')
        throw new HoldfastError('DATABASE_FAILED', message, { cause });
      throw new HoldfastError('DISK_FULL', 'the disk under the database is full', { cause });
    }
  }
}
