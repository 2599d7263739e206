// COPY to us: rows as they come from the line, read one by one or taken as they are. The driver would make an object and an
// event of each of them, so its reading of the line is put aside until the last row is here.

import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import type { Connection, Submittable } from 'pg';
import { giveBack } from '../give-back.ts';

type Listener = (chunk: Buffer) => void;

const [copyData, copyDone, copyResponse, failure] = [...'dcHE'].map((sign) => sign.charCodeAt(0));
/** Signature, flags and the length of an extension, in front of the first row. */
const headerBytes = 19;

/** Makes chunks of rows. */
export interface Collect<Chunk> {
  /**
   * @param at of a row, the count of its fields, behind the five bytes that begin its message
   * @returns whether the chunk is full
   */
  row(buffer: Buffer, at: number, end: number): boolean;
  /** The buffer is another's from now on. */
  leave(buffer: Buffer): void;
  /** What has been collected since; undefined where that is nothing. */
  chunk(): Chunk | undefined;
}

/** Of the last message, instead of a count of fields. */
const noMoreRows = 255;

export class CopyOut<Chunk> implements Submittable {
  readonly #sql: string;
  readonly #collect: Collect<Chunk>;
  readonly #ready = Promise.withResolvers<void>();
  #stream: Socket | undefined;
  #theirs: Listener | undefined;
  /** The beginning of a message whose rest has not come, in pieces. */
  #pieces: Buffer[] = [];
  #have = 0;
  #need = 5;
  #started = false;
  /** The driver was given a part of what came last, and may keep it. */
  #lent = false;
  #chunks: Chunk[] = [];
  #discards = false;
  #ended = false;
  #failure: unknown;
  #wake: () => void = () => {};

  constructor(sql: string, collect: Collect<Chunk>) {
    this.#sql = sql;
    this.#collect = collect;
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

  /** @returns the next chunk, undefined at the end. @throws what the driver does */
  async next(): Promise<Chunk | undefined> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        // Whoever waits for the line gets it between two chunks.
        await turn();
        return chunk;
      }
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#ended) return undefined;
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
    this.#stream?.resume();
  }

  #end(): void {
    this.#flush();
    this.#ended = true;
    this.#ready.resolve();
    this.#wake();
  }

  #flush(): void {
    const chunk = this.#collect.chunk();
    if (chunk !== undefined && !this.#discards) this.#chunks.push(chunk);
  }

  readonly #take = (chunk: Buffer): void => {
    if (this.#have > 0) {
      this.#pieces.push(chunk);
      this.#have += chunk.length;
      if (this.#have < this.#need) return;
      const whole = Buffer.concat(this.#pieces, this.#have);
      for (const piece of this.#pieces) giveBack(piece);
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
        this.#collect.leave(buffer);
        this.#giveBack();
        this.#theirsTake(buffer.subarray(at));
        return;
      } else if (kind !== copyResponse) this.#theirsTake(buffer.subarray(at, at + size));
      at += size;
    }
    this.#collect.leave(buffer);
    if (length - at < 5) this.#need = 5;
    this.#pieces = at < length ? [Buffer.from(buffer.subarray(at))] : [];
    this.#have = length - at;
    if (!this.#lent) giveBack(buffer);
    this.#lent = false;
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
    if (buffer[at] === noMoreRows) return;
    if (this.#collect.row(buffer, at, start + size - 5)) {
      this.#collect.leave(buffer);
      this.#flush();
    }
  }

  #theirsTake(bytes: Buffer): void {
    this.#lent = true;
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
