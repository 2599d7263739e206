// Chunks under AES-256-GCM: one authenticated record each, bound to its archive and its place by nonce and prefix.

import { createCipheriv, createDecipheriv, createHash, createSecretKey } from 'node:crypto';
import type { Encryption } from '../format/header.ts';
import type { ArchiveKeys } from './archive-keys.ts';

/** Bytes behind the content of every chunk: the tag of GCM, or of a plain archive the half of a hash. */
export const tagLength = 16;

/** Seals and opens the content of chunks. */
export interface ChunkSeal {
  readonly encryption: Encryption;
  /**
   * @param no number of the chunk in the archive; never used twice under the same keys
   * @param prefix authenticated with the content
   */
  seal(no: number, prefix: Uint8Array, content: Uint8Array): { content: Uint8Array; tag: Uint8Array };
  /** @returns undefined where the tag does not fit; nothing of the content is given out then */
  open(no: number, prefix: Uint8Array, content: Uint8Array, tag: Uint8Array): Uint8Array | undefined;
}

const algorithm = 'aes-256-gcm';

/** @param id 16 bytes: of the archive, authenticated with every chunk */
export function encryptedSeal(keys: ArchiveKeys, id: Uint8Array): ChunkSeal {
  const key = createSecretKey(keys.chunk);
  const nonceOf = (no: number): Buffer => {
    const nonce = Buffer.from(keys.nonce);
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(no));
    for (let index = 0; index < 8; index++) nonce[4 + index]! ^= counter[index]!;
    return nonce;
  };
  return {
    encryption: algorithm,
    seal(no, prefix, content) {
      const cipher = createCipheriv(algorithm, key, nonceOf(no), { authTagLength: tagLength });
      cipher.setAAD(id).setAAD(prefix);
      const sealed = cipher.update(content);
      cipher.final();
      return { content: sealed, tag: cipher.getAuthTag() };
    },
    open(no, prefix, content, tag) {
      const decipher = createDecipheriv(algorithm, key, nonceOf(no), { authTagLength: tagLength });
      decipher.setAAD(id).setAAD(prefix).setAuthTag(tag);
      // Not to be looked at before the tag was: `update` gives out what nobody has authenticated yet.
      const opened = decipher.update(content);
      try {
        decipher.final();
      } catch {
        opened.fill(0);
        return undefined;
      }
      return opened;
    },
  };
}

/** Without a key: what is damaged shows, what somebody changed on purpose does not. */
export function plainSeal(id: Uint8Array): ChunkSeal {
  const tagOf = (prefix: Uint8Array, content: Uint8Array): Buffer =>
    createHash('sha256').update(id).update(prefix).update(content).digest().subarray(0, tagLength);
  return {
    encryption: 'none',
    seal: (_no, prefix, content) => ({ content, tag: tagOf(prefix, content) }),
    open: (_no, prefix, content, tag) => (tagOf(prefix, content).equals(tag) ? content : undefined),
  };
}
