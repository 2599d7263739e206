// Places and sizes of everything with a fixed form: prelude, slot copies, chunk prefixes, footer and tail.

import { crc32 } from 'node:zlib';
import { HoldfastError } from '../../errors.ts';
import { tagLength } from '../crypto/seal.ts';
import { beyondLimit, corrupt, truncated } from './failures.ts';

/** What this version writes, and the newest that it reads. */
export const formatVersion = 1;

/** Its first byte is no text, and its line ends show whether something has translated them. */
const magic = Buffer.from('\x89SMA\r\n\x1a\n', 'latin1');
const chunkMagic = Buffer.from('\x9eSMC', 'latin1');
const footerMagic = Buffer.from('SMAFOOT\x01', 'latin1');
const tailMagic = Buffer.from('\n\x1aEND\xb9\r\n', 'latin1');

export const preludeLength = 32;
export const prefixLength = 40;
export const footerLength = 176;
export const tailLength = 64;
export const hashLength = 32;

/** Raw bytes of a chunk, at most; so also of the largest value. */
export const mostRaw = 256 * 1024 * 1024;
/** Longest header, in bytes of JSON. */
export const longestHeader = 1024 * 1024;
/** Streams of an archive, at most. */
export const mostStreams = 65_536;
/** A slot copy is at most this long. */
const longestSlots = 1024 * 1024;

/** What the first bytes say. Without a bit in `critical` that is not known, an archive can be read. */
export interface Prelude {
  readonly headerLength: number;
  /** Of each of the two copies; 0 where there is no key. */
  readonly slotsLength: number;
}

export function encodePrelude({ headerLength, slotsLength }: Prelude): Buffer {
  const bytes = Buffer.alloc(preludeLength);
  magic.copy(bytes);
  bytes.writeUInt16LE(formatVersion, 8);
  // 10: nothing; 12: critical flags; 16: optional flags.
  bytes.writeUInt32LE(headerLength, 20);
  bytes.writeUInt32LE(slotsLength, 24);
  return sealCrc(bytes);
}

/** @throws ARCHIVE_FOREIGN, ARCHIVE_NEWER, ARCHIVE_CORRUPT, ARCHIVE_LIMIT */
export function decodePrelude(given: Uint8Array): Prelude {
  const bytes = asBuffer(given);
  if (!bytes.subarray(0, magic.length).equals(magic))
    throw new HoldfastError('ARCHIVE_FOREIGN', 'this is no archive: it begins with something else');
  checkCrc(bytes, 'its first bytes');
  const version = bytes.readUInt16LE(8);
  if (version > formatVersion)
    throw new HoldfastError(
      'ARCHIVE_NEWER',
      `the archive has format version ${version}; this Holdfast reads up to ${formatVersion}`,
    );
  const critical = bytes.readUInt32LE(12);
  if (critical !== 0)
    throw new HoldfastError(
      'ARCHIVE_NEWER',
      `the archive needs what this Holdfast does not know: critical flags ${critical.toString(2)}`,
    );
  if (version < 1 || bytes.readUInt16LE(10) !== 0) throw corrupt('its first bytes contradict each other');
  const headerLength = bytes.readUInt32LE(20);
  const slotsLength = bytes.readUInt32LE(24);
  if (headerLength > longestHeader) throw beyondLimit('bytes of the header', headerLength, longestHeader);
  if (slotsLength > longestSlots) throw beyondLimit('bytes of the key slots', slotsLength, longestSlots);
  return { headerLength, slotsLength };
}

/** Where the first chunk begins: behind prelude, header, its authentication and its hash, and two copies of the slots. */
export const chunksAt = ({ headerLength, slotsLength }: Prelude): number =>
  preludeLength + headerLength + 2 * hashLength + 2 * slotsLength;

export const chunkKinds = { declaration: 1, rows: 2, bytes: 3, index: 4 } as const;
export type ChunkKind = (typeof chunkKinds)[keyof typeof chunkKinds];

/** What stands in front of every chunk, in clear. */
export interface ChunkPrefix {
  readonly kind: ChunkKind;
  /** Place of the compression in its list. */
  readonly compression: number;
  readonly stream: number;
  /** Of the chunk in its stream; its declaration is 0. */
  readonly chunk: number;
  /** Of the chunk in the archive: the counter of its nonce. */
  readonly no: number;
  /** Bytes behind the prefix, the tag included. */
  readonly stored: number;
  readonly raw: number;
  readonly rows: number;
}

export function encodePrefix(prefix: ChunkPrefix): Buffer {
  const bytes = Buffer.alloc(prefixLength);
  chunkMagic.copy(bytes);
  bytes[4] = prefix.kind;
  bytes[5] = prefix.compression;
  // 6: nothing.
  bytes.writeUInt32LE(prefix.stream, 8);
  bytes.writeUInt32LE(prefix.chunk, 12);
  bytes.writeBigUInt64LE(BigInt(prefix.no), 16);
  bytes.writeUInt32LE(prefix.stored, 24);
  bytes.writeUInt32LE(prefix.raw, 28);
  bytes.writeUInt32LE(prefix.rows, 32);
  return sealCrc(bytes);
}

export const isPrefix = (bytes: Uint8Array): boolean =>
  asBuffer(bytes).subarray(0, chunkMagic.length).equals(chunkMagic);

