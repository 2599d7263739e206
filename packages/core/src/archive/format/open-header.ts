// The front of an archive: prelude, header and key slots, read and checked before anything behind them is.

import {
  type ArchiveKeys,
  authenticate,
  checkCommitment,
  deriveArchiveKeys,
  sameBytes,
} from '../crypto/archive-keys.ts';
import type { UnlockKey } from '../crypto/keys.ts';
import { type ChunkSeal, encryptedSeal, plainSeal } from '../crypto/seal.ts';
import { openSlots } from '../crypto/slots.ts';
import type { ArchiveSource } from './endpoints.ts';
import { corrupt, truncated } from './failures.ts';
import { type ArchiveHeader, decodeHeader } from './header.ts';
import { asBuffer, chunksAt, decodePrelude, hashLength, type Prelude, preludeLength } from './layout.ts';
import { leafOf } from './merkle.ts';
import { chooseSlots, type SlotCopy } from './slot-copies.ts';

/** What stands before the first chunk. */
export interface Front {
  readonly prelude: Prelude;
  readonly header: ArchiveHeader;
  /** Prelude and header as they are stored: what their authentication covers. */
  readonly bytes: Uint8Array;
  /** Leaf of prelude, header and what authenticates them. */
  readonly leaf: Uint8Array;
  readonly mac: Uint8Array;
  /** Undefined where the archive is not encrypted. */
  readonly slots: SlotCopy | undefined;
  /** Which of the two copies they are of: 0 or 1. */
  readonly slotsCopy: number;
  /** Whether both copies of the slots are whole and the same. */
  readonly slotsIntact: boolean;
}

/** The sixteen bytes of a UUID. */
export const idBytes = (id: string): Buffer => Buffer.from(id.replaceAll('-', ''), 'hex');

/** Exactly what was asked for, within the source. @throws ARCHIVE_TRUNCATED */
export async function readAt(source: ArchiveSource, offset: number, length: number): Promise<Buffer> {
  if (offset < 0 || offset + length > source.size)
    throw truncated(`bytes ${offset} to ${offset + length} of ${source.size}`);
  const bytes = await source.read(offset, length);
  if (bytes.length !== length) throw truncated(`${bytes.length} of ${length} bytes at ${offset}`);
  return asBuffer(bytes);
}

/** The same into memory that is there, of a source that can do that. @returns `into` */
export async function readAtInto(source: ArchiveSource, offset: number, into: Buffer): Promise<Buffer> {
  if (offset < 0 || offset + into.length > source.size)
    throw truncated(`bytes ${offset} to ${offset + into.length} of ${source.size}`);
  await source.readInto!(offset, into);
  return into;
}

/** @throws ARCHIVE_FOREIGN, ARCHIVE_NEWER, ARCHIVE_TRUNCATED, ARCHIVE_CORRUPT, ARCHIVE_LIMIT */
export async function readFront(source: ArchiveSource): Promise<Front> {
  const first = await readAt(source, 0, Math.min(preludeLength, source.size));
  if (first.length < preludeLength) throw truncated(`it has ${source.size} bytes`);
  const prelude = decodePrelude(first);
  const bytes = await readAt(source, 0, chunksAt(prelude));
  const end = preludeLength + prelude.headerLength;
  const front = bytes.subarray(0, end);
  const mac = bytes.subarray(end, end + hashLength);
  const leaf = leafOf(front, mac);
  if (!bytes.subarray(end + hashLength, end + 2 * hashLength).equals(leaf))
    throw corrupt('its header does not have its hash');
  const header = decodeHeader(bytes.subarray(preludeLength, end));
  const slotsAt = end + 2 * hashLength;
  const { slotsLength } = prelude;
  if (slotsLength > 0 !== (header.keys !== undefined))
    throw corrupt('its header contradicts itself about key slots');
  if (slotsLength === 0) {
    if (mac.some((byte) => byte !== 0)) throw corrupt('it is authenticated by a key that it does not have');
    return { prelude, header, bytes: front, leaf, mac, slots: undefined, slotsCopy: 0, slotsIntact: true };
  }
  const { copy, chosen, intact } = chooseSlots(
    bytes.subarray(slotsAt, slotsAt + slotsLength),
    bytes.subarray(slotsAt + slotsLength),
  );
  return { prelude, header, bytes: front, leaf, mac, slots: copy, slotsCopy: chosen, slotsIntact: intact };
}

/** What opens and seals the chunks of an archive. */
export interface Unlocked {
  readonly seal: ChunkSeal;
  /** Undefined where the archive is not encrypted. */
  readonly keys: ArchiveKeys | undefined;
  readonly dataKey: Uint8Array | undefined;
}

/**
 * Opens a slot, then checks what the key commits to, the header and the slots, in this order.
 * @throws ARCHIVE_KEY_MISSING, ARCHIVE_KEY_WRONG, ARCHIVE_LIMIT, ARCHIVE_CORRUPT
 */
export async function unlock(front: Front, given: readonly UnlockKey[]): Promise<Unlocked> {
  const { header, slots } = front;
  if (slots === undefined || header.keys === undefined) return unlockWith(front, undefined);
  return unlockWith(front, await openSlots(slots.slots, given, idBytes(header.id)));
}

/** The same with what a slot held. @param dataKey undefined where the archive is not encrypted */
export function unlockWith(front: Front, dataKey: Uint8Array | undefined): Unlocked {
  const { header, slots } = front;
  const id = idBytes(header.id);
  if (slots === undefined || header.keys === undefined || dataKey === undefined)
    return { seal: plainSeal(id), keys: undefined, dataKey: undefined };
  const keys = deriveArchiveKeys(dataKey, Buffer.from(header.keys.salt, 'base64'), id);
  checkCommitment(keys, Buffer.from(header.keys.commitment, 'base64'));
  if (!sameBytes(authenticate(keys.header, front.bytes), front.mac))
    throw corrupt('its header is not the one it was written with');
  if (!sameBytes(slotsMac(keys, front.leaf, slots.authenticated), slots.mac))
    throw corrupt('its key slots are not the ones it was given');
  return { seal: encryptedSeal(keys, id), keys, dataKey };
}

/** Binds the slots to the header that they stand behind. */
export const slotsMac = (keys: ArchiveKeys, header: Uint8Array, slots: Uint8Array): Buffer =>
  authenticate(keys.header, Buffer.from('slots'), header, slots);
