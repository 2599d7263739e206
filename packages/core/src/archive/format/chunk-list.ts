// Where the chunks of a stream are: sixty-four bytes each, and the keys of its first and last row.

import { ByteReader, ByteWriter } from '../columns/bytes.ts';
import { readValue, writeValue } from '../columns/exceptions.ts';
import type { Value } from '../columns/value.ts';
import { sameBytes } from '../crypto/archive-keys.ts';
import { corrupt } from './failures.ts';
import { asBuffer, hashLength } from './layout.ts';
import { MerkleTree } from './merkle.ts';
import type { ChunkInfo } from './reading.ts';

export const recordLength = 64;
/** Longer keys are left out: they are there to pass over chunks, not to hold data. */
const longestKeys = 1024;
/** Stands for null among keys; no type of value has it. */
const nullTag = 0;

/** A chunk as its writer and the salvage of an archive know it. */
export interface ChunkRecord {
  readonly offset: number;
  readonly no: number;
  /** Whole, with prefix and tag. */
  readonly stored: number;
  readonly raw: number;
  readonly rows: number;
  readonly leaf: Uint8Array;
}

/** Grows by about a hundred bytes a chunk. */
export class ChunkList {
  readonly #records = new ByteWriter(recordLength);
  readonly #keys = new ByteWriter(recordLength);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add({ offset, no, stored, raw, rows, leaf }: ChunkRecord, keys: readonly Value[] = []): void {
    const record = this.#records.take(recordLength).fill(0);
    record.writeBigUInt64LE(BigInt(offset), 0);
    record.writeBigUInt64LE(BigInt(no), 8);
    record.writeUInt32LE(stored, 16);
    record.writeUInt32LE(raw, 20);
    record.writeUInt32LE(rows, 24);
    record.set(leaf, 32);
    this.#count++;
    const lengthAt = this.#keys.length;
    this.#keys.u32(0);
    for (const value of keys)
      if (value === null) this.#keys.byte(nullTag);
      else if (typeof value === 'object' ? value.length > longestKeys : String(value).length > longestKeys) {
        this.#keys.cut(lengthAt + 4);
        break;
      } else writeValue(this.#keys, value);
    const length = this.#keys.length - lengthAt - 4;
    if (length > longestKeys) this.#keys.cut(lengthAt + 4);
    this.#keys.patchU32(lengthAt, length > longestKeys ? 0 : length);
  }

  get records(): Buffer {
    return this.#records.view();
  }

  get keys(): Buffer {
    return this.#keys.view();
  }
}

/** Reads the records of a stream; each is only looked at when it is asked for. */
export class ChunkTable {
  readonly #records: Buffer;
  readonly #keys: Uint8Array;
  readonly #keyWidth: number;
  #keysOf: readonly (readonly Value[])[] | undefined;

  /** @param keyWidth columns of the key */
  constructor(records: Uint8Array, keys: Uint8Array, keyWidth: number) {
    this.#records = asBuffer(records);
    this.#keys = keys;
    this.#keyWidth = keyWidth;
  }

  get count(): number {
    return this.#records.length / recordLength;
  }

  /** @throws ARCHIVE_CORRUPT for numbers that are none */
  at(index: number): ChunkRecord {
    const record = this.#records.subarray(index * recordLength, (index + 1) * recordLength);
    const [offset, no] = [Number(record.readBigUInt64LE(0)), Number(record.readBigUInt64LE(8))];
    if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(no)) throw corrupt('its index has no numbers');
    return {
      offset,
      no,
      stored: record.readUInt32LE(16),
      raw: record.readUInt32LE(20),
      rows: record.readUInt32LE(24),
      leaf: record.subarray(32, 32 + hashLength),
    };
  }

  /** @throws ARCHIVE_CORRUPT where the chunks are not those that make this root */
  checkRoot(root: Uint8Array): void {
    const tree = new MerkleTree();
    for (let index = 0; index < this.count; index++) tree.add(this.at(index).leaf);
    if (!sameBytes(tree.root(), root)) throw corrupt('the chunks of a stream do not have its root');
  }

  /** The chunks of rows or bytes, without the declaration. @throws ARCHIVE_CORRUPT */
  infos(): ChunkInfo[] {
    this.#keysOf ??= this.#readKeys();
    return Array.from({ length: Math.max(0, this.count - 1) }, (_, no): ChunkInfo => {
      const { offset, stored, raw, rows, leaf } = this.at(no + 1);
      const keys = this.#keysOf![no + 1] ?? [];
      const [firstKey, lastKey] = [keys.slice(0, this.#keyWidth), keys.slice(this.#keyWidth)];
      return { no, offset, stored, raw, rows, sha256: asBuffer(leaf).toString('hex'), firstKey, lastKey };
    });
  }

  #readKeys(): Value[][] {
    const reader = new ByteReader(this.#keys);
    const all: Value[][] = [];
    while (reader.left > 0) {
      const bytes = reader.raw(reader.u32());
      const one = new ByteReader(bytes);
      const keys: Value[] = [];
      while (one.left > 0) {
        if (bytes[bytes.length - one.left] === nullTag) {
          one.byte();
          keys.push(null);
        } else keys.push(readValue(one));
      }
      if (keys.length !== 0 && keys.length !== 2 * this.#keyWidth) throw corrupt('its index has wrong keys');
      all.push(keys);
    }
    return all;
  }
}
