// A private key under a passphrase: the text of a key file that is of no use to whoever finds it.

import { z } from 'zod';
import { HoldfastError, isHoldfastError } from '../../errors.ts';
import { sameBytes } from './archive-keys.ts';
import { publicKeyOf } from './key-pair.ts';
import type { PassphraseKey } from './passphrase.ts';
import { makeSlot, openSlots, slotSchema } from './slots.ts';

const lockedSchema = z.object({
  publicKey: z.base64().refine((text) => Buffer.from(text, 'base64').length === 32, 'is not 32 bytes'),
  slot: slotSchema,
});

/** In the place of an archive's id: a slot opens only the key that it was made for. */
const placeOf = (publicKey: Uint8Array): Uint8Array => publicKey.subarray(0, 16);

/** JSON: the public half in clear, the private one in a slot as archives have them. */
export async function lockKey(privateKey: Uint8Array, passphrase: PassphraseKey): Promise<string> {
  const publicKey = Buffer.from(publicKeyOf(privateKey));
  const slot = await makeSlot(passphrase, privateKey, placeOf(publicKey));
  return JSON.stringify({ publicKey: publicKey.toString('base64'), slot });
}

/** @throws ARCHIVE_KEY_WRONG for another passphrase, or text that is no such key; ARCHIVE_LIMIT */
export async function unlockKey(text: string, passphrase: PassphraseKey, path: string): Promise<Uint8Array> {
  const { publicKey, slot } = parse(text, path);
  const key = await openSlots([slot], [passphrase], placeOf(publicKey)).catch((cause: unknown) => {
    if (!isHoldfastError(cause) || cause.code !== 'ARCHIVE_KEY_WRONG') throw cause;
    throw new HoldfastError('ARCHIVE_KEY_WRONG', `the passphrase does not open the key file ${path}`, {
      cause,
    });
  });
  if (!sameBytes(publicKeyOf(key), publicKey))
    throw new HoldfastError('ARCHIVE_KEY_WRONG', `the halves of the key in ${path} are not of one pair`);
  return key;
}

function parse(text: string, path: string) {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  const { data, success } = lockedSchema.safeParse(json);
  if (!success) throw new HoldfastError('ARCHIVE_KEY_WRONG', `${path} is no key file`);
  return { slot: data.slot, publicKey: Buffer.from(data.publicKey, 'base64') };
}
