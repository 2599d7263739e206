// Arrays for the columns of one batch, used again for the next: of new ones for each, many batches would be in memory
// until garbage is collected.

import { giveBack } from '../../engine/give-back.ts';

/** Bytes that are kept after a batch that took more. */
const longestKept = 16 * 1024 * 1024;

export class Arrays {
  readonly #buffers: ArrayBuffer[] = [];
  #next = 0;
  #kept = 0;

  /** From here on everything that was given is given again. */
  reset(): void {
    this.#next = 0;
    if (this.#kept > longestKept) this.giveBack();
  }

  /** Nothing that was given is of any use afterwards. */
  giveBack(): void {
    for (const buffer of this.#buffers) giveBack(buffer);
    this.#buffers.length = 0;
    this.#kept = 0;
  }

  /** Zeros, as all of these. */
  doubles(length: number): Float64Array<ArrayBuffer> {
    return new Float64Array(this.#take(length * 8), 0, length).fill(0);
  }

  wide(length: number): BigInt64Array<ArrayBuffer> {
    return new BigInt64Array(this.#take(length * 8), 0, length).fill(0n);
  }

  words(length: number): Uint32Array<ArrayBuffer> {
    return new Uint32Array(this.#take(length * 4), 0, length).fill(0);
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#take(length), 0, length).fill(0);
  }

  #take(length: number): ArrayBuffer {
    const place = this.#next++;
    const found = this.#buffers[place];
    if (found !== undefined && found.byteLength >= length) return found;
    // Of any kind of number, a whole one.
    const made = new ArrayBuffer(Math.ceil(length / 8) * 8);
    this.#buffers[place] = made;
    this.#kept += made.byteLength - (found?.byteLength ?? 0);
    if (found !== undefined) giveBack(found);
    return made;
  }
}
