// Whatever is changed, cut off, swapped or put in from elsewhere shows, and nothing of it is given out.
// HOLDFAST_FUZZ=full goes over every bit and every length; a default run takes some of them.

import { hash } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { HoldfastError } from '../errors.ts';
import type { Value } from './columns/value.ts';
import type { UnlockKey } from './crypto/keys.ts';
import { ArchiveReader } from './format/archive-reader.ts';
import { bytesSource } from './format/file-source.ts';
import { encodePrefix, footerLength, prefixLength, tailLength } from './format/layout.ts';
import { salvageArchive } from './salvage.ts';
import { chunksIn, headerOf, replaced, smallArchive, smallRows, tinyArchive } from './test-archive.ts';
import { verifyArchive } from './verify.ts';

const full = process.env['HOLDFAST_FUZZ'] === 'full';
const timeout = full ? 7_200_000 : 60_000;
const key = { kind: 'key-file', key: hash('sha256', 'a key of tests', 'buffer') } as const;
const counts: Record<string, number> = {};
const count = (what: string): void => {
  counts[what] = (counts[what] ?? 0) + 1;
};
afterAll(() => {
  const all = Object.entries(counts).map(([what, number]) => `${number} ${what}`);
  process.stdout.write(`archives tampered with: ${all.join(', ')}\n`);
});

interface Delivered {
  readonly streams: Map<string, Value[][]>;
  readonly error: unknown;
}

/** Everything that a reader gives out before it fails. */
async function deliver(open: () => Promise<ArchiveReader>): Promise<Delivered> {
  const streams = new Map<string, Value[][]>();
  try {
    const reader = await open();
    for (const info of reader.tables) {
      const rows: Value[][] = [];
      streams.set(`${info.kind} ${info.table}`, rows);
      for await (const batch of reader.rows(info)) rows.push(...batch.rows());
    }
    for (const { name } of reader.entries) {
      const parts: Value[][] = [];
      streams.set(`entry ${name}`, parts);
      for await (const part of reader.entryParts(name)) parts.push([Uint8Array.from(part)]);
    }
    return { streams, error: undefined };
  } catch (error) {
    return { streams, error };
  }
}

const text = (rows: readonly Value[][]): string[] =>
  rows.map((row) =>
    row
      .map((value) =>
        value instanceof Uint8Array
          ? Buffer.from(value).toString('hex')
          : `${typeof value} ${Object.is(value, -0) ? '-0' : value}`,
      )
      .join(),
  );

/** Nothing came out that is not in the original, in its order. */
function expectPartOf(delivered: Delivered, original: Delivered): void {
  for (const [name, rows] of delivered.streams) {
    const expected = original.streams.get(name);
    if (expected === undefined) throw new Error(`the stream ${name} was made up`);
    expect(text(rows)).toEqual(text(expected).slice(0, rows.length));
  }
}

const isNamed = (error: unknown): boolean =>
  error instanceof HoldfastError && error.code.startsWith('ARCHIVE_') && [3, 5, 8].includes(error.exit);

/** Detected without the key, and neither read nor salvaged with it. */
async function expectDetected(bytes: Buffer, original: Delivered, keys: readonly UnlockKey[]): Promise<void> {
  const source = bytesSource(bytes);
  const error = await verifyArchive(source, { depth: 'stored' }).then(
    () => undefined,
    (each: unknown) => each,
  );
  if (!isNamed(error)) throw new Error(`not detected without the key: ${error}`);
  const read = await deliver(() => ArchiveReader.open(source, { keys }));
  if (read.error !== undefined && !isNamed(read.error)) throw read.error;
  expectPartOf(read, original);
  const salvaged = await deliver(async () => (await salvageArchive(source, { keys })).reader);
  if (salvaged.error !== undefined && !isNamed(salvaged.error)) throw salvaged.error;
  expectPartOf(salvaged, original);
}

