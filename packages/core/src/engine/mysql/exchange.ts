// One run of a prepared statement. The driver's own command describes every result anew, and encodes its values
// only when the line is free.

import type { StoredRow } from '../../schema/codec.ts';
import { compileReader, type ExactIntegers, type ReadRow } from './decode-row.ts';
import type { Prepared } from './prepared.ts';
import { type RowBytes, RowLine } from './row-line.ts';
import { Turn } from './turn.ts';
import { type OutgoingPacket, type Packet, readLength, type Wire } from './wire.ts';

const [okMark, errorMark, endMark] = [0x00, 0xff, 0xfe];
/** A packet that ends a part is no longer than this. */
const longestEnd = 9;

/** Who wants what the server answers. */
export interface Listener {
  /** @param bytes that it took on the line */
  row(row: StoredRow, bytes: number): void;
  /** Takes rows as they come on the line instead, many at once. */
  readonly bytes?: (rows: RowBytes) => void;
  /** @param count rows that the statement has changed, as the server counts them */
  end(count: number): void;
  /** @param error one of the table, or a bug */
  fail(error: unknown): void;
}

type State = 'header' | 'columns' | 'columns-end' | 'rows';

export class Exchange extends Turn {
  readonly #prepared: Prepared;
  readonly #bigints: boolean | ExactIntegers;
  readonly #listener: Listener;
  readonly #named: (error: unknown) => Error;
  #state: State = 'header';
  #width = 0;
  #seen = 0;
  #reader: ReadRow | undefined;
  #unsound: unknown;
  #line: RowLine | undefined;

  /** @param named makes an error of the table of what the server says */
  constructor(
    packet: OutgoingPacket,
    prepared: Prepared,
    bigints: boolean | ExactIntegers,
    listener: Listener,
    named: (error: unknown) => Error,
  ) {
    super(packet);
    this.#prepared = prepared;
    this.#bigints = bigints;
    this.#listener = listener;
    this.#named = named;
  }

  onResult(error: Error): void {
    this.#line?.release();
    this.#listener.fail(this.#named(error));
  }

  override execute(packet: Packet | undefined, wire: Wire): boolean {
    const { bytes } = this.#listener;
    if (packet === undefined && bytes !== undefined)
      this.#line = new RowLine(wire, () => this.#state === 'rows', bytes);
    const done = super.execute(packet, wire);
    if (done) this.#line?.release();
    return done;
  }

  protected take(packet: Packet, connection: Wire): boolean {
    const { buffer, offset, end } = packet;
    if (buffer[offset] === errorMark) {
      this.#listener.fail(this.#named(packet.asError(connection.clientEncoding)));
      return true;
    }
    switch (this.#state) {
      case 'header': {
        if (buffer[offset] === okMark) {
          this.#listener.end(readLength(buffer, offset + 1)[0]);
          return true;
        }
        [this.#width] = readLength(buffer, offset);
        this.#state = 'columns';
        return false;
      }
      case 'columns':
        this.#prepared.describe(this.#seen++, buffer, offset, end);
        if (this.#seen === this.#width) this.#state = 'columns-end';
        return false;
      case 'columns-end':
        this.#prepared.described(this.#width);
        this.#state = 'rows';
        if (this.#line !== undefined) return false;
        this.#reader =
          typeof this.#bigints === 'boolean'
            ? this.#prepared.reader(this.#bigints)
            : compileReader(this.#prepared.columns, this.#bigints);
        return false;
      case 'rows':
        if (buffer[offset] !== endMark || end - offset > longestEnd) {
          this.#take(buffer, offset, end);
          return false;
        }
        if (this.#unsound === undefined) this.#listener.end(0);
        else this.#listener.fail(this.#unsound);
        return true;
    }
  }

  /** A value that cannot be told fails the statement, once all of its rows are off the line. */
  #take(buffer: Buffer, offset: number, end: number): void {
    if (this.#unsound !== undefined) return;
    try {
      this.#listener.row(this.#reader!(buffer, offset), end - offset);
    } catch (error) {
      this.#unsound = error;
    }
  }
}
