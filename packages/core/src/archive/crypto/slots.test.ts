// Key slots: each key opens its own, a wrong one none; hostile parameters are refused before they cost anything.

import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { agree, generateKeyPair, publicKeyOf } from './key-pair.ts';
import type { LockKey, UnlockKey } from './keys.ts';
import { defaultKdf, type Kdf, PassphraseKey } from './passphrase.ts';
import { keyId, makeSlot, openSlots, type Slot } from './slots.ts';

const archive = randomBytes(16);
const dataKey = randomBytes(32);
const fileKey = { kind: 'key-file', key: randomBytes(32) } as const;
const pair = generateKeyPair();
const recipient = { kind: 'sealed', publicKey: pair.publicKey } as const;
const owner = { kind: 'sealed', privateKey: pair.privateKey } as const;
const passphrase = new PassphraseKey('pässphrase');

const slotsOf = (...keys: readonly LockKey[]): Promise<Slot[]> =>
  Promise.all(keys.map((key) => makeSlot(key, dataKey, archive)));
const refusal = (code: string, exit: number) => expect.objectContaining({ code, exit });

describe('a slot', () => {
  test.each<[string, LockKey, UnlockKey, UnlockKey]>([
    ['of a passphrase', passphrase, new PassphraseKey('pa\u0308ssphrase'), new PassphraseKey('Pässphrase')],
    ['of a key file', fileKey, fileKey, { kind: 'key-file', key: randomBytes(32) }],
    ['of a recipient', recipient, owner, { kind: 'sealed', privateKey: generateKeyPair().privateKey }],
  ])('%s opens with its key, and not with another', async (_, lock, right, wrong) => {
    const slots = await slotsOf(lock);
    expect(await openSlots(slots, [wrong, right], archive)).toEqual(dataKey);
    await expect(openSlots(slots, [wrong], archive)).rejects.toThrow(refusal('ARCHIVE_KEY_WRONG', 8));
    await expect(openSlots(slots, [], archive)).rejects.toThrow(refusal('ARCHIVE_KEY_MISSING', 8));
    await expect(openSlots(slots, [], archive)).rejects.toThrow(slots[0]!.id);
    // Nor in another archive, or with anything in it changed.
    await expect(openSlots(slots, [right], randomBytes(16))).rejects.toThrow(refusal('ARCHIVE_KEY_WRONG', 8));
    const salted = { ...slots[0]!, salt: randomBytes(32).toString('base64') };
    await expect(openSlots([salted], [right], archive)).rejects.toThrow(refusal('ARCHIVE_KEY_WRONG', 8));
  });

  test('is found among others by whichever key is given', async () => {
    const slots = await slotsOf(fileKey, recipient, passphrase);
    for (const key of [fileKey, owner, passphrase])
      expect(await openSlots(slots, [key], archive)).toEqual(dataKey);
    expect(slots.map(({ id }) => id).slice(0, 2)).toEqual([keyId(fileKey), keyId(recipient)]);
    expect(keyId(owner)).toBe(keyId(recipient));
  });

  test('never holds the data key in clear, nor the same bytes twice', async () => {
    const [first, second] = await slotsOf(fileKey, fileKey);
    expect(first!.wrapped).not.toBe(second!.wrapped);
    expect(JSON.stringify(first)).not.toContain(dataKey.toString('base64'));
  });
});

describe('a passphrase', () => {
  test('is derived once for all slots that share its salt', async () => {
    const key = new PassphraseKey('shared');
    const slots = await slotsOf(key, key);
    const salts = slots.map((slot) => (slot.kind === 'passphrase' ? slot.kdf.salt : ''));
    expect(salts[0]).toBe(salts[1]);
    expect(slots[0]!.id).not.toBe(slots[1]!.id);
    const kdf = key.lockingKdf();
    expect(kdf).toMatchObject(defaultKdf);
    expect(await key.derive(kdf)).toBe(await key.derive({ ...kdf }));
  });

  test('shows nothing of itself', () => {
    const key = new PassphraseKey('very secret words');
    expect(`${JSON.stringify(key)} ${String(key)} ${Object.values(key)}`).not.toContain('secret');
  });

  test.each(['', 'x'.repeat(5000)])('of an unfit length is refused', (words) => {
    expect(() => new PassphraseKey(words)).toThrow(refusal('SETTING_INVALID', 2));
  });

  test.each<[string, Partial<Kdf>]>([
    ['memory', { memoryKiB: 2 ** 31 }],
    ['passes', { passes: 2 ** 31 }],
    ['lanes', { lanes: 2 ** 20 }],
    ['memory and passes together', { memoryKiB: 2 ** 20, passes: 8 }],
  ])('is not derived with hostile %s', async (_, hostile) => {
    const [slot] = await slotsOf(passphrase);
    if (slot?.kind !== 'passphrase') throw new Error('another slot');
    const changed = { ...slot, kdf: { ...slot.kdf, ...hostile } };
    const before = process.memoryUsage.rss();
    await expect(openSlots([changed], [passphrase], archive)).rejects.toThrow(refusal('ARCHIVE_LIMIT', 3));
    await expect(passphrase.derive(changed.kdf)).rejects.toThrow(refusal('ARCHIVE_LIMIT', 3));
    expect(process.memoryUsage.rss() - before).toBeLessThan(256 * 1024 * 1024);
  });

  test('is not derived for very many slots, each within its limits', async () => {
    const [slot] = await slotsOf(passphrase);
    if (slot?.kind !== 'passphrase') throw new Error('another slot');
    const many = Array.from({ length: 64 }, () => ({
      ...slot,
      kdf: { ...slot.kdf, salt: randomBytes(16).toString('base64') },
    }));
    await expect(openSlots(many, [new PassphraseKey('other')], archive)).rejects.toThrow(
      refusal('ARCHIVE_LIMIT', 3),
    );
  });
});

describe('an X25519 key', () => {
  test('agrees with its counterpart, and its public half can be made again', () => {
    const other = generateKeyPair();
    expect(agree(pair.privateKey, other.publicKey)).toEqual(agree(other.privateKey, pair.publicKey));
    expect(publicKeyOf(pair.privateKey)).toEqual(pair.publicKey);
  });

  test('of another length, or that gives everybody the same secret, is refused', () => {
    const invalid = refusal('SETTING_INVALID', 2);
    expect(() => agree(pair.privateKey, new Uint8Array(31))).toThrow(invalid);
    expect(() => agree(new Uint8Array(33), pair.publicKey)).toThrow(invalid);
    expect(() => agree(pair.privateKey, new Uint8Array(32))).toThrow(invalid);
  });
});

test('a key of another length than 32 bytes locks nothing', async () => {
  const short = { kind: 'key-file', key: randomBytes(16) } as const;
  await expect(makeSlot(short, dataKey, archive)).rejects.toThrow(refusal('SETTING_INVALID', 2));
});
