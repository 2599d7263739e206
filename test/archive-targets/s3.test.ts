// What an S3-compatible store refuses or fails at, by name; and what is sent again.

import {
  openTarget,
  setUpTarget,
  type Target,
  type TargetSettings,
  uploadArchive,
} from '@holdfast/core/targets';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { collect, names, someBytes, sourceOf } from './bytes.ts';
import { type HttpProxy, httpProxy } from './http-proxy.ts';
import { impatient } from './places.ts';
import { s3Server } from './s3-server.ts';
import type { RunningServer } from './server.ts';

const mebibyte = 2 ** 20;
const bytes = someBytes(17 * mebibyte);
type S3Settings = Extract<TargetSettings, { kind: 's3' }>;
type Place = Awaited<ReturnType<RunningServer['place']>>;

describe.skipIf(s3Server.missing() !== undefined)('an S3-compatible store', () => {
  let server: RunningServer;
  let proxy: HttpProxy;
  let place: Place & { settings: S3Settings };
  let target: Target;
  beforeAll(async () => {
    server = await s3Server.start();
  });
  afterAll(async () => server?.stop());
  beforeEach(async () => {
    proxy = await httpProxy(server.port);
    place = (await server.place(proxy.port)) as typeof place;
    target = openTarget(await setUpTarget(place.settings, place.credentials), place.credentials, impatient);
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await target.close();
    await proxy.close();
  });

  test.each([
    [500, 'InternalError'],
    [503, 'SlowDown'],
    [503, 'ServiceUnavailable'],
    [429, 'TooManyRequests'],
    [400, 'RequestTimeout'],
  ])('%d %s is asked again, and named when it stays', async (status, code) => {
    const match = (method: string, url: string) => method === 'PUT' && url.includes('partNumber=2');
    proxy.faults.push({ status, code, times: 2, match });
    await uploadArchive(target, 'a.sma', sourceOf(bytes));
    expect((await collect(target.read('a.sma'))).equals(bytes)).toBe(true);
    expect(proxy.seen.filter((line) => line.includes('partNumber=2'))).toHaveLength(3);
    expect(proxy.seen.filter((line) => line.includes('partNumber=1'))).toHaveLength(1);
    proxy.faults.push({ status, code, times: Number.POSITIVE_INFINITY });
    await expect(target.check()).rejects.toMatchObject({
      code: status === 400 ? 'TARGET_FAILED' : 'TARGET_UNREACHABLE',
      message: expect.stringContaining(code),
    });
  });

  test.each(['PUT of the archive', 'completion'])('a lost answer to the %s does no harm', async (which) => {
    const small = which !== 'completion';
    const match = (method: string, url: string) =>
      small ? method === 'PUT' : method === 'POST' && url.includes('uploadId');
    proxy.faults.push({ status: 500, code: 'InternalError', times: 1, match, after: true });
    const sent = small ? bytes.subarray(0, 1000) : bytes;
    await uploadArchive(target, 'a.sma', sourceOf(sent));
    expect((await collect(target.read('a.sma'))).equals(sent)).toBe(true);
  });

  test('a refusal that comes with status 200 is a refusal', async () => {
    const match = (method: string, url: string) => method === 'POST' && url.includes('uploadId');
    proxy.faults.push({ status: 200, code: 'InternalError', times: 1, match });
    await uploadArchive(target, 'a.sma', sourceOf(bytes));
    expect((await target.stat('a.sma'))?.size).toBe(bytes.length);
    expect(proxy.seen.filter((line) => line.startsWith('POST') && line.includes('uploadId'))).toHaveLength(2);
  });

  test.each([
    ['secretAccessKey', 'TARGET_AUTH'],
    ['accessKeyId', 'TARGET_AUTH'],
  ])('a wrong %s is %s', async (name, code) => {
    const wrong = openTarget(place.settings, { ...place.credentials, [name]: 'wrong:wrong' }, impatient);
    const tried = wrong.check();
    await expect(tried).rejects.toMatchObject({ code });
    await expect(tried).rejects.not.toThrow(place.credentials.secretAccessKey);
    await expect(names(wrong.list())).rejects.toMatchObject({ code });
    await wrong.close();
  });

  test('keys that are missing are named', () => {
    expect(() => openTarget(place.settings, { accessKeyId: 'one' })).toThrow(
      expect.objectContaining({ code: 'TARGET_AUTH' }),
    );
  });

  test('a bucket that is not there is TARGET_MISSING, whatever is asked', async () => {
    const gone = openTarget({ ...place.settings, bucket: 'no-such-bucket' }, place.credentials, impatient);
    const missing = { code: 'TARGET_MISSING' };
    await expect(gone.check()).rejects.toMatchObject(missing);
    await expect(names(gone.list())).rejects.toMatchObject(missing);
    await expect(gone.stat('a.sma')).rejects.toMatchObject(missing);
    await expect(gone.write('a.sma')).rejects.toMatchObject(missing);
    await expect(
      setUpTarget({ ...place.settings, bucket: 'no-such-bucket' }, place.credentials),
    ).rejects.toMatchObject(missing);
    await gone.close();
  });

  test('a clock that is wrong is named', async () => {
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() - 3_600_000);
    await expect(target.check()).rejects.toMatchObject({ code: 'TARGET_CLOCK' });
  });

  test('a right that is missing is named', async () => {
    proxy.faults.push({ status: 403, code: 'AccessDenied', times: 1 });
    await expect(target.check()).rejects.toMatchObject({
      code: 'TARGET_FORBIDDEN',
      hint: expect.stringContaining('s3:ListBucket'),
    });
  });

  test('a store that knows no conditions is asked without', async () => {
    const match = (method: string) => method === 'PUT';
    proxy.faults.push({ status: 501, code: 'NotImplemented', times: 1, match });
    const upload = await target.write('a.sma');
    await upload.write(bytes.subarray(0, 10));
    expect(await upload.finish()).toMatchObject({ size: 10 });
  });

  test('an object that changes while it is read is no archive', async () => {
    const upload = await target.write('a.sma');
    await upload.write(bytes);
    await upload.finish();
    proxy.faults.push({ status: 412, code: 'PreconditionFailed', times: 1 });
    await expect(collect(target.read('a.sma', { start: 5, end: 10 }))).rejects.toMatchObject({
      code: 'TARGET_CORRUPT',
    });
  });
});
