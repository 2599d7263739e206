// What a target makes of everything that a store can answer.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTarget, setUpTarget } from '../open-target.ts';
import type { Target } from '../target.ts';
import { uploadArchive } from '../upload.ts';
import { partSizeFor } from './s3-upload.ts';
import { type Fault, type S3TestServer, s3TestServer } from './test-server.ts';

const tried = { timeout: 10_000, attempts: 3, pause: 1 };
let server: S3TestServer;
let target: Target;
beforeEach(async () => {
  server = await s3TestServer();
  target = openTarget(server.settings, server.credentials, tried);
});
afterEach(async () => {
  await target.close();
  await server.close();
});

const bytesOf = (size: number): Buffer =>
  Buffer.from(Array.from({ length: size }, (_, at) => (at * 31) % 251));
const sourceOf = (bytes: Buffer) => ({
  size: bytes.length,
  async *read(start: number, end: number) {
    yield bytes.subarray(start, end);
  },
});

async function write(name: string, bytes: Buffer): Promise<unknown> {
  const upload = await target.write(name);
  await upload.write(bytes);
  return upload.finish();
}

async function read(name: string, range?: { start: number; end: number }): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of target.read(name, range)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const all = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
};

test.each([0, 1, 99, 100, 101, 200, 555])('%i bytes come back as they were written', async (size) => {
  const bytes = bytesOf(size);
  expect(await write('one.sma', bytes)).toMatchObject({ name: 'one.sma', size });
  expect(server.objects.get('home/one.sma')?.bytes).toEqual(bytes);
  expect(await read('one.sma')).toEqual(bytes);
  expect(await target.stat('one.sma')).toMatchObject({ size });
  expect(await all(target.listUnfinished())).toEqual([]);
});

test.each([true, false])(
  'lists go over pages, and leave out what is no archive (keys encoded: %s)',
  async (encodes) => {
    server.how.encodes = encodes;
    const names = ['a.sma', 'b.sma', 'c.sma', 'd.sma', 'e.sma'];
    for (const name of names) await write(name, bytesOf(3));
    server.objects.set('home/a name.txt', server.objects.get('home/a.sma')!);
    server.objects.set('other/x.sma', server.objects.get('home/a.sma')!);
    expect((await all(target.list())).map(({ name }) => name)).toEqual(names);
    for (const name of names) await (await target.write(`u-${name}`)).write(bytesOf(150));
    expect((await all(target.listUnfinished())).map(({ name }) => name)).toEqual(
      names.map((name) => `u-${name}`),
    );
    const cut = (Date.now() + 1_000) * 1_000;
    expect(await target.removeUnfinished(cut - 10_000_000)).toEqual([]);
    expect(await target.removeUnfinished(cut)).toHaveLength(5);
    expect(server.uploads.size).toBe(0);
    await target.delete('a.sma');
    await target.delete('a.sma');
    expect(await target.stat('a.sma')).toBeUndefined();
  },
);

test('a bucket at the top of which archives stand', async () => {
  const top = openTarget({ ...server.settings, prefix: '' }, server.credentials, tried);
  const upload = await top.write('a.sma');
  await upload.write(bytesOf(5));
  await upload.finish();
  expect([...server.objects.keys()]).toEqual(['a.sma']);
  expect(top.place).toBe('s3://bucket');
  await top.close();
});

