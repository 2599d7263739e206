// Writes an archive from front to back, as fast as its sink takes it, in memory that a chunk of each stream bounds.

import { randomBytes } from 'node:crypto';
import { giveBack } from '../../engine/give-back.ts';
import { throwIfAborted } from '../../engine/write-lock.ts';
import { HoldfastError, isHoldfastError } from '../../errors.ts';
import { version } from '../../version.ts';
import { mostRows } from '../columns/batch.ts';
import type { Value } from '../columns/value.ts';
import {
  type ArchiveKeys,
  authenticate,
  deriveArchiveKeys,
  keyLength,
  saltLength,
} from '../crypto/archive-keys.ts';
import { type ChunkSeal, encryptedSeal, plainSeal } from '../crypto/seal.ts';
import { makeSlot } from '../crypto/slots.ts';
import { encoders } from '../encode/encoders.ts';
import { sealChunk } from './chunk.ts';
import { ChunkList } from './chunk-list.ts';
import { type Compression, type Packed, pack } from './compression.ts';
import type { ArchiveSink } from './endpoints.ts';
import { beyondLimit } from './failures.ts';
import { type ArchiveHeader, encodeHeader } from './header.ts';
import { encodeIndex, figuresLength, infoOf, longestDocument, type StreamFigures } from './index-chunk.ts';
import { canonicalBytes, jsonBytes } from './json-bytes.ts';
import {
  type ChunkKind,
  chunkKinds,
  encodeFooter,
  encodePrelude,
  encodeTail,
  hashLength,
  mostStreams,
} from './layout.ts';
import { archiveRoot, leafOf, MerkleTree } from './merkle.ts';
import { idBytes, slotsMac } from './open-header.ts';
import { encodeSlots, slotsLengthFor } from './slot-copies.ts';
import {
  decodeDeclaration,
  type EntryInfo,
  type RowStream,
  type RowStreamInfo,
  type StreamDeclaration,
  schemaEntry,
} from './stream.ts';
import { RowStreamWriter, type StreamWork, type Written } from './stream-writer.ts';
import type { ArchiveResult, ArchiveWriterOptions, RowWriter } from './writing.ts';

interface OpenStream {
  readonly no: number;
  readonly declaration: StreamDeclaration;
  readonly list: ChunkList;
  readonly tree: MerkleTree;
  writer?: RowStreamWriter;
  bytes: number;
  rows: number;
  length: number;
}

const defaultChunk = { rows: 8_000, bytes: 1024 * 1024 } as const;
/** Larger chunks only cost memory. */
const mostChunkBytes = 16 * 1024 * 1024;
const authenticateNothing = (): Uint8Array => Buffer.alloc(hashLength);

/**
 * Writes one archive: `open`, then any number of streams and entries, then `finish`. The sink gets the bytes in order
 * and is neither closed nor made durable here. After any failure the archive is incomplete, and every further call
 * fails; what was written of it can be salvaged.
 */
export class ArchiveWriter {
  readonly header: ArchiveHeader;
  readonly #sink: ArchiveSink;
  readonly #compression: Compression;
  readonly #chunkSize: { readonly rows: number; readonly bytes: number };
  readonly #digests: boolean;
  readonly #signal: AbortSignal | undefined;
  readonly #seal: ChunkSeal;
  readonly #keys: ArchiveKeys | undefined;
  readonly #streams: OpenStream[] = [];
  readonly #names = new Set<string>();
  #headerLeaf: Uint8Array = new Uint8Array(0);
  #offset = 0;
  #documentBytes = 0;
  #no = 0;
  /** What is to be written, in order. */
  #tail: Promise<void> = Promise.resolve();
  /** Chunks that are being made, or wait for those before them. */
  #inFlight = 0;
  #roomFor: (() => void)[] = [];
  #over: 'finished' | 'failed' | undefined;
  #failure: unknown;

