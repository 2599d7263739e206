// Which keys there were, in eight bytes each: rows by the million fit into memory.

import { hash } from 'node:crypto';
import type { StoredRow, StoredValue } from '../../schema/codec.ts';

/** Text of a key; equal ones have the same, whatever the types of their numbers. */
export const keyText = (key: readonly StoredValue[]): string => JSON.stringify(key.map(partText));

const partText = (value: StoredValue): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString('base64') : String(value);

/**
 * Keys by 64 bits of their SHA-256: that two of ten million meet has a chance of one in hundred thousand, and then a key
 * counts as there that is not.
 */
export class KeySet {
  #hashes = new BigUint64Array(1_024);
  #count = 0;
  #sorted = true;

  get size(): number {
    return this.#count;
  }

  add(key: StoredRow): void {
    if (this.#count === this.#hashes.length) {
      const larger = new BigUint64Array(this.#count * 2);
      larger.set(this.#hashes);
      this.#hashes = larger;
    }
    this.#hashes[this.#count++] = hashOf(key);
    this.#sorted = false;
  }

  has(key: StoredRow): boolean {
    if (!this.#sorted) this.#hashes.subarray(0, this.#count).sort();
    this.#sorted = true;
    const wanted = hashOf(key);
    let [low, high] = [0, this.#count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#hashes[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    return low < this.#count && this.#hashes[low] === wanted;
  }
}

const hashOf = (key: StoredRow): bigint => hash('sha256', keyText(key), 'buffer').readBigUInt64LE();
