// Key slots: the data key of an archive, wrapped once for each key that shall open it.

import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { HoldfastError } from '../../errors.ts';
import { canonicalJson } from '../../schema/canonical-json.ts';
import { keyLength } from './archive-keys.ts';
import { agree, generateKeyPair, publicKeyOf } from './key-pair.ts';
import type { LockKey, SlotInfo, UnlockKey } from './keys.ts';
import { checkKdfs } from './passphrase.ts';
import { tagLength } from './seal.ts';

const base64 = (bytes: number) =>
  z.base64().refine((text) => Buffer.from(text, 'base64').length === bytes, `is not ${bytes} bytes`);
const common = {
  id: z.string().regex(/^[0-9a-f]{16}$/),
  salt: base64(32),
  wrapped: base64(keyLength + tagLength),
};

export const slotSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('passphrase'),
    ...common,
    kdf: z.object({
      name: z.literal('argon2id'),
      memoryKiB: z.int().min(8),
      passes: z.int().min(1),
      lanes: z.int().min(1),
      salt: base64(16),
    }),
  }),
  z.object({ kind: z.literal('key-file'), ...common }),
  z.object({ kind: z.literal('sealed'), ...common, ephemeral: base64(32) }),
]);

/** A slot as the header keeps it. All of it but `wrapped` is authenticated by `wrapped`. */
export type Slot = z.infer<typeof slotSchema>;

/** Slots of an archive, at most. */
export const mostSlots = 64;

export const slotInfo = ({ kind, id }: Slot): SlotInfo => ({ kind, id });

/** @param archive 16 bytes: a slot opens only the archive that it was made for */
export async function makeSlot(key: LockKey, dataKey: Uint8Array, archive: Uint8Array): Promise<Slot> {
  const salt = randomBytes(32);
  const fields = { id: '', salt: salt.toString('base64'), wrapped: '' };
  if (key.kind === 'passphrase') {
    const kdf = key.lockingKdf();
    const secret = await key.derive(kdf);
    return wrap({ kind: key.kind, ...fields, id: secretId(secret, salt), kdf }, secret, dataKey, archive);
  }
  if (key.kind === 'key-file') {
    checkLength(key.key);
    return wrap({ kind: key.kind, ...fields, id: keyFileId(key.key) }, key.key, dataKey, archive);
  }
  const ephemeral = generateKeyPair();
  const slot: Slot = {
    kind: key.kind,
    ...fields,
    id: recipientId(key.publicKey),
    ephemeral: Buffer.from(ephemeral.publicKey).toString('base64'),
  };
  return wrap(
    slot,
    sealedSecret(ephemeral.privateKey, key.publicKey, ephemeral.publicKey, key.publicKey),
    dataKey,
    archive,
  );
}

/** The fingerprint by which a key file or a recipient is shown: sixteen hex digits. */
export function keyId(key: Exclude<LockKey | UnlockKey, { kind: 'passphrase' }>): string {
  if (key.kind === 'key-file') return keyFileId(key.key);
  return recipientId('publicKey' in key ? key.publicKey : publicKeyOf(key.privateKey));
}

/**
 * The data key, by the first key that fits a slot. What a slot says of the derivation is checked before it is done.
 * @throws ARCHIVE_KEY_MISSING without keys, ARCHIVE_KEY_WRONG when none fits, ARCHIVE_LIMIT
 */
export async function openSlots(
  slots: readonly Slot[],
  keys: readonly UnlockKey[],
  archive: Uint8Array,
): Promise<Buffer> {
  const needs = `it opens with ${slots.map(({ kind, id }) => `${words[kind]} ${id}`).join(', or ')}`;
  if (keys.length === 0) throw new HoldfastError('ARCHIVE_KEY_MISSING', `the archive is encrypted: ${needs}`);
  checkKdfs(slots.flatMap((slot) => (slot.kind === 'passphrase' ? [slot.kdf] : [])));
  for (const key of keys)
    for (const slot of slots) {
      const secret = await secretFor(slot, key);
      const dataKey = secret === undefined ? undefined : unwrap(slot, secret, archive);
      if (dataKey !== undefined) return dataKey;
    }
  const given = keys.map((key) =>
    key.kind === 'passphrase' ? 'a passphrase' : `${words[key.kind]} ${keyId(key)}`,
  );
  throw new HoldfastError('ARCHIVE_KEY_WRONG', `${given.join(', ')} does not open the archive; ${needs}`);
}

