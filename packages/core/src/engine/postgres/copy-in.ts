// Rows of a load, one table after another: COPY in its binary form where the columns have one, else as text.

import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import type { Connection } from 'pg';
import type { StoredRow, StoredValue } from '../../schema/codec.ts';
import type { TableSpec } from '../../schema/spec.ts';
import { rowsOfBatch } from '../batch-values.ts';
import type { ColumnBatch } from '../column-batch.ts';
import type { PostgresConnection } from './connection.ts';
import { copyLine } from './copy.ts';
import { syntax } from './dialect.ts';
import type { CopyFrom } from './driver.ts';
import { exactInstantText, instantText } from './values.ts';
import { compileBatchWriter, type Room } from './write-batch.ts';
import { boundOf, compileWriter, copyEnd, copyHeader, hasBinaryForm } from './write-tuples.ts';

const { quote } = syntax;

/** Bytes, or characters, sent between two turns of the event loop. */
const bytesPerTurn = 1 << 16;

type Piece = Buffer | string;

/** What makes pieces of rows, in the form of their table. */
interface Writer {
  readonly binary: boolean;
  rows(rows: readonly StoredRow[]): Iterable<Piece>;
  batch(batch: ColumnBatch): Iterable<Piece>;
}

interface Copying {
  readonly table: string;
  readonly stream: Writable;
  readonly ended: Promise<unknown>;
  readonly writer: Writer;
}

/** Into tables that the transaction has made. */
export class CopyIn {
  readonly #copyFrom: CopyFrom;
  #copying: Copying | undefined;
  #refused: unknown;
  /** Nobody reads it any more. New ones for each piece would have the runtime collect garbage all the time. */
  #spare: Buffer<ArrayBuffer> | undefined;

  constructor(copyFrom: CopyFrom) {
    this.#copyFrom = copyFrom;
  }

  readonly #room = (size: number): Buffer<ArrayBuffer> => {
    const spare = this.#spare;
    this.#spare = undefined;
    if (spare !== undefined && spare.length >= size) return spare;
    return Buffer.allocUnsafeSlow(Math.max(size, bytesPerTurn));
  };

  rows(connection: PostgresConnection, spec: TableSpec, rows: readonly StoredRow[]): Promise<void> {
    return this.#send(connection, spec, (writer) => writer.rows(rows));
  }

  /** @param batch without exceptions */
  batch(connection: PostgresConnection, spec: TableSpec, batch: ColumnBatch): Promise<void> {
    return this.#send(connection, spec, (writer) => writer.batch(batch));
  }

  async #send(
    connection: PostgresConnection,
    spec: TableSpec,
    pieces: (writer: Writer) => Iterable<Piece>,
  ): Promise<void> {
    const { stream, ended, writer } = await this.#copyTo(connection, spec);
    try {
      for (const piece of pieces(writer)) {
        if (this.#refused !== undefined) throw this.#refused;
        if (!stream.write(piece)) await Promise.race([once(stream, 'drain'), ended]);
        else await turn();
        const left = stream.writableLength + lineOf(connection).writableLength;
        // The line has all of it.
        if (left === 0 && typeof piece !== 'string') this.#spare = Buffer.from(piece.buffer as ArrayBuffer);
      }
    } catch (error) {
      throw connection.failure(this.#refused ?? error);
    }
  }

  async #copyTo(connection: PostgresConnection, spec: TableSpec): Promise<Copying> {
    if (this.#copying?.table === spec.name) return this.#copying;
    await this.end(connection);
    const columns = spec.columns.map(({ name }) => quote(name)).join(', ');
    const writer = hasBinaryForm(spec.columns) ? binaryWriter(spec, this.#room) : textWriter(spec);
    const form = writer.binary ? 'FREEZE, FORMAT binary' : 'FREEZE';
    const stream = connection.client.query(
      this.#copyFrom(`COPY ${quote(spec.name)} (${columns}) FROM STDIN (${form})`),
    );
    const ended = once(stream, 'finish');
    // What the server says, whenever it comes.
    ended.catch((error: unknown) => {
      this.#refused = error;
    });
    this.#copying = { table: spec.name, stream, ended, writer };
    if (writer.binary) stream.write(copyHeader);
    return this.#copying;
  }

  /** The connection is free for other statements then. */
  async end(connection: PostgresConnection): Promise<void> {
    const copying = this.#copying;
    this.#copying = undefined;
    if (copying === undefined) return;
    try {
      copying.stream.end(copying.writer.binary ? copyEnd : '');
      await copying.ended;
    } catch (error) {
      throw connection.failure(error);
    }
  }

  /** The server is told, and takes back what it was sent. */
  async giveUp(): Promise<void> {
    const copying = this.#copying;
    this.#copying = undefined;
    if (copying === undefined || this.#refused !== undefined) return;
    const closed = once(copying.stream, 'close').catch(() => undefined);
    copying.stream.destroy(new Error('given up'));
    await closed;
  }
}

/** The driver's own, as far as its types tell. */
const lineOf = ({ client }: PostgresConnection): Connection['stream'] =>
  (client as unknown as { readonly connection: Connection }).connection.stream;

function binaryWriter({ columns }: TableSpec, room: Room): Writer {
  const write = compileWriter(columns);
  return {
    binary: true,
    rows: (rows) => binaryPieces(write, rows, room),
    batch: compileBatchWriter(columns, room),
  };
}

function* binaryPieces(
  write: ReturnType<typeof compileWriter>,
  rows: readonly StoredRow[],
  room: Room,
): Generator<Buffer> {
  let buffer = room(0);
  let at = 0;
  for (const row of rows) {
    const bound = boundOf(row);
    if (at + bound > buffer.length) {
      if (at > 0) yield buffer.subarray(0, at);
      buffer = room(bound);
      at = 0;
    }
    at = write(buffer, at, row);
  }
  if (at > 0) yield buffer.subarray(0, at);
}

const textWriter = (spec: TableSpec): Writer => ({
  binary: false,
  rows: (rows) => textPieces(spec, rows),
  batch: (batch) => textPieces(spec, rowsOfBatch(batch)),
});

function* textPieces({ columns }: TableSpec, rows: readonly StoredRow[]): Generator<string> {
  const of = (wanted: string): number[] =>
    columns.flatMap(({ kind }, index) => (kind === wanted ? [index] : []));
  const [instants, reals] = [of('instant'), of('real')];
  let text = '';
  for (const row of rows) {
    for (const at of instants) row[at] = instantOf(row[at]!);
    for (const at of reals) if (Object.is(row[at], -0)) row[at] = '-0';
    text += copyLine(row);
    if (text.length < bytesPerTurn) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}

const instantOf = (value: StoredValue): StoredValue =>
  typeof value === 'number'
    ? instantText(value)
    : typeof value === 'bigint'
      ? exactInstantText(value)
      : value;
