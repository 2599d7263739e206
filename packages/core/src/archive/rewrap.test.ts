// Change of keys: the new ones open, the old ones no longer, the content stays, and a kill in between loses nothing.

import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { generateKeyPair } from './crypto/key-pair.ts';
import type { UnlockKey } from './crypto/keys.ts';
import { defaultKdf, PassphraseKey } from './crypto/passphrase.ts';
import { keyId } from './crypto/slots.ts';
import { ArchiveReader, outlineArchive } from './format/archive-reader.ts';
import { bytesSource } from './format/file-source.ts';
import { chunksAt, decodePrelude, preludeLength } from './format/layout.ts';
import { decodeSlots, encodeSlots } from './format/slot-copies.ts';
import { rewrapArchive } from './rewrap.ts';
import { smallArchive } from './test-archive.ts';
import { verifyArchive } from './verify.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-rewrap-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'a.sma');
const old = { kind: 'key-file', key: randomBytes(32) } as const;
const fresh = { kind: 'key-file', key: randomBytes(32) } as const;
const failure = (code: string) => expect.objectContaining({ code });
const opens = (bytes: Uint8Array, key: UnlockKey): Promise<boolean> =>
  ArchiveReader.open(bytesSource(bytes), { keys: [key] }).then(
    () => true,
    () => false,
  );
const slotsIn = (bytes: Buffer): { at: number; length: number }[] => {
  const prelude = decodePrelude(bytes.subarray(0, preludeLength));
  const { slotsLength: length } = prelude;
  return [2, 1].map((copies) => ({ at: chunksAt(prelude) - copies * length, length }));
};

describe('changing the keys of an archive', () => {
  test('adds and removes slots, and touches nothing else', async () => {
    const { bytes, result } = await smallArchive([old]);
    writeFileSync(path, bytes);
    const pair = generateKeyPair();
    const added = await rewrapArchive(path, {
      keys: [old],
      add: [fresh, { kind: 'sealed', publicKey: pair.publicKey }],
    });
    expect(added.map(({ id }) => id)).toEqual([keyId(old), keyId(fresh), expect.any(String)]);
    const both = readFileSync(path);
    for (const key of [old, fresh, { kind: 'sealed', privateKey: pair.privateKey } as const])
      expect(await opens(both, key)).toBe(true);
    await rewrapArchive(path, { keys: [fresh], remove: [keyId(old)] });
    const changed = readFileSync(path);
    expect(await opens(changed, old)).toBe(false);
    expect(await opens(changed, fresh)).toBe(true);
    expect((await outlineArchive(bytesSource(changed))).root).toBe(result.root);
    expect(await verifyArchive(bytesSource(changed), { depth: 'decoded', keys: [fresh] })).toMatchObject({
      root: result.root,
    });
    const [first, second] = slotsIn(bytes);
    expect(changed.subarray(0, first!.at)).toEqual(bytes.subarray(0, first!.at));
    expect(changed.subarray(second!.at + second!.length)).toEqual(
      bytes.subarray(second!.at + second!.length),
    );
  });

  test.each([0, 1])(
    'that was broken off in copy %i leaves an archive that opens, and can be repeated',
    async (copy) => {
      const { bytes } = await smallArchive([old]);
      writeFileSync(path, bytes);
      await rewrapArchive(path, { keys: [old], add: [fresh] });
      const changed = readFileSync(path);
      const { at, length } = slotsIn(bytes)[copy]!;
      // One copy as it was halfway through being written.
      const torn = Buffer.from(changed);
      bytes.copy(torn, at, at, at + length / 2);
      expect(await opens(torn, old)).toBe(true);
      await expect(verifyArchive(bytesSource(torn), { depth: 'stored' })).rejects.toThrow(
        failure('ARCHIVE_CORRUPT'),
      );
      // Or not written at all: the newer one counts.
      const half = Buffer.from(changed);
      bytes.copy(half, at, at, at + length);
      expect(await opens(half, fresh)).toBe(true);
      writeFileSync(path, torn);
      await rewrapArchive(path, { keys: [fresh], remove: [keyId(old)] });
      const mended = readFileSync(path);
      expect(await opens(mended, old)).toBe(false);
      await verifyArchive(bytesSource(mended), { depth: 'stored' });
    },
  );

  test('is refused without the right key, without any key left, without room, and of a plain archive', async () => {
    const { bytes } = await smallArchive([old]);
    writeFileSync(path, bytes);
    await expect(rewrapArchive(path, { keys: [fresh] })).rejects.toThrow(failure('ARCHIVE_KEY_WRONG'));
    await expect(rewrapArchive(path, { keys: [old], remove: [keyId(old)] })).rejects.toThrow(
      failure('ARCHIVE_LIMIT'),
    );
    await expect(rewrapArchive(path, { keys: [old], remove: [keyId(fresh)] })).rejects.toThrow(
      failure('ARCHIVE_STREAM_UNKNOWN'),
    );
    const many = Array.from({ length: 30 }, () => fresh);
    await expect(rewrapArchive(path, { keys: [old], add: many })).rejects.toThrow(failure('ARCHIVE_LIMIT'));
    expect(readFileSync(path)).toEqual(bytes);
    writeFileSync(path, (await smallArchive()).bytes);
    await expect(rewrapArchive(path, { keys: [old], add: [fresh] })).rejects.toThrow(
      failure('ARCHIVE_LIMIT'),
    );
  });
});

