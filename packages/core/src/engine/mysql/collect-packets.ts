// Row packets as they come, copied behind one another, for another thread.

import type { ResultColumn } from './columns.ts';
import type { Packets } from './read-packets.ts';

/** Rows that are handed over at once, and bytes. */
const [someRows, someBytes] = [8_000, 2 * 1024 * 1024];

export class PacketCollector {
  #bytes = Buffer.allocUnsafeSlow(someBytes);
  #length = 0;
  #rows = 0;

  /** @returns whether there are enough of them */
  add(buffer: Buffer, from: number, to: number): boolean {
    const end = this.#length + to - from;
    if (end > this.#bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(end, this.#bytes.length * 2));
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
    }
    buffer.copy(this.#bytes, this.#length, from, to);
    this.#length = end;
    return ++this.#rows >= someRows || end >= someBytes;
  }

  /** What was collected since; undefined where that is nothing. */
  take(columns: readonly ResultColumn[]): Packets | undefined {
    if (this.#rows === 0) return undefined;
    const found = { bytes: this.#bytes.subarray(0, this.#length), rows: this.#rows, at: 0, columns };
    // It is handed over with all its room.
    this.#bytes = Buffer.allocUnsafeSlow(someBytes);
    this.#length = 0;
    this.#rows = 0;
    return found;
  }
}
