// Bytes of a chunk, written and read from front to back; sections are compressed where that makes them smaller.

import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { HoldfastError } from '../../errors.ts';

/** Below it, the frame of a compressed section costs more than it saves. */
const leastToCompress = 24;
/** A section is at most this long, whatever its header says. */
const longestSection = 256 * 1024 * 1024;

export const compress = (bytes: Uint8Array, level: number): Buffer =>
  zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: level } });

export const decompress = (bytes: Uint8Array): Buffer =>
  zstdDecompressSync(bytes, { maxOutputLength: longestSection });

export class ByteWriter {
  #bytes = Buffer.allocUnsafe(1024);
  #length = 0;

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + more));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  /** A whole number from 0 to 2^53-1, seven bits a byte. */
  varint(value: number): void {
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.byte((rest % 128) + 128);
    this.byte(rest);
  }

  double(value: number): void {
    this.#reserve(8);
    this.#length = this.#bytes.writeDoubleLE(value, this.#length);
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Bytes with their length. */
  block(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.raw(bytes);
  }

  /** Bytes with their length, compressed where that is smaller. */
  section(bytes: Uint8Array): void {
    const packed = bytes.length < leastToCompress ? bytes : compress(bytes, 3);
    const smaller = packed.length < bytes.length;
    const stored = smaller ? packed : bytes;
    this.varint(stored.length * 2 + (smaller ? 1 : 0));
    this.raw(stored);
  }

  /** What was written. The writer must not be used after it. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }
}

export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  byte(): number {
    const value = this.#bytes[this.#at++];
    if (value === undefined) throw unsound('it ends too early');
    return value;
  }

  varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      if (byte < 128) break;
    }
    if (!Number.isSafeInteger(value)) throw unsound('a number is too large');
    return value;
  }

  double(): number {
    return Buffer.from(this.raw(8)).readDoubleLE(0);
  }

  raw(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) throw unsound('it ends too early');
    const found = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return found;
  }

  block(): Buffer {
    return this.raw(this.varint());
  }

  section(): Buffer {
    const header = this.varint();
    const stored = this.raw(Math.floor(header / 2));
    return header % 2 === 1 ? decompress(stored) : stored;
  }
}

export const unsound = (what: string, cause?: unknown): HoldfastError =>
  new HoldfastError('DATA_UNSOUND', `a chunk of a series cannot be read: ${what}`, { cause });
