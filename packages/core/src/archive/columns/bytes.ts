// Bytes of a batch, written and read from front to back. The reader gives nothing that is not there.

import { corrupt } from '../format/failures.ts';
import { Arrays } from './arrays.ts';

/** Room that is kept after a single value took more. */
const longestKept = 8 * 1024 * 1024;

/** Grows as needed and may be used again after `reset`, so that batch after batch takes no new memory. */
export class ByteWriter {
  /** For what is worked out before it is written; reset by whoever has written it. */
  readonly arrays = new Arrays();
  #bytes: Buffer;
  #length = 0;

  /** @param room bytes to begin with */
  constructor(room = 64 * 1024) {
    this.#bytes = Buffer.allocUnsafeSlow(room);
  }

  get length(): number {
    return this.#length;
  }

  reset(): void {
    this.#length = 0;
    if (this.#bytes.length > longestKept) this.#bytes = Buffer.allocUnsafeSlow(longestKept);
  }

  /** Takes back what was written after the first `length` bytes. */
  cut(length: number): void {
    this.#length = length;
  }

  /** Room for `length` bytes, which the caller fills before anything else is written. */
  take(length: number): Buffer {
    const end = this.#length + length;
    if (end > this.#bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, end));
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
    }
    const room = this.#bytes.subarray(this.#length, end);
    this.#length = end;
    return room;
  }

  byte(value: number): void {
    this.take(1)[0] = value;
  }

  u32(value: number): void {
    this.take(4).writeUInt32LE(value);
  }

  /** Fills in a `u32` that was written before its value was known. */
  patchU32(at: number, value: number): void {
    this.#bytes.writeUInt32LE(value, at);
  }

  /** A whole number from 0 to 2^53-1, seven bits a byte, the lowest first. */
  varint(value: number): void {
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.byte((rest % 128) + 128);
    this.byte(rest);
  }

  double(value: number): void {
    this.take(8).writeDoubleLE(value);
  }

  raw(bytes: Uint8Array): void {
    this.take(bytes.length).set(bytes);
  }

  /** Bytes behind their length. */
  block(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.raw(bytes);
  }

  /** What was written, until the next `reset`. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }
}

/** @throws ARCHIVE_CORRUPT wherever what is asked for is not there */
export class ByteReader {
  /** For what is read. */
  readonly arrays: Arrays;
  readonly #bytes: Buffer;
  #at = 0;

  /** @param arrays new ones where what is read is kept */
  constructor(bytes: Uint8Array, arrays = new Arrays()) {
    this.arrays = arrays;
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    if (this.#at >= this.#bytes.length) throw corrupt('a batch ends too early');
    return this.#bytes[this.#at++]!;
  }

  u32(): number {
    return this.raw(4).readUInt32LE();
  }

  varint(): number {
    let value = 0;
    for (let factor = 1; factor <= 2 ** 49; factor *= 128) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      if (byte < 128) {
        if (!Number.isSafeInteger(value)) break;
        return value;
      }
    }
    throw corrupt('a number of a batch is too large');
  }

  double(): number {
    return this.raw(8).readDoubleLE();
  }

  raw(length: number): Buffer {
    if (!(length >= 0 && length <= this.left)) throw corrupt('a batch ends too early');
    const found = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return found;
  }

  block(): Buffer {
    return this.raw(this.varint());
  }
}
