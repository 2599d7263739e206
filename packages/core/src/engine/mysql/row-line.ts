// Rows taken from the line as they come, many at once, for another thread. The driver would handle each of them, so its
// reading of the line is put aside until the last row is here; all that is not a row is handed to it.

import type { Socket } from 'node:net';
import { giveBack } from '../give-back.ts';
import type { Wire } from './wire.ts';

/** Packets of rows, each with the four bytes before it; of one that came in parts, those of the first part only. */
export interface RowBytes {
  readonly bytes: Uint8Array;
  readonly rows: number;
}

/** Rows that are handed over at once, and bytes. */
const [someRows, someBytes] = [8_000, 2 * 1024 * 1024];
const leastRoom = 65_536;
const header = 4;
/** Packets of this length go on in the next one. */
const unfinished = 0xff_ffff;
/** Rows begin with it; ends and failures do not. */
const rowMark = 0x00;

export class RowLine {
  readonly #wire: Wire;
  readonly #stream: Socket;
  readonly #theirs: (chunk: Buffer) => void;
  readonly #areRows: () => boolean;
  readonly #give: (rows: RowBytes) => void;
  #buffer: Buffer = Buffer.alloc(0);
  /** Where the rows begin that are not handed over yet, what is not looked at, and the bytes that are here end. */
  #from = 0;
  #at = 0;
  #end = 0;
  #rows = 0;
  /** As much as was needed the last time, and some. */
  #room = leastRoom;

  /** @param areRows whether what begins like a row is one */
  constructor(wire: Wire, areRows: () => boolean, give: (rows: RowBytes) => void) {
    this.#wire = wire;
    this.#areRows = areRows;
    this.#give = give;
    this.#stream = wire.stream;
    this.#theirs = this.#stream.listeners('data')[0] as (chunk: Buffer) => void;
    this.#stream.off('data', this.#theirs);
    this.#stream.on('data', this.#take);
  }

  /** Gives the line back to the driver. */
  release(): void {
    this.#stream.off('data', this.#take);
    this.#stream.on('data', this.#theirs);
  }

  readonly #take = (chunk: Buffer): void => {
    this.#append(chunk);
    giveBack(chunk);
    for (let length = this.#packet(); length > 0; length = this.#packet())
      if (this.#buffer[this.#at + header] === rowMark && this.#areRows()) {
        this.#at += length;
        this.#rows++;
        if (this.#rows >= someRows || this.#at - this.#from >= someBytes) this.#handOver();
      } else {
        this.#handOver();
        const packet = Buffer.from(this.#buffer.subarray(this.#at, this.#at + length));
        this.#at += length;
        this.#from = this.#at;
        // It has not seen the rows.
        this.#wire.sequenceId = packet[header - 1]!;
        this.#theirs(packet);
      }
  };

  /** @returns bytes of the packet that is next, with its header; zero where not all of it is here */
  #packet(): number {
    const left = this.#end - this.#at;
    if (left < header) return 0;
    const length = this.#lengthAt(this.#at);
    if (left < header + length) return 0;
    return length < unfinished ? header + length : this.#joined();
  }

  /** Makes one of the parts of a packet, once all of them are here. */
  #joined(): number {
    const parts: number[] = [];
    let end = this.#at;
    for (let length = unfinished; length === unfinished; end += header + length) {
      if (this.#end - end < header) return 0;
      length = this.#lengthAt(end);
      if (this.#end - end < header + length) return 0;
      parts.push(end);
    }
    let to = this.#at + header + unfinished;
    for (const part of parts.slice(1)) {
      const length = this.#lengthAt(part);
      this.#buffer.copyWithin(to, part + header, part + header + length);
      to += length;
    }
    this.#buffer.copyWithin(to, end, this.#end);
    this.#end -= end - to;
    return to - this.#at;
  }

  #lengthAt(at: number): number {
    return this.#buffer.readUIntLE(at, 3);
  }

  #append(chunk: Buffer): void {
    const end = this.#end + chunk.length;
    if (end > this.#buffer.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(end, this.#room, this.#buffer.length * 2));
      this.#buffer.copy(grown, 0, 0, this.#end);
      giveBack(this.#buffer);
      this.#buffer = grown;
    }
    this.#end += chunk.copy(this.#buffer, this.#end);
  }

  /** The buffer goes with the rows; what is behind them moves to the next one. */
  #handOver(): void {
    if (this.#rows === 0) return;
    const { bytes, rows } = { bytes: this.#buffer.subarray(this.#from, this.#at), rows: this.#rows };
    const rest = this.#buffer.subarray(this.#at, this.#end);
    this.#room = Math.max(leastRoom, this.#end + leastRoom);
    this.#buffer = Buffer.allocUnsafeSlow(Math.max(this.#room, rest.length));
    this.#end = rest.copy(this.#buffer);
    [this.#from, this.#at, this.#rows] = [0, 0, 0];
    this.#give({ bytes, rows });
  }
}