  private constructor(
    sink: ArchiveSink,
    options: ArchiveWriterOptions,
    header: ArchiveHeader,
    keys: ArchiveKeys | undefined,
  ) {
    this.header = header;
    this.#sink = sink;
    const { chunkRows = defaultChunk.rows, chunkBytes = defaultChunk.bytes } = options;
    this.#chunkSize = {
      rows: Math.max(1, Math.min(chunkRows, mostRows)),
      bytes: Math.max(1, Math.min(chunkBytes, mostChunkBytes)),
    };
    this.#compression = header.algorithms.compression;
    this.#digests = options.digests ?? true;
    this.#signal = options.signal;
    this.#keys = keys;
    const id = idBytes(header.id);
    this.#seal = keys === undefined ? plainSeal(id) : encryptedSeal(keys, id);
  }

  /**
   * Writes the header and the schema document. With a passphrase, this takes as long as deriving its key.
   * @throws RECORD_INVALID for a header that is unsound, CANCELLED, and what the sink throws
   */
  static async open(sink: ArchiveSink, options: ArchiveWriterOptions): Promise<ArchiveWriter> {
    const locks = options.keys ?? [];
    const id = idBytes(options.header.id);
    const salt = randomBytes(saltLength);
    const dataKey = randomBytes(keyLength);
    const keys = locks.length === 0 ? undefined : deriveArchiveKeys(dataKey, salt, id);
    const { compression = 'zstd' } = options;
    const header: ArchiveHeader = {
      counts: {},
      metadata: {},
      ...options.header,
      holdfast: version,
      algorithms: {
        checksum: 'sha256',
        compression,
        encryption: keys === undefined ? 'none' : 'aes-256-gcm',
      },
      ...(keys === undefined
        ? {}
        : {
            keys: {
              salt: salt.toString('base64'),
              commitment: Buffer.from(keys.commitment).toString('base64'),
            },
          }),
    };
    const json = encodeHeader(header);
    const slots = await Promise.all(locks.map((lock) => makeSlot(lock, dataKey, id)));
    dataKey.fill(0);
    const slotsLength = keys === undefined ? 0 : slotsLengthFor(slots);
    const front = Buffer.concat([encodePrelude({ headerLength: json.length, slotsLength }), json]);
    const writer = new ArchiveWriter(sink, options, header, keys);
    const mac = keys === undefined ? authenticateNothing() : authenticate(keys.header, front);
    writer.#headerLeaf = leafOf(front, mac);
    await writer.#write(Buffer.concat([front, mac, writer.#headerLeaf]));
    if (keys !== undefined) {
      const copy = encodeSlots(slots, 1, slotsLength, (bytes) => slotsMac(keys, writer.#headerLeaf, bytes));
      await writer.#write(Buffer.concat([copy, copy]));
    }
    await writer.json(schemaEntry, options.schema);
    return writer;
  }

  /**
   * Opens a stream of rows.
   * @param onRows told how many more are written, whenever some are
   * @throws CONFLICT where the archive has one of this table and kind, RECORD_INVALID for an unsound declaration
   */
  async table(stream: RowStream, onRows?: (rows: number) => void): Promise<RowWriter> {
    const open = await this.#openStream(stream, `${stream.kind} ${stream.table}`);
    const target = {
      limit: this.#chunkSize,
      digests: this.#digests,
      write: (work: StreamWork, size: number, transfer: readonly ArrayBuffer[]) =>
        this.#encode(open, work, size, transfer),
    };
    open.writer = new RowStreamWriter(stream, target, onRows);
    return open.writer;
  }

  /**
   * Writes bytes under a name. When their source fails, the archive has failed.
   * @throws CONFLICT where the archive has an entry of this name, and what the source throws
   */
  async entry(name: string, content: Uint8Array | AsyncIterable<Uint8Array>): Promise<void> {
    const open = await this.#openStream({ kind: 'entry', name }, `entry ${name}`);
    const chunkBytes = this.#chunkSize.bytes;
    try {
      for await (const bytes of content instanceof Uint8Array ? [content] : content)
        for (let at = 0; at < bytes.length; at += chunkBytes) {
          const part = bytes.subarray(at, at + chunkBytes);
          open.length += part.length;
          await this.#chunk(open, chunkKinds.bytes, part);
        }
    } catch (error) {
      // A part of it is there already, and must not pass for the whole.
      this.#fail(error);
      throw error;
    }
  }

  /** Writes a JSON document under a name. @throws CONFLICT, RECORD_INVALID for what JSON has no text for */
  async json(name: string, value: unknown): Promise<void> {
    await this.entry(name, jsonBytes(value, `entry ${name}`));
  }

  /** Ends all streams and writes index, footer and tail. The sink then has the whole archive. */
  async finish(): Promise<ArchiveResult> {
    for (const { writer } of this.#streams) await writer?.end();
    await this.#tail;
    this.#check();
    const finished = this.#streams.map((stream) => {
      const { list, tree, bytes, rows, length, writer } = stream;
      const figures: StreamFigures = {
        chunks: list.count,
        keyBytes: list.keys.length,
        bytes,
        rows,
        length,
        root: Buffer.from(tree.root()).toString('hex'),
        digest: writer?.digest,
      };
      return { declaration: stream.declaration, figures, records: list.records, keys: list.keys };
    });
    const chunks = this.#no;
    const indexOffset = this.#offset;
    const place = { kind: chunkKinds.index, stream: this.#streams.length, chunk: 0, no: chunks, rows: 0 };
    const index = sealChunk(this.#seal, place, pack(encodeIndex(finished), this.#compression));
    await this.#inOrder(() => this.#write(index));
    const root = archiveRoot(
      this.#headerLeaf,
      finished.map(({ figures }) => Buffer.from(figures.root, 'hex')),
      leafOf(index),
    );
    const rows = this.#streams.reduce((sum, stream) => sum + stream.rows, 0);
    const keys = this.#keys;
    const id = idBytes(this.header.id);
    const footer = encodeFooter(
      {
        indexOffset,
        indexLength: index.length,
        chunks,
        rows,
        streams: finished.length,
        header: this.#headerLeaf,
        root,
      },
      keys === undefined ? authenticateNothing : (bytes) => authenticate(keys.footer, id, bytes),
      leafOf,
    );
    const end = Buffer.concat([footer, encodeTail(this.#offset, root)]);
    await this.#inOrder(() => this.#write(end));
    this.#over = 'finished';
    const infos = finished.map(({ declaration, figures }, no) => infoOf(no, declaration, figures));
    return {
      id: this.header.id,
      root: Buffer.from(root).toString('hex'),
      rows,
      bytes: this.#offset,
      chunks,
      tables: infos.filter((info): info is RowStreamInfo => info.kind !== 'entry'),
      entries: infos.filter((info): info is EntryInfo => info.kind === 'entry'),
    };
  }

  async #openStream(declaration: StreamDeclaration, name: string): Promise<OpenStream> {
    this.#check();
    if (this.#names.has(name)) throw new HoldfastError('CONFLICT', `the archive has ${name} already`);
    if (this.#streams.length >= mostStreams)
      throw beyondLimit('streams', this.#streams.length + 1, mostStreams);
    const bytes = canonicalBytes(declaration, name);
    try {
      decodeDeclaration(bytes);
    } catch (cause) {
      if (isHoldfastError(cause) && cause.code === 'ARCHIVE_LIMIT') throw cause;
      throw new HoldfastError('RECORD_INVALID', `${name} is declared unsoundly`, { cause });
    }
    this.#documentBytes += bytes.length + figuresLength;
    if (this.#documentBytes > longestDocument)
      throw beyondLimit('bytes of all declarations', this.#documentBytes, longestDocument);
    const stream: OpenStream = {
      no: this.#streams.length,
      declaration,
      list: new ChunkList(),
      tree: new MerkleTree(),
      bytes: 0,
      rows: 0,
      length: 0,
    };
    this.#names.add(name);
    this.#streams.push(stream);
    void this.#chunk(stream, chunkKinds.declaration, bytes).catch(() => {});
    return stream;
  }

  /** @param raw not to be changed before it is written */
  #chunk(stream: OpenStream, kind: ChunkKind, raw: Uint8Array): Promise<void> {
    this.#check();
    throwIfAborted(this.#signal);
    const packed = pack(raw, this.#compression);
    return this.#inOrder(() => this.#put(stream, kind, packed, 0, []));
  }

  /** Chunks are made in any order, and written in that of the calls. */
  #encode(
    stream: OpenStream,
    { columns, limit, source, keys, written }: StreamWork,
    size: number,
    transfer: readonly ArrayBuffer[],
  ): Written {
    this.#check();
    throwIfAborted(this.#signal);
    const work = { columns, limit, digests: this.#digests, compression: this.#compression };
    this.#inFlight++;
    const first = encoders.encode({ ...work, source }, size, transfer);
    // It is waited for later, when those before it are written.
    first.catch(() => {});
    const done = this.#inOrder(async () => {
      for (let chunk = await first; ; ) {
        const { rows, sum, rest, bytes } = chunk;
        if (rows > 0) await this.#put(stream, chunkKinds.rows, chunk, rows, keys);
        giveBack(bytes);
        written(rows, sum);
        if (rest === undefined || !('module' in source)) return;
        throwIfAborted(this.#signal);
        chunk = await encoders.encode({ ...work, source: { ...source, given: rest } }, size);
      }
    }).finally(() => {
      this.#inFlight--;
      this.#roomFor.shift()?.();
    });
    done.catch(() => {});
    const room =
      this.#inFlight < encoders.room
        ? Promise.resolve()
        : new Promise<void>((resolve) => this.#roomFor.push(resolve)).then(() => this.#throwFailure());
    return { room, done };
  }

  #throwFailure(): void {
    if (this.#over === 'failed') throw this.#failure;
  }

  async #put(
    stream: OpenStream,
    kind: ChunkKind,
    packed: Packed,
    rows: number,
    keys: readonly Value[],
  ): Promise<void> {
    const no = this.#no++;
    const { list, tree } = stream;
    const place = { kind, stream: stream.no, chunk: list.count, no, rows };
    const bytes = sealChunk(this.#seal, place, packed);
    const leaf = leafOf(bytes);
    list.add({ offset: this.#offset, no, stored: bytes.length, raw: packed.raw, rows, leaf }, keys);
    tree.add(leaf);
    stream.bytes += bytes.length;
    stream.rows += rows;
    await this.#write(bytes);
    giveBack(bytes);
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#offset += bytes.length;
    await this.#sink.write(bytes);
  }

  /** One after the other. */
  #inOrder(work: () => Promise<void>): Promise<void> {
    const done = this.#tail.then(() => {
      // What waited behind a failure would leave a hole in front of itself.
      this.#throwFailure();
      return work();
    });
    this.#tail = done.catch((error: unknown) => this.#fail(error));
    return done;
  }

  #fail(error: unknown): void {
    if (this.#over === 'failed') return;
    this.#over = 'failed';
    this.#failure = error;
  }

  #check(): void {
    if (this.#over === undefined) return;
    throw new HoldfastError('ARCHIVE_TRUNCATED', `the archive ${this.header.id} is ${this.#over}`, {
      hint: 'Write a new archive',
      cause: this.#failure,
    });
  }
}
