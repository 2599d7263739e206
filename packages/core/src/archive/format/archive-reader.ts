// Reads an archive by parts: its end, its index, and then only the chunks that are asked for, each verified first.

import type { ColumnBatch } from '../../engine/column-batch.ts';
import { HoldfastError } from '../../errors.ts';
import { authenticate, sameBytes } from '../crypto/archive-keys.ts';
import type { SlotInfo } from '../crypto/keys.ts';
import type { ChunkSeal } from '../crypto/seal.ts';
import { slotInfo } from '../crypto/slots.ts';
import { openChunk } from './chunk.ts';
import { readBatches, readBytes, readColumns } from './chunk-reading.ts';
import type { ArchiveSource } from './endpoints.ts';
import { beyondLimit, corrupt, truncated } from './failures.ts';
import type { ArchiveHeader } from './header.ts';
import { decodeIndex, type IndexedStream } from './index-chunk.ts';
import {
  chunkKinds,
  chunksAt,
  decodeFooter,
  decodeTail,
  type Footer,
  footerLength,
  mostRaw,
  tailLength,
} from './layout.ts';
import { archiveRoot, leafOf } from './merkle.ts';
import { type Front, idBytes, readAt, readFront, type Unlocked, unlock, unlockWith } from './open-header.ts';
import type { ArchiveOutline, ArchiveReaderOptions, Batch, ChunkInfo, ReadOptions } from './reading.ts';
import { type EntryInfo, type RowKind, type RowStreamInfo, schemaEntry } from './stream.ts';

/** The end of an archive, without what only a key can check. */
export interface End extends ReturnType<typeof decodeFooter> {
  readonly offset: number;
}

/** @throws ARCHIVE_TRUNCATED, ARCHIVE_CORRUPT */
export async function readEnd(source: ArchiveSource, front: Front): Promise<End> {
  const least = chunksAt(front.prelude) + footerLength + tailLength;
  if (source.size < least) throw truncated(`it has ${source.size} of at least ${least} bytes`);
  const offset = source.size - footerLength - tailLength;
  const bytes = await readAt(source, offset, footerLength + tailLength);
  const root = decodeTail(bytes.subarray(footerLength), source.size);
  const footer = decodeFooter(bytes.subarray(0, footerLength), leafOf);
  if (!sameBytes(footer.root, root)) throw corrupt('its footer and its last bytes name two roots');
  if (!sameBytes(footer.header, front.leaf)) throw corrupt('its footer belongs to another header');
  if (footer.indexOffset < chunksAt(front.prelude) || footer.indexOffset + footer.indexLength !== offset)
    throw corrupt('its index is not in front of its footer');
  return { ...footer, offset };
}

/**
 * What an archive says of itself without a key: header, slots, figures.
 * @throws ARCHIVE_FOREIGN, ARCHIVE_NEWER, ARCHIVE_TRUNCATED, ARCHIVE_CORRUPT, ARCHIVE_LIMIT
 */
export async function outlineArchive(source: ArchiveSource): Promise<ArchiveOutline> {
  const front = await readFront(source);
  return outlineOf(source, front, await readEnd(source, front));
}

const outlineOf = (source: ArchiveSource, { header, slots }: Front, footer: Footer): ArchiveOutline => ({
  header,
  slots: slots?.slots.map(slotInfo) ?? [],
  root: Buffer.from(footer.root).toString('hex'),
  rows: footer.rows,
  chunks: footer.chunks,
  streams: footer.streams,
  bytes: source.size,
});

/** A table's stream by name. */
export interface StreamName {
  readonly table: string;
  /** @default 'rows' */
  readonly kind?: RowKind;
}

/** What another thread of this process opens an archive with that is open here. */
export interface Handover {
  readonly source: ArchiveSource;
  /** Undefined where the archive is not encrypted. */
  readonly dataKey: Uint8Array | undefined;
}

/** An archive that is open for reading. Closing the source is the caller's. */
export class ArchiveReader {
  readonly header: ArchiveHeader;
  readonly slots: readonly SlotInfo[];
  /** Merkle root, in hex; undefined for what was salvaged. */
  readonly root: string | undefined;
  /** Streams of rows, in the order in which they were opened. */
  readonly tables: readonly RowStreamInfo[];
  readonly entries: readonly EntryInfo[];
  /** Undefined for what was salvaged. */
  readonly handover: Handover | undefined;
  readonly #source: ArchiveSource;
  readonly #seal: ChunkSeal;
  readonly #streams: readonly IndexedStream[];
  /** Streams whose chunks were compared with their root. */
  readonly #checked = new Set<number>();

  /** Of streams that the caller has verified, as `open` and the salvage of an archive do. */
  constructor(
    source: ArchiveSource,
    front: Front,
    seal: ChunkSeal,
    streams: readonly IndexedStream[],
    root: string | undefined,
    handover?: Handover,
  ) {
    this.header = front.header;
    this.slots = front.slots?.slots.map(slotInfo) ?? [];
    this.root = root;
    this.handover = handover;
    this.#source = source;
    this.#seal = seal;
    this.#streams = streams;
    const infos = streams.map(({ info }) => info);
    this.tables = infos.filter((info): info is RowStreamInfo => info.kind !== 'entry');
    this.entries = infos.filter((info): info is EntryInfo => info.kind === 'entry');
  }

