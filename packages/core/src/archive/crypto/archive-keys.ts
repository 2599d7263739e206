// The keys of one archive: all derived from its random data key, its salt and its id, and committed to.

import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { HoldfastError } from '../../errors.ts';

/** Bytes of the random data key, and of every key derived from it. */
export const keyLength = 32;
/** Bytes of the salt of an archive. */
export const saltLength = 24;
const nonceLength = 12;

export interface ArchiveKeys {
  /** Of AES-256-GCM, for all chunks of this archive. */
  readonly chunk: Uint8Array;
  /** Twelve bytes; the number of a chunk is added by exclusive or. */
  readonly nonce: Uint8Array;
  /** Binds the archive to this data key: another key gives another one. */
  readonly commitment: Uint8Array;
  /** Of HMAC-SHA-256. */
  readonly header: Uint8Array;
  readonly footer: Uint8Array;
}

/** @param id 16 bytes */
export function deriveArchiveKeys(dataKey: Uint8Array, salt: Uint8Array, id: Uint8Array): ArchiveKeys {
  const info = Buffer.concat([Buffer.from('holdfast sma 1 archive\0'), id]);
  const derived = Buffer.from(hkdfSync('sha512', dataKey, salt, info, 4 * keyLength + nonceLength));
  let at = 0;
  const next = (length: number): Uint8Array => {
    at += length;
    return derived.subarray(at - length, at);
  };
  return {
    chunk: next(keyLength),
    nonce: next(nonceLength),
    commitment: next(keyLength),
    header: next(keyLength),
    footer: next(keyLength),
  };
}

/** @throws ARCHIVE_KEY_WRONG */
export function checkCommitment(keys: ArchiveKeys, commitment: Uint8Array): void {
  if (!sameBytes(keys.commitment, commitment))
    throw new HoldfastError('ARCHIVE_KEY_WRONG', 'the key opens a slot, but not the archive that it is in');
}

/** HMAC-SHA-256. */
export const authenticate = (key: Uint8Array, ...parts: readonly Uint8Array[]): Buffer => {
  const mac = createHmac('sha256', key);
  for (const part of parts) mac.update(part);
  return mac.digest();
};

/** In a time that does not tell where they differ. */
export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && timingSafeEqual(a, b);