describe('an upload', () => {
  const bytes = bytesOf(730);
  const source = sourceOf(bytes);
  const left = async (some: Buffer): Promise<void> => {
    const upload = await target.write('a.sma');
    await upload.write(some);
    await upload.suspend();
  };

  test('goes on with the one that has most of its bytes', async () => {
    await left(bytes.subarray(0, 250));
    await left(bytes.subarray(0, 650));
    await left(bytes.subarray(0, 350));
    // Another archive that begins alike, and one of another name.
    await left(Buffer.concat([bytes.subarray(0, 100), bytesOf(900).subarray(150)]));
    await (await target.write('b.sma')).write(bytes);
    const upload = await target.write('a.sma', { resume: source });
    expect(upload.offset).toBe(600);
    await upload.write(bytes.subarray(600));
    await upload.finish();
    expect(await read('a.sma')).toEqual(bytes);
    expect(server.uploads.size).toBe(4);
  });

  test('begins anew behind a part that is missing or of another size, and beside other bytes', async () => {
    await left(bytes.subarray(0, 350));
    const { parts } = [...server.uploads.values()][0]!;
    parts.delete(2);
    expect((await target.write('a.sma', { resume: source })).offset).toBe(100);
    parts.delete(1);
    expect((await target.write('a.sma', { resume: source })).offset).toBe(0);
    expect((await target.write('a.sma', { resume: sourceOf(bytesOf(50)) })).offset).toBe(0);
  });

  test('is taken away with what it has, once, or has nothing to be taken away', async () => {
    const [none, some] = [await target.write('a.sma'), await target.write('a.sma')];
    await none.write(bytesOf(10));
    await none.discard();
    await some.write(bytes);
    expect(server.uploads.size).toBe(1);
    await some.discard();
    await some.discard();
    expect(server.uploads.size).toBe(0);
    server.faults.push({ of: /^DELETE/, status: 403, code: 'AccessDenied' });
    await expect(some.discard()).rejects.toMatchObject({ code: 'TARGET_FORBIDDEN' });
  });

  test('never replaces what came meanwhile', async () => {
    const [small, large] = [await target.write('a.sma'), await target.write('a.sma')];
    await small.write(bytesOf(10));
    await large.write(bytes);
    await write('a.sma', bytesOf(20));
    for (const late of [small, large])
      await expect(late.finish()).rejects.toMatchObject({ code: 'TARGET_EXISTS' });
    await expect(target.write('a.sma')).rejects.toMatchObject({ code: 'TARGET_EXISTS' });
    expect(await read('a.sma')).toEqual(bytesOf(20));
  });

  test('that somebody else has ended is as good as ours where it has our bytes', async () => {
    const whole = bytes.subarray(0, 700);
    await left(bytes.subarray(0, 701));
    const resume = sourceOf(whole);
    const [one, other] = [await target.write('a.sma', { resume }), await target.write('a.sma', { resume })];
    expect([one.offset, other.offset]).toEqual([700, 700]);
    for (const each of [one, other]) expect(await each.finish()).toMatchObject({ size: 700 });
    expect(await read('a.sma')).toEqual(whole);
    const gone = await target.write('c.sma');
    await gone.write(bytes.subarray(0, 200));
    server.uploads.clear();
    await expect(gone.finish()).rejects.toMatchObject({ code: 'TARGET_TAKEN' });
  });

  test.each<[string, Fault, Buffer]>([
    ['the bytes', { of: /^PUT/, status: 500, after: true }, bytesOf(50)],
    ['the last step', { of: /^POST.*uploadId/, status: 500, after: true }, bytes],
    ['the last step, told with 200', { of: /^POST.*uploadId/, status: 200, code: 'InternalError' }, bytes],
    ['a part', { of: /partNumber=2/, status: 503, code: 'SlowDown', times: 2 }, bytes],
    ['a connection', { of: /partNumber=2/, cut: 0 }, bytes],
    [
      'the condition, which the store does not know',
      { of: /^PUT/, status: 501, code: 'NotImplemented' },
      bytesOf(50),
    ],
  ])('goes through when the answer to %s is lost or passing', async (_, fault, sent) => {
    server.faults.push(fault);
    await write('a.sma', sent);
    expect(await read('a.sma')).toEqual(sent);
  });

  test.each<[string, Fault, Buffer, string]>([
    [
      'another digest of it',
      { of: /^PUT/, headers: (told) => (told['etag'] = `"${'0'.repeat(32)}"`) },
      bytesOf(50),
      'TARGET_CORRUPT',
    ],
    [
      'another digest of a part',
      { of: /partNumber=2/, headers: (told) => (told['etag'] = `"${'0'.repeat(32)}"`) },
      bytes,
      'TARGET_CORRUPT',
    ],
    [
      'another digest of the whole',
      { of: /^POST.*uploadId/, status: 200, body: `<ETag>${'0'.repeat(32)}-8</ETag>` },
      bytes,
      'TARGET_CORRUPT',
    ],
    [
      'another size afterwards',
      { of: /^HEAD/, times: 2, headers: (told) => (told['content-length'] = '7') },
      bytesOf(50),
      'TARGET_CORRUPT',
    ],
    ['an upload without an id', { of: /^POST.*uploads/, status: 200, body: '<R/>' }, bytes, 'TARGET_FAILED'],
    ['that it is full', { of: /^PUT/, status: 400, code: 'EntityTooLarge' }, bytesOf(50), 'TARGET_FULL'],
    [
      'that the condition is not kept, of nothing',
      { of: /^PUT/, status: 412, code: 'PreconditionFailed' },
      bytesOf(50),
      'TARGET_EXISTS',
    ],
  ])('is refused when the store says %s', async (_, fault, sent, code) => {
    const upload = await target.write('a.sma');
    server.faults.push(fault);
    await expect(upload.write(sent).then(() => upload.finish())).rejects.toMatchObject({ code });
  });

  test('into a store with digests of its own is told by its size', async () => {
    server.how.etag = () => 'opaque';
    await write('a.sma', bytesOf(50));
    await write('b.sma', bytes);
    expect(await read('b.sma')).toEqual(bytes);
    server.faults.push({ of: /^POST.*uploadId/, status: 500, after: true });
    // Nobody can tell any more whose it is.
    await expect(write('c.sma', bytes)).rejects.toMatchObject({ code: 'TARGET_TAKEN' });
  });

  test('ends where the store fails at saying what it has', async () => {
    const upload = await target.write('a.sma');
    await upload.write(bytesOf(50));
    server.faults.push({ of: /^PUT/, status: 412, code: 'PreconditionFailed' }, { of: /^HEAD/, status: 403 });
    await expect(upload.finish()).rejects.toMatchObject({ code: 'TARGET_FORBIDDEN' });
  });

  test('takes larger parts for what would be too many, up to what S3 has', () => {
    expect(partSizeFor(undefined, 8 * 2 ** 20)).toBe(8 * 2 ** 20);
    expect(partSizeFor(10_000 * 8 * 2 ** 20 + 1, 8 * 2 ** 20)).toBe(9 * 2 ** 20);
    expect(() => partSizeFor(10_000 * 64 * 2 ** 20 + 1, 8 * 2 ** 20)).toThrow(
      expect.objectContaining({ code: 'TARGET_FULL' }),
    );
  });

  test('goes on over lost connections as long as it comes further, and ends when it is told to', async () => {
    server.faults.push({ of: /partNumber=[35]/, cut: 0, times: 4 });
    await uploadArchive(target, 'a.sma', source, { pause: 1 });
    expect(await read('a.sma')).toEqual(bytes);
    server.faults.push({ times: 100, status: 503 });
    await expect(uploadArchive(target, 'b.sma', source, { pause: 1, attempts: 2 })).rejects.toMatchObject({
      code: 'TARGET_UNREACHABLE',
    });
    server.faults.length = 0;
    const stop = new AbortController();
    const onProgress = (): void => stop.abort(new Error('enough'));
    await expect(uploadArchive(target, 'b.sma', source, { signal: stop.signal, onProgress })).rejects.toThrow(
      'enough',
    );
    await expect(uploadArchive(target, 'b.sma', source, { signal: stop.signal })).rejects.toThrow('enough');
    const broken = {
      size: 300,
      read: () => {
        throw new Error('no source');
      },
    };
    await expect(uploadArchive(target, 'b.sma', broken)).rejects.toThrow('no source');
  });

  test('that was whole when its last answers were lost is ours by its end', async () => {
    server.faults.push({ of: /^PUT/, times: 3, status: 503, after: true });
    await uploadArchive(target, 'a.sma', sourceOf(bytesOf(60)), { pause: 1 });
    await write('b.sma', bytesOf(61));
    server.faults.push({ of: /^GET.*uploads/, times: 3, status: 503 });
    await expect(uploadArchive(target, 'b.sma', sourceOf(bytesOf(60)), { pause: 1 })).rejects.toMatchObject({
      code: 'TARGET_EXISTS',
    });
  });
});