/** @throws ARCHIVE_CORRUPT, ARCHIVE_LIMIT */
export function decodePrefix(given: Uint8Array): ChunkPrefix {
  const bytes = asBuffer(given);
  if (!isPrefix(bytes)) throw corrupt('there is no chunk where one should begin');
  checkCrc(bytes, 'the prefix of a chunk');
  const [stored, raw] = [bytes.readUInt32LE(24), bytes.readUInt32LE(28)];
  const kind = bytes[4]!;
  const no = Number(bytes.readBigUInt64LE(16));
  if (raw > mostRaw) throw beyondLimit('raw bytes of a chunk', raw, mostRaw);
  if (
    !Object.values(chunkKinds).includes(kind as ChunkKind) ||
    bytes.readUInt16LE(6) !== 0 ||
    bytes[5]! > 2 ||
    !Number.isSafeInteger(no) ||
    stored < tagLength ||
    stored > raw + tagLength
  )
    throw corrupt('the prefix of a chunk contradicts itself');
  return {
    kind: kind as ChunkKind,
    compression: bytes[5]!,
    stream: bytes.readUInt32LE(8),
    chunk: bytes.readUInt32LE(12),
    no,
    stored,
    raw,
    rows: bytes.readUInt32LE(32),
  };
}

export interface Footer {
  readonly indexOffset: number;
  /** Of the whole index chunk. */
  readonly indexLength: number;
  /** Without the index. */
  readonly chunks: number;
  readonly rows: number;
  readonly streams: number;
  /** Leaf of the header. */
  readonly header: Uint8Array;
  readonly root: Uint8Array;
}

const authenticatedFooter = 112;

/** @param authenticate gives the 32 bytes that prove the footer; zeros where there is no key */
export function encodeFooter(
  footer: Footer,
  authenticate: (bytes: Buffer) => Uint8Array,
  hash: (bytes: Buffer) => Uint8Array,
): Buffer {
  const bytes = Buffer.alloc(footerLength);
  footerMagic.copy(bytes);
  for (const [index, value] of [footer.indexOffset, footer.indexLength, footer.chunks, footer.rows].entries())
    bytes.writeBigUInt64LE(BigInt(value), 8 + 8 * index);
  bytes.writeUInt32LE(footer.streams, 40);
  bytes.set(footer.header, 48);
  bytes.set(footer.root, 80);
  bytes.set(authenticate(bytes.subarray(0, authenticatedFooter)), authenticatedFooter);
  bytes.set(hash(bytes.subarray(0, authenticatedFooter + hashLength)), authenticatedFooter + hashLength);
  return bytes;
}

/** @returns with what authenticates it, which only a key can check. @throws ARCHIVE_CORRUPT */
export function decodeFooter(
  given: Uint8Array,
  hash: (bytes: Buffer) => Uint8Array,
): Footer & { readonly authenticated: Uint8Array; readonly mac: Uint8Array } {
  const bytes = asBuffer(given);
  const hashed = bytes.subarray(0, authenticatedFooter + hashLength);
  if (!bytes.subarray(0, 8).equals(footerMagic)) throw corrupt('there is no footer where one should be');
  if (!bytes.subarray(authenticatedFooter + hashLength).equals(hash(hashed)))
    throw corrupt('its footer does not have its hash');
  const [indexOffset, indexLength, chunks, rows] = [8, 16, 24, 32].map((at) =>
    Number(bytes.readBigUInt64LE(at)),
  ) as [number, number, number, number];
  const streams = bytes.readUInt32LE(40);
  if (![indexOffset, indexLength, chunks, rows].every(Number.isSafeInteger) || bytes.readUInt32LE(44) !== 0)
    throw corrupt('its footer contradicts itself');
  if (streams > mostStreams) throw beyondLimit('streams', streams, mostStreams);
  return {
    indexOffset,
    indexLength,
    chunks,
    rows,
    streams,
    header: bytes.subarray(48, 80),
    root: bytes.subarray(80, authenticatedFooter),
    authenticated: bytes.subarray(0, authenticatedFooter),
    mac: bytes.subarray(authenticatedFooter, authenticatedFooter + hashLength),
  };
}

/** The last bytes of an archive: where its footer is, and the root once more, so that it can be named quickly. */
export function encodeTail(footerOffset: number, root: Uint8Array): Buffer {
  const bytes = Buffer.alloc(tailLength);
  bytes.writeBigUInt64LE(BigInt(footerOffset), 0);
  bytes.writeUInt32LE(footerLength, 8);
  bytes.writeUInt16LE(formatVersion, 12);
  bytes.set(root, 16);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 52)), 52);
  tailMagic.copy(bytes, 56);
  return bytes;
}

/** @returns the root. @throws ARCHIVE_TRUNCATED, ARCHIVE_CORRUPT */
export function decodeTail(given: Uint8Array, size: number): Buffer {
  const bytes = asBuffer(given);
  if (!bytes.subarray(56).equals(tailMagic)) throw truncated('its end is missing');
  if (bytes.readUInt32LE(52) !== crc32(bytes.subarray(0, 52))) throw corrupt('its last bytes');
  const offset = bytes.readBigUInt64LE(0);
  if (offset !== BigInt(size - tailLength - footerLength))
    throw truncated(
      `it has ${size} bytes, but its end was written ${offset + BigInt(footerLength + tailLength)} bytes in`,
    );
  if (
    bytes.readUInt32LE(8) !== footerLength ||
    bytes.readUInt16LE(12) !== formatVersion ||
    bytes.readUInt16LE(14) !== 0 ||
    bytes.readUInt32LE(48) !== 0
  )
    throw corrupt('its last bytes contradict each other');
  return bytes.subarray(16, 48);
}

/** Fills the last four bytes of a prelude or a prefix. */
function sealCrc(bytes: Buffer): Buffer {
  const end = bytes.length - 4;
  bytes.writeUInt32LE(crc32(bytes.subarray(0, end)), end);
  return bytes;
}

function checkCrc(bytes: Buffer, what: string): void {
  const end = bytes.length - 4;
  if (bytes.readUInt32LE(end) !== crc32(bytes.subarray(0, end)))
    throw corrupt(`${what} do not have their checksum`);
}

export const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
