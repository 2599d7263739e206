// Where a bucket is looked for, and how large its parts are.

import { expect, test } from 'vitest';
import { checkSettings, type S3Settings } from '../settings.ts';
import { bucketAddress } from './address.ts';
import { partSizeFor } from './s3-upload.ts';

const settings = (more: object) => checkSettings({ kind: 's3', bucket: 'home', ...more }) as S3Settings;

test.each([
  [{}, 'https://home.s3.us-east-1.amazonaws.com/', ''],
  [{ region: 'eu-west-1', addressing: 'path' }, 'https://s3.eu-west-1.amazonaws.com/', '/home'],
  [{ bucket: 'my.home' }, 'https://s3.us-east-1.amazonaws.com/', '/my.home'],
  [{ endpoint: 'http://127.0.0.1:9000' }, 'http://127.0.0.1:9000/', '/home'],
  [{ endpoint: 'https://nas.lan/s3/' }, 'https://nas.lan/s3/', '/s3/home'],
  [{ endpoint: 'https://nas.lan:9000', addressing: 'virtual' }, 'https://home.nas.lan:9000/', ''],
])('%j', (more, base, path) => {
  const address = bucketAddress(settings(more));
  expect([address.base.href, address.path]).toEqual([base, path]);
});

test('an address has no name that a bucket could stand before', () => {
  const numeric = settings({ endpoint: 'http://127.0.0.1:9000', addressing: 'virtual' });
  expect(() => bucketAddress(numeric)).toThrow(expect.objectContaining({ code: 'TARGET_INVALID' }));
});

test('a part is as large as it has to be for ten thousand of them', () => {
  const mebibyte = 2 ** 20;
  expect(partSizeFor(undefined, 16 * mebibyte)).toBe(16 * mebibyte);
  expect(partSizeFor(100_000 * mebibyte, 8 * mebibyte)).toBe(10 * mebibyte);
  expect(partSizeFor(640_000 * mebibyte, 8 * mebibyte)).toBe(64 * mebibyte);
  expect(() => partSizeFor(640_001 * mebibyte, 8 * mebibyte)).toThrow(
    expect.objectContaining({ code: 'TARGET_FULL' }),
  );
});
