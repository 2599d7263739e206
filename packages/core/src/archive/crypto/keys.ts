// Keys as callers hold them: what an archive is locked with, and what opens one.

import type { PassphraseKey } from './passphrase.ts';

/** 32 random bytes, as `createKeyFile` writes them. */
export interface FileKey {
  readonly kind: 'key-file';
  readonly key: Uint8Array;
}

/** Locks only: a program that has nothing but this can write archives that it cannot read. */
export interface RecipientKey {
  readonly kind: 'sealed';
  /** X25519, 32 bytes. */
  readonly publicKey: Uint8Array;
}

/** Opens what was sealed to its public key. */
export interface PrivateKey {
  readonly kind: 'sealed';
  /** X25519, 32 bytes. */
  readonly privateKey: Uint8Array;
}

/** What an archive can be locked with; each becomes a slot, and any one of them opens it. */
export type LockKey = PassphraseKey | FileKey | RecipientKey;

/** What can open an archive. */
export type UnlockKey = PassphraseKey | FileKey | PrivateKey;

/** A slot as it is shown. */
export interface SlotInfo {
  readonly kind: 'passphrase' | 'key-file' | 'sealed';
  /**
   * Sixteen hex digits. Of a key file and a recipient it is the same in every archive; of a passphrase it is of this
   * slot alone.
   */
  readonly id: string;
}