describe('reading', () => {
  const bytes = bytesOf(1_000);
  beforeEach(() => write('a.sma', bytes));

  test('goes on where a stream was cut, in the same object', async () => {
    server.faults.push({ of: /^GET/, cut: 300 }, { of: /^GET/, cut: 200 });
    expect(await read('a.sma', { start: 10, end: 900 })).toEqual(bytes.subarray(10, 900));
    server.faults.push({ of: /^GET/, cut: 300 });
    const reading = target.read('a.sma')[Symbol.asyncIterator]();
    await reading.next();
    server.objects.get('home/a.sma')!.etag = '"another"';
    await expect(reading.next()).rejects.toMatchObject({ code: 'TARGET_CORRUPT' });
  });

  test.each<[string, Fault, string]>([
    ['comes to nothing', { of: /^GET/, cut: 0 }, 'TARGET_UNREACHABLE'],
    [
      'is a range that nobody asked for',
      { of: /^GET/, headers: (told) => (told['content-range'] = 'bytes 3-9/9') },
      'TARGET_CORRUPT',
    ],
    ['is empty', { of: /^GET/, status: 200, body: '' }, 'TARGET_CORRUPT'],
    ['is longer than was asked for', { of: /^GET/, status: 200, body: 'x'.repeat(1_001) }, 'TARGET_CORRUPT'],
    ['is a refusal', { of: /^GET/, status: 403, code: 'AccessDenied' }, 'TARGET_FORBIDDEN'],
  ])('an answer that %s is told', async (_, fault, code) => {
    server.faults.push(fault);
    await expect(read('a.sma', { start: 0, end: 1_000 })).rejects.toMatchObject({ code });
  });

  test('what is not there, or not so long, is told; nothing of nothing is nothing', async () => {
    expect(await read('a.sma', { start: 5, end: 5 })).toHaveLength(0);
    await expect(read('a.sma', { start: 1_000, end: 1_001 })).rejects.toMatchObject({
      code: 'TARGET_CORRUPT',
    });
    await expect(read('a.sma', { start: 990, end: 1_001 })).rejects.toMatchObject({ code: 'TARGET_CORRUPT' });
    await expect(read('b.sma')).rejects.toMatchObject({ code: 'TARGET_NOT_FOUND' });
    server.how.ranges = false;
    expect(await read('a.sma', { start: 0, end: 1_000 })).toEqual(bytes);
    await expect(read('a.sma', { start: 5, end: 10 })).rejects.toMatchObject({ code: 'TARGET_CORRUPT' });
  });

  test('a store that does not say when it stored something', async () => {
    server.faults.push({ of: /^HEAD/, headers: (told) => delete told['last-modified'] });
    expect(await target.stat('a.sma')).toMatchObject({ modifiedAt: 0 });
  });
});

