// X25519 key pairs as 32 plain bytes each: what is sealed to the public one, only the private one opens.

import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { HoldfastError } from '../../errors.ts';

/** For scheduled archives: the public key stays with the program, the private one where the keys are kept. */
export interface KeyPair {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 32 bytes. */
  readonly privateKey: Uint8Array;
}

const rawLength = 32;
/** What stands before the 32 bytes in the standard encodings of X25519 keys. */
const publicPrefix = Buffer.from('302a300506032b656e032100', 'hex');
const privatePrefix = Buffer.from('302e020100300506032b656e04220420', 'hex');

export function generateKeyPair(): KeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  return {
    publicKey: rawOf(publicKey.export({ format: 'der', type: 'spki' })),
    privateKey: rawOf(privateKey.export({ format: 'der', type: 'pkcs8' })),
  };
}

/** The public key that belongs to a private one. @throws SETTING_INVALID */
export const publicKeyOf = (privateKey: Uint8Array): Uint8Array =>
  rawOf(createPublicKey(privateObject(privateKey)).export({ format: 'der', type: 'spki' }));

/** The secret that both sides of an exchange come to. @throws SETTING_INVALID for a key that is none */
export function agree(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const own = privateObject(privateKey);
  try {
    const other = createPublicKey({ key: whole(publicPrefix, publicKey), format: 'der', type: 'spki' });
    return diffieHellman({ privateKey: own, publicKey: other });
  } catch (cause) {
    // Of the few public keys that give everybody the same secret, too.
    throw new HoldfastError('SETTING_INVALID', 'the public key is no usable X25519 key', { cause });
  }
}

const privateObject = (key: Uint8Array): KeyObject =>
  createPrivateKey({ key: whole(privatePrefix, key), format: 'der', type: 'pkcs8' });

function whole(prefix: Buffer, key: Uint8Array): Buffer {
  if (key.length !== rawLength)
    throw new HoldfastError('SETTING_INVALID', `an X25519 key has ${rawLength} bytes, not ${key.length}`);
  return Buffer.concat([prefix, key]);
}

const rawOf = (der: Buffer): Uint8Array => Uint8Array.from(der.subarray(-rawLength));