describe.each([
  ['an encrypted archive', [key]],
  ['a plain archive', []],
])('%s', (_, keys) => {
  const made = smallArchive(keys, { compression: 'zstd' });
  const original = made.then(({ bytes }) => deliver(() => ArchiveReader.open(bytesSource(bytes), { keys })));

  test('is whole as it was written, without its key and with it', async () => {
    const { bytes, result } = await made;
    const expected = {
      id: headerOf().id,
      root: result.root,
      bytes: bytes.length,
      chunks: result.chunks,
      streams: 6,
    };
    expect(await verifyArchive(bytesSource(bytes), { depth: 'stored' })).toEqual({
      ...expected,
      depth: 'stored',
      rows: result.rows,
      digests: 0,
    });
    const seen: number[] = [];
    const onProgress = ({ bytes: at, total }: { bytes: number; total: number }): void => {
      seen.push(at / total);
    };
    const decoded = await verifyArchive(bytesSource(bytes), { depth: 'decoded', keys, onProgress });
    expect(decoded).toEqual({ ...expected, depth: 'decoded', rows: result.rows, digests: 4 });
    expect(seen.length).toBeGreaterThan(result.chunks);
    expect(seen.every((share) => share > 0 && share <= 1)).toBe(true);
    expect((await original).error).toBeUndefined();
  });

  const tiny = tinyArchive(keys);
  const tinyOriginal = tiny.then((bytes) => deliver(() => ArchiveReader.open(bytesSource(bytes), { keys })));

  test('shows every flipped bit', { timeout }, async () => {
    const [bytes, whole] = [await tiny, await tinyOriginal];
    const stride = full ? 1 : 101;
    for (let bit = 0; bit < bytes.length * 8; bit += stride) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      await expectDetected(changed, whole, keys);
      count('bits flipped');
    }
  });

  test('shows every length that it is cut to, and what is put behind it', { timeout }, async () => {
    const [bytes, whole] = [await tiny, await tinyOriginal];
    const stride = full ? 1 : 17;
    for (let length = 0; length < bytes.length; length += stride) {
      await expectDetected(bytes.subarray(0, length), whole, keys);
      count('lengths cut to');
    }
    for (const more of [1, 64, footerLength + tailLength]) {
      await expectDetected(Buffer.concat([bytes, bytes.subarray(-more)]), whole, keys);
      count('tails put behind');
    }
  });

  test('shows every pair of chunks that changed places, also when their prefixes were mended', async () => {
    const { bytes } = await made;
    const chunks = chunksIn(bytes);
    expect(chunks.length).toBeGreaterThan(10);
    for (const [index, a] of chunks.entries())
      for (const b of chunks.slice(index + 1)) {
        const [first, second] = [bytes.subarray(a.at, a.end), bytes.subarray(b.at, b.end)];
        await expectDetected(
          replaced(bytes, [
            [a, second],
            [b, first],
          ]),
          await original,
          keys,
        );
        count('pairs swapped');
        // As somebody would who knows the format: each takes the other's place in name as well.
        const content = (part: Buffer): Buffer => part.subarray(prefixLength);
        const named = [
          Buffer.concat([
            encodePrefix({ ...b.prefix, no: a.prefix.no, stream: a.prefix.stream, chunk: a.prefix.chunk }),
            content(second),
          ]),
          Buffer.concat([
            encodePrefix({ ...a.prefix, no: b.prefix.no, stream: b.prefix.stream, chunk: b.prefix.chunk }),
            content(first),
          ]),
        ] as const;
        await expectDetected(
          replaced(bytes, [
            [a, named[0]],
            [b, named[1]],
          ]),
          await original,
          keys,
        );
        count('pairs swapped and renamed');
      }
  });

  test('shows every chunk that is left out, repeated, or from another archive of the same key', async () => {
    const { bytes } = await made;
    const other = (await smallArchive(keys, { header: headerOf('018f3c1e-7b2a-7cc0-8000-ffffffffffff') }))
      .bytes;
    const others = chunksIn(other);
    for (const [index, chunk] of chunksIn(bytes).entries()) {
      const own = bytes.subarray(chunk.at, chunk.end);
      await expectDetected(replaced(bytes, [[chunk, Buffer.alloc(0)]]), await original, keys);
      await expectDetected(replaced(bytes, [[chunk, Buffer.concat([own, own])]]), await original, keys);
      count('chunks left out or repeated');
      const { at, end } = others[index]!;
      await expectDetected(replaced(bytes, [[chunk, other.subarray(at, end)]]), await original, keys);
      // Everything from here on, with its own footer.
      await expectDetected(
        Buffer.concat([bytes.subarray(0, chunk.at), other.subarray(at)]),
        await original,
        keys,
      );
      count('splices');
    }
  });
});

test('an archive that was written without digests is verified without them', async () => {
  const { bytes, result } = await smallArchive([], { digests: false });
  expect(result.tables.map(({ digest }) => digest)).toEqual([undefined, undefined, undefined, undefined]);
  const report = await verifyArchive(bytesSource(bytes), { depth: 'decoded' });
  expect(report).toMatchObject({ digests: 0, rows: result.rows });
});

describe('an archive is not verified', () => {
  test('further once the signal has fired', async () => {
    const { bytes } = await smallArchive([key]);
    for (const depth of ['stored', 'decoded'] as const) {
      const stop = new AbortController();
      const onProgress = (): void => stop.abort();
      await expect(
        verifyArchive(bytesSource(bytes), { depth, keys: [key], signal: stop.signal, onProgress }),
      ).rejects.toThrow(expect.objectContaining({ code: 'CANCELLED' }));
    }
  });

  test('in depth without its key', async () => {
    const { bytes } = await smallArchive([key]);
    await expect(verifyArchive(bytesSource(bytes), { depth: 'decoded' })).rejects.toThrow(
      expect.objectContaining({ code: 'ARCHIVE_KEY_MISSING', exit: 8 }),
    );
  });
});

test('salvage gives back whole chunks of an archive that was cut, and says where it stopped', async () => {
  const { bytes, result } = await smallArchive([key]);
  const chunks = chunksIn(bytes);
  const whole = await salvageArchive(bytesSource(bytes), { keys: [key] });
  expect(whole).toMatchObject({
    complete: true,
    chunks: result.chunks,
    rows: result.rows,
    stoppedBy: undefined,
  });
  const rows = chunks.filter(({ prefix }) => prefix.stream === 1 && prefix.chunk > 0);
  const cut = await salvageArchive(bytesSource(bytes.subarray(0, rows[1]!.end + 17)), { keys: [key] });
  expect(cut).toMatchObject({ complete: false, bytes: rows[1]!.end, stoppedBy: undefined });
  const found = [];
  for await (const batch of cut.reader.rows({ table: 'device' })) found.push(...batch.rows());
  expect(found).toEqual(smallRows(20));
  const damaged = Buffer.from(bytes);
  damaged[rows[1]!.at + prefixLength]! ^= 1;
  const stopped = await salvageArchive(bytesSource(damaged), { keys: [key] });
  expect(stopped).toMatchObject({
    complete: false,
    bytes: rows[1]!.at,
    stoppedBy: expect.stringMatching(/changed/),
  });
});
