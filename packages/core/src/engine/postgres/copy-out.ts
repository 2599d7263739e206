// COPY to us: rows as they come from the line. The driver would make an object and an event of each of them, so its
// reading of the line is put aside until the last row is here.

import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import type { Connection, Submittable } from 'pg';
import type { StoredRow } from '../../schema/codec.ts';
import { fullChunkBytes } from '../snapshot.ts';
import type { ReadTuple } from './read-tuples.ts';

type Listener = (chunk: Buffer) => void;

const [copyData, copyDone, copyResponse, failure] = [...'dcHE'].map((sign) => sign.charCodeAt(0));
/** Signature, flags and the length of an extension, in front of the first row. */
const headerBytes = 19;

export class CopyOut implements Submittable {
  readonly #sql: string;
  readonly #read: ReadTuple;
  readonly #chunkRows: number;
  readonly #ready = Promise.withResolvers<void>();
  #stream: Socket | undefined;
  #theirs: Listener | undefined;
  /** The beginning of a message whose rest has not come, in pieces. */
  #pieces: Buffer[] = [];
  #have = 0;
  #need = 5;
  #started = false;
  #rows: StoredRow[] = [];
  #chunks: StoredRow[][] = [];
  #bytes = 0;
  #discards = false;
  #ended = false;
  #failure: unknown;
  #wake: () => void = () => {};

  constructor(sql: string, read: ReadTuple, chunkRows: number) {
    this.#sql = sql;
    this.#read = read;
    this.#chunkRows = chunkRows;
  }

  submit(connection: Connection): void {
    const stream = connection.stream as unknown as Socket;
    this.#stream = stream;
    this.#theirs = stream.listeners('data')[0] as Listener;
    stream.off('data', this.#theirs);
    stream.on('data', this.#take);
    connection.query(this.#sql);
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.#end();
  }

  handleError(error: unknown): void {
    this.#failure ??= error;
    // The server is ready for the next statement once it has said so; a lost line never will.
    this.#giveBack();
    this.#end();
  }

  /** Nothing more of the result is on the line. */
  get settled(): Promise<void> {
    return this.#ready.promise;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** @returns the next chunk, empty at the end. @throws what the driver does */
  async next(): Promise<StoredRow[]> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        // Whoever waits for the line gets it between two chunks.
        await turn();
        return chunk;
      }
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#ended) return [];
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        this.#stream?.resume();
      });
    }
  }

  /** What comes from now on is of no interest. */
  discard(): void {
    this.#discards = true;
    this.#chunks = [];
    this.#rows = [];
    this.#stream?.resume();
  }

  #end(): void {
    this.#flush();
    this.#ended = true;
    this.#ready.resolve();
    this.#wake();
  }

  #flush(): void {
    if (this.#rows.length > 0) this.#chunks.push(this.#rows);
    this.#rows = [];
    this.#bytes = 0;
  }

  readonly #take = (chunk: Buffer): void => {
    if (this.#have > 0) {
      this.#pieces.push(chunk);
      this.#have += chunk.length;
      if (this.#have < this.#need) return;
      const whole = Buffer.concat(this.#pieces, this.#have);
      this.#pieces = [];
      this.#have = 0;
      this.#messages(whole);
    } else this.#messages(chunk);
    if (this.#chunks.length > 0 && !this.#ended && this.#theirs !== undefined) {
      this.#stream!.pause();
      this.#wake();
    }
  };

  #messages(buffer: Buffer): void {
    let at = 0;
    const { length } = buffer;
    for (; length - at >= 5; ) {
      const kind = buffer[at];
      const size = buffer.readInt32BE(at + 1) + 1;
      if (length - at < size && kind !== failure) {
        this.#need = size;
        break;
      }
      if (kind === copyData) this.#row(buffer, at + 5, size);
      else if (kind === copyDone || kind === failure) {
        this.#giveBack();
        this.#theirsTake(buffer.subarray(at));
        return;
      } else if (kind !== copyResponse) this.#theirsTake(buffer.subarray(at, at + size));
      at += size;
    }
    if (length - at < 5) this.#need = 5;
    if (at === length) return;
    this.#pieces = [buffer.subarray(at)];
    this.#have = length - at;
  }

  #row(buffer: Buffer, start: number, size: number): void {
    if (this.#discards) return;
    let at = start;
    if (!this.#started) {
      this.#started = true;
      at += headerBytes + buffer.readInt32BE(start + headerBytes - 4);
      // The first message may be the header alone.
      if (at >= start + size - 5) return;
    }
    const row = this.#read(buffer, at);
    if (row === undefined) return;
    this.#rows.push(row);
    this.#bytes += size;
    if (this.#rows.length >= this.#chunkRows || this.#bytes >= fullChunkBytes) this.#flush();
  }

  #theirsTake(bytes: Buffer): void {
    this.#theirs?.(bytes);
  }

  #giveBack(): void {
    const stream = this.#stream;
    if (stream === undefined || this.#theirs === undefined || stream.listeners('data').includes(this.#theirs))
      return;
    stream.off('data', this.#take);
    stream.on('data', this.#theirs);
    stream.resume();
  }
}