  /**
   * Reads front, end and index, and checks each against the one before: five reads, whatever the size. A key is looked
   * for before the index is read.
   * @throws ARCHIVE_KEY_MISSING, ARCHIVE_KEY_WRONG, ARCHIVE_FOREIGN, ARCHIVE_NEWER, ARCHIVE_TRUNCATED, ARCHIVE_CORRUPT,
   * ARCHIVE_LIMIT
   */
  static async open(source: ArchiveSource, { keys = [] }: ArchiveReaderOptions = {}): Promise<ArchiveReader> {
    return ArchiveReader.#open(source, (front) => unlock(front, keys));
  }

  /** Opens it again, in another thread. @throws ARCHIVE_CORRUPT, ARCHIVE_TRUNCATED and what else `open` does */
  static reopen({ source, dataKey }: Handover): Promise<ArchiveReader> {
    return ArchiveReader.#open(source, (front) => unlockWith(front, dataKey));
  }

  static async #open(
    source: ArchiveSource,
    open: (front: Front) => Unlocked | Promise<Unlocked>,
  ): Promise<ArchiveReader> {
    const front = await readFront(source);
    const end = await readEnd(source, front);
    const unlocked = await open(front);
    checkEnd(front, end, unlocked);
    if (end.indexLength > mostRaw) throw beyondLimit('bytes of the index', end.indexLength, mostRaw);
    const bytes = await readAt(source, end.indexOffset, end.indexLength);
    const { prefix, raw } = openChunk(unlocked.seal, bytes);
    if (prefix.kind !== chunkKinds.index || prefix.no !== end.chunks || prefix.stream !== end.streams)
      throw corrupt('its index is another chunk');
    const streams = decodeIndex(raw);
    const roots = streams.map(({ root }) => root);
    if (!sameBytes(archiveRoot(front.leaf, roots, leafOf(bytes)), end.root))
      throw corrupt('its root is not that of its streams');
    const rows = streams.reduce((sum, { info }) => sum + ('rows' in info ? info.rows : 0), 0);
    const chunks = streams.reduce((sum, each) => sum + each.chunks.count, 0);
    if (streams.length !== end.streams || rows !== end.rows || chunks !== end.chunks)
      throw corrupt('its index and its footer count differently');
    const root = Buffer.from(end.root).toString('hex');
    const handover = { source, dataKey: unlocked.dataKey };
    return new ArchiveReader(source, front, unlocked.seal, streams, root, handover);
  }

  /** @throws ARCHIVE_STREAM_UNKNOWN */
  table({ table, kind = 'rows' }: StreamName): RowStreamInfo {
    const found = this.tables.find((each) => each.table === table && each.kind === kind);
    if (found === undefined)
      throw new HoldfastError('ARCHIVE_STREAM_UNKNOWN', `the archive has no ${kind} of ${table}`);
    return found;
  }

  /**
   * Decoded chunks in the order in which they were written; the next one is read meanwhile. Each is verified before
   * anything of it is given out.
   * @throws ARCHIVE_STREAM_UNKNOWN, ARCHIVE_CORRUPT, ARCHIVE_TRUNCATED, CANCELLED
   */
  async *rows(name: StreamName, options: ReadOptions = {}): AsyncGenerator<Batch, void, undefined> {
    const stream = this.#stream(this.table(name).no);
    yield* readBatches(this.#source, this.#seal, stream, options);
  }

  /** The same as columns, without a value for each cell. A batch is valid until the next one is asked for. */
  async *batches(name: StreamName, options: ReadOptions = {}): AsyncGenerator<ColumnBatch, void, undefined> {
    yield* readColumns(this.#source, this.#seal, this.#stream(this.table(name).no), options);
  }

  /** Where the chunks of a stream are and which keys they hold, for a plan of what to read. */
  chunksOf(name: StreamName): ChunkInfo[] {
    return this.#stream(this.table(name).no).chunks.infos();
  }

  /** The bytes of an entry, chunk by chunk. @throws ARCHIVE_STREAM_UNKNOWN, ARCHIVE_CORRUPT, ARCHIVE_TRUNCATED */
  async *entryParts(name: string, options: ReadOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    const found = this.entries.find((each) => each.name === name);
    if (found === undefined)
      throw new HoldfastError('ARCHIVE_STREAM_UNKNOWN', `the archive has no entry ${name}`);
    yield* readBytes(this.#source, this.#seal, this.#stream(found.no), options);
  }

  /** A whole entry. @throws ARCHIVE_LIMIT above 256 MiB, and as `entryParts` does */
  async entry(name: string): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    let length = 0;
    for await (const part of this.entryParts(name)) {
      length += part.length;
      if (length > mostRaw) throw beyondLimit(`bytes of entry ${name} at once`, length, mostRaw);
      parts.push(part);
    }
    return Buffer.concat(parts);
  }

  /** A JSON document. @throws ARCHIVE_CORRUPT where the entry is none, and as `entry` does */
  async json(name: string): Promise<unknown> {
    const bytes = await this.entry(name);
    try {
      return JSON.parse(bytes.toString());
    } catch (cause) {
      throw corrupt(`entry ${name} is not JSON`, cause);
    }
  }

  /** The schema document that the archive begins with. */
  schema(): Promise<unknown> {
    return this.json(schemaEntry);
  }

  #stream(no: number): IndexedStream {
    const stream = this.#streams[no]!;
    if (!this.#checked.has(no)) {
      stream.chunks.checkRoot(stream.root);
      this.#checked.add(no);
    }
    return stream;
  }
}

/** @throws ARCHIVE_CORRUPT */
export function checkEnd(front: Front, end: End, { keys }: Unlocked): void {
  const authentic =
    keys === undefined
      ? end.mac.every((byte) => byte === 0)
      : sameBytes(authenticate(keys.footer, idBytes(front.header.id), end.authenticated), end.mac);
  if (!authentic) throw corrupt('its footer is not the one it was written with');
}
