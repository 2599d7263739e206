// Reads a source from front to back in large pieces, the next one while the last is worked on.

import type { ArchiveSource } from './endpoints.ts';
import { readAt } from './open-header.ts';

/** Large enough for the disk, small enough to stay in the processor's cache until it is hashed. */
const pieceLength = 512 * 1024;

export class ForwardReader {
  readonly #source: ArchiveSource;
  readonly #end: number;
  #piece: Buffer = Buffer.alloc(0);
  #pieceAt: number;
  #next: Promise<Buffer> | undefined;
  /** For the piece that is worked on and for the next one, in turn. */
  readonly #rooms = [Buffer.alloc(0), Buffer.alloc(0)];
  /** Where the next byte is. */
  at: number;

  constructor(source: ArchiveSource, from: number, end: number) {
    this.#source = source;
    this.#end = end;
    this.at = from;
    this.#pieceAt = from;
    this.#next = this.#fetch(from);
  }

  get left(): number {
    return this.#end - this.at;
  }

  /** Gives the next `length` bytes, which are there, to `use` in one or more parts; each is only good until the next. */
  async take(length: number, use: (part: Buffer) => void): Promise<void> {
    for (let left = length; left > 0; ) {
      const from = this.at - this.#pieceAt;
      if (from === this.#piece.length) {
        this.#piece = await this.#next!;
        this.#pieceAt = this.at;
        this.#next = this.#fetch(this.at + this.#piece.length);
        continue;
      }
      const part = this.#piece.subarray(from, from + left);
      use(part);
      this.at += part.length;
      left -= part.length;
    }
  }

  /** The next `length` bytes as one, which is good until more are taken. */
  async bytes(length: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    await this.take(length, (part) => parts.push(part.length === length ? part : Buffer.from(part)));
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }

  #fetch(from: number): Promise<Buffer> | undefined {
    const length = Math.min(pieceLength, this.#end - from);
    if (length <= 0) return undefined;
    const bytes = this.#read(from, length);
    bytes.catch(() => {});
    return bytes;
  }

  async #read(from: number, length: number): Promise<Buffer> {
    if (this.#source.readInto === undefined) return readAt(this.#source, from, length);
    this.#rooms.reverse();
    if (this.#rooms[0]!.length === 0) this.#rooms[0] = Buffer.allocUnsafeSlow(pieceLength);
    const into = this.#rooms[0]!.subarray(0, length);
    await this.#source.readInto(from, into);
    return into;
  }
}