describe('slots that somebody else has written', () => {
  /** The archive with slots that were made up, under a hash that fits. */
  async function forged(
    change: (slots: ReturnType<typeof decodeSlots>['slots']) => unknown[],
  ): Promise<Buffer> {
    const { bytes } = await smallArchive([old, new PassphraseKey('a passphrase')]);
    const [first, second] = slotsIn(bytes);
    const { slots } = decodeSlots(bytes.subarray(first!.at, second!.at));
    const copy = encodeSlots(change(slots) as never, 9, first!.length, () => Buffer.alloc(32));
    copy.copy(bytes, first!.at);
    copy.copy(bytes, second!.at);
    return bytes;
  }

  test('are not used, though the key fits', async () => {
    const bytes = await forged((slots) => [...slots]);
    await expect(ArchiveReader.open(bytesSource(bytes), { keys: [old] })).rejects.toThrow(
      failure('ARCHIVE_CORRUPT'),
    );
  });

  test('do not make anybody derive a key with parameters that take all memory', async () => {
    const kdf = {
      name: 'argon2id',
      ...defaultKdf,
      memoryKiB: 2 ** 31 - 1,
      salt: randomBytes(16).toString('base64'),
    };
    const bytes = await forged((slots) =>
      slots.map((slot) => (slot.kind === 'passphrase' ? { ...slot, kdf } : slot)),
    );
    await expect(
      ArchiveReader.open(bytesSource(bytes), { keys: [new PassphraseKey('a passphrase')] }),
    ).rejects.toThrow(failure('ARCHIVE_LIMIT'));
  });

  test('of a kind that is not known are passed over, and kept from being lost', async () => {
    const bytes = await forged((slots) => [...slots, { kind: 'token', id: 'x' }]);
    const [first, second] = slotsIn(bytes);
    expect(decodeSlots(bytes.subarray(first!.at, second!.at))).toMatchObject({ unknown: 1, generation: 9 });
    expect((await outlineArchive(bytesSource(bytes))).slots).toHaveLength(2);
  });

  test.each<[string, unknown[]]>([
    ['no list of slots', ['none']],
    ['a slot without its fields', [{ kind: 'key-file' }]],
    ['a salt of another length', [{ kind: 'key-file', id: '0'.repeat(16), salt: 'AAAA', wrapped: 'AAAA' }]],
  ])('as %s are damage', async (_, list) => {
    const bytes = await forged(() => list);
    await expect(outlineArchive(bytesSource(bytes))).rejects.toThrow(failure('ARCHIVE_CORRUPT'));
  });
});