const words: Record<Slot['kind'], string> = {
  passphrase: 'the passphrase of slot',
  'key-file': 'key file',
  sealed: 'the private key of',
};

/** What unwraps the slot; undefined where the key is another one, which is known before anything is unwrapped. */
async function secretFor(slot: Slot, key: UnlockKey): Promise<Uint8Array | undefined> {
  if (slot.kind === 'passphrase' && key.kind === 'passphrase') {
    const secret = await key.derive(slot.kdf);
    return secretId(secret, Buffer.from(slot.salt, 'base64')) === slot.id ? secret : undefined;
  }
  if (slot.kind === 'key-file' && key.kind === 'key-file') {
    checkLength(key.key);
    return keyFileId(key.key) === slot.id ? key.key : undefined;
  }
  if (slot.kind === 'sealed' && key.kind === 'sealed') {
    const own = publicKeyOf(key.privateKey);
    const ephemeral = Buffer.from(slot.ephemeral, 'base64');
    return recipientId(own) === slot.id ? sealedSecret(key.privateKey, ephemeral, ephemeral, own) : undefined;
  }
  return undefined;
}

const expand = (secret: Uint8Array, salt: Uint8Array, label: string, length: number): Buffer =>
  Buffer.from(hkdfSync('sha512', secret, salt, `holdfast sma 1 ${label}`, length));

const none = Buffer.alloc(0);
const secretId = (secret: Uint8Array, salt: Uint8Array): string =>
  expand(secret, salt, 'passphrase id', 8).toString('hex');
const keyFileId = (key: Uint8Array): string => expand(key, none, 'key file id', 8).toString('hex');
const recipientId = (publicKey: Uint8Array): string =>
  expand(publicKey, none, 'recipient id', 8).toString('hex');

/** Both public keys go in, so that the secret belongs to this exchange and no other. */
const sealedSecret = (
  own: Uint8Array,
  other: Uint8Array,
  ephemeral: Uint8Array,
  recipient: Uint8Array,
): Uint8Array => expand(agree(own, other), Buffer.concat([ephemeral, recipient]), 'sealed', keyLength);

function checkLength(key: Uint8Array): void {
  if (key.length !== keyLength)
    throw new HoldfastError('SETTING_INVALID', `a key has ${keyLength} bytes, not ${key.length}`);
}

const algorithm = 'aes-256-gcm';
const additional = (slot: Slot, archive: Uint8Array): Buffer =>
  Buffer.concat([archive, Buffer.from(canonicalJson({ ...slot, wrapped: '' }))]);
/** Key and nonce of the wrapping; the salt is the slot's own, so neither is used twice. */
const wrapping = (slot: Slot, secret: Uint8Array): { key: Buffer; nonce: Buffer } => {
  const derived = expand(secret, Buffer.from(slot.salt, 'base64'), `slot ${slot.kind}`, keyLength + 12);
  return { key: derived.subarray(0, keyLength), nonce: derived.subarray(keyLength) };
};

function wrap(slot: Slot, secret: Uint8Array, dataKey: Uint8Array, archive: Uint8Array): Slot {
  const { key, nonce } = wrapping(slot, secret);
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagLength });
  cipher.setAAD(additional(slot, archive));
  const sealed = Buffer.concat([cipher.update(dataKey), cipher.final(), cipher.getAuthTag()]);
  return { ...slot, wrapped: sealed.toString('base64') };
}

function unwrap(slot: Slot, secret: Uint8Array, archive: Uint8Array): Buffer | undefined {
  const { key, nonce } = wrapping(slot, secret);
  const sealed = Buffer.from(slot.wrapped, 'base64');
  const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagLength });
  decipher.setAAD(additional(slot, archive)).setAuthTag(sealed.subarray(keyLength));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, keyLength)), decipher.final()]);
  } catch {
    return undefined;
  }
}