describe('a refusal', () => {
  test.each<[number, string, string]>([
    [401, '', 'TARGET_AUTH'],
    [403, 'InvalidAccessKeyId', 'TARGET_AUTH'],
    [400, 'AuthorizationHeaderMalformed', 'TARGET_AUTH'],
    [403, '', 'TARGET_FORBIDDEN'],
    [403, 'RequestTimeTooSkewed', 'TARGET_CLOCK'],
    [404, '', 'TARGET_MISSING'],
    [507, '', 'TARGET_FULL'],
    [400, 'BadDigest', 'TARGET_CORRUPT'],
    [301, 'PermanentRedirect', 'TARGET_FAILED'],
    [501, 'NotImplemented', 'TARGET_FAILED'],
  ])('of %i %s stays, and is %s', async (status, code, named) => {
    server.faults.push({ status, code });
    const error = await target.check().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: named,
      message: expect.stringMatching(status === 404 ? /no such bucket/ : `${status}`),
    });
    expect(server.seen).toHaveLength(1);
  });

  test.each<[number, string, string]>([
    [500, 'InternalError', 'TARGET_UNREACHABLE'],
    [502, '', 'TARGET_UNREACHABLE'],
    [429, '', 'TARGET_UNREACHABLE'],
    [408, '', 'TARGET_FAILED'],
    [400, 'RequestTimeout', 'TARGET_FAILED'],
    [409, 'OperationAborted', 'TARGET_FAILED'],
  ])('of %i %s may pass, and is %s when it does not', async (status, code, named) => {
    server.faults.push({ status, code, times: 2 });
    await target.check();
    server.faults.push({ status, code, times: 3 });
    await expect(target.check()).rejects.toMatchObject({ code: named });
    expect(server.seen).toHaveLength(6);
  });

  test('of whoever signs with another key, or with none', async () => {
    const wrong = openTarget(server.settings, { ...server.credentials, secretAccessKey: 'another' }, tried);
    await expect(wrong.check()).rejects.toMatchObject({ code: 'TARGET_AUTH' });
    await wrong.close();
    expect(() => openTarget(server.settings, { accessKeyId: 'key' })).toThrow(
      expect.objectContaining({ code: 'TARGET_AUTH' }),
    );
    expect(await setUpTarget(server.settings, server.credentials, tried)).toEqual(server.settings);
  });

  test('of a bucket that is not there, whatever is asked', async () => {
    const gone = openTarget({ ...server.settings, bucket: 'gone' }, server.credentials, tried);
    for (const asked of [gone.check(), all(gone.list()), gone.stat('a.sma'), gone.write('a.sma')])
      await expect(asked).rejects.toMatchObject({ code: 'TARGET_MISSING' });
    await expect(gone.delete('a.sma')).rejects.toMatchObject({ code: 'TARGET_MISSING' });
    await gone.close();
  });

  test('of nobody, of silence, and of an answer without end', async () => {
    server.faults.push({ silent: true, times: 3 });
    const waiting = openTarget(server.settings, server.credentials, { ...tried, timeout: 200 });
    await expect(waiting.check()).rejects.toMatchObject({
      code: 'TARGET_UNREACHABLE',
      message: expect.stringContaining('no answer for 200 ms'),
    });
    await waiting.close();
    server.faults.push({ status: 200, body: ' '.repeat(16 * 2 ** 20 + 1) });
    await expect(target.check()).rejects.toMatchObject({ code: 'TARGET_FAILED' });
    const nobody = openTarget(
      { ...server.settings, endpoint: 'https://127.0.0.1:1' },
      server.credentials,
      tried,
    );
    await expect(nobody.check()).rejects.toMatchObject({
      code: 'TARGET_UNREACHABLE',
      message: expect.stringContaining('127.0.0.1:1'),
    });
    await nobody.close();
  });
});
