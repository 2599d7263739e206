// Reads a source from front to back in large pieces, the next one while the last is worked on.

import type { ArchiveSource } from './endpoints.ts';
import { readAt } from './open-header.ts';

const pieceLength = 4 * 1024 * 1024;

export class ForwardReader {
  readonly #source: ArchiveSource;
  readonly #end: number;
  #piece: Buffer = Buffer.alloc(0);
  #pieceAt: number;
  #next: Promise<Buffer> | undefined;
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

  /** Gives the next `length` bytes, which are there, to `use`, in one or more parts. */
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

  /** The next `length` bytes as one. */
  async bytes(length: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    await this.take(length, (part) => parts.push(part));
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }

  #fetch(from: number): Promise<Buffer> | undefined {
    const length = Math.min(pieceLength, this.#end - from);
    if (length <= 0) return undefined;
    const bytes = readAt(this.#source, from, length);
    bytes.catch(() => {});
    return bytes;
  }
}
