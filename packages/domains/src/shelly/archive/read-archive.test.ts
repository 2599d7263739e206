// Archives of Shelly Manager: honest ones are read, all others are refused by name.

import { gzipSync } from 'node:zlib';
import { isHoldfastError } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { jcs } from './canonical-json.ts';
import { isManagerArchive, readManagerArchive } from './read-archive.ts';
import { packed, sampleArchive, sampleDevice, signed } from './test-manager.ts';

const refusal = async (bytes: Uint8Array): Promise<string> => {
  try {
    await readManagerArchive(bytes);
    return 'read';
  } catch (error) {
    if (isHoldfastError(error)) return error.code;
    throw error;
  }
};

test('are read, gzipped and plain', async () => {
  const archive = sampleArchive();
  for (const bytes of [packed(archive), Buffer.from(signed(archive))]) {
    expect(isManagerArchive(bytes)).toBe(true);
    expect(isManagerArchive(bytes.subarray(0, 200))).toBe(true);
    const read = await readManagerArchive(bytes);
    expect(read.devices).toEqual(archive.devices);
    expect(read.metadata).toMatchObject({ created_by: 'admin' });
  }
});

test('are told from anything else', () => {
  for (const other of ['', 'HOLDFAST', '{"a": 1}', 'version: "1.0.0"', '[]'])
    expect(isManagerArchive(Buffer.from(other))).toBe(false);
  expect(isManagerArchive(gzipSync('hello'))).toBe(false);
  expect(isManagerArchive(Buffer.from([0x1f, 0x8b, 0, 1]))).toBe(false);
});

test('the canonical text is that of RFC 8785', () => {
  const value = {
    '10': 1,
    '9': 2,
    '\u20ac': 1,
    '\r': 1,
    '\ufb33': 1,
    '1': [56, 1e21, 1e-7, 4.5, null, true],
  };
  expect(jcs(value)).toBe('{"\\r":1,"1":[56,1e+21,1e-7,4.5,null,true],"10":1,"9":2,"\u20ac":1,"\ufb33":1}');
});

describe('refused are', () => {
  const text = signed(sampleArchive());

  test('every length that one is cut to', async () => {
    const bytes = packed(sampleArchive());
    for (let length = 0; length < bytes.length; length++)
      expect(await refusal(bytes.subarray(0, length))).toBe('DOCUMENT_INVALID');
    for (let length = 0; length < text.length; length += 5)
      expect(await refusal(Buffer.from(text.slice(0, length)))).toBe('DOCUMENT_INVALID');
  });

  test('every bit that is turned, in the compressed bytes', async () => {
    const bytes = packed(sampleArchive());
    // The header of gzip has bits that mean nothing: instant, system, level.
    for (let index = 10; index < bytes.length; index++) {
      const turned = Buffer.from(bytes);
      turned[index]! ^= 1 << (index % 8);
      expect(await refusal(turned), `byte ${index}`).toMatch(/^DOCUMENT_/);
    }
  });

  test.each<[string, (from: string) => string, string]>([
    ['changed values', (from) => from.replace('Plug 1', 'Plug 2'), 'DOCUMENT_CHECKSUM'],
    ['other versions', (from) => from.replace('2026.1', '2027.1'), 'DOCUMENT_VERSION'],
    ['doubled keys', (from) => from.replace('"id":1', '"id":1,"id":1'), 'DOCUMENT_INVALID'],
    [
      'keys doubled in other letters',
      (from) => from.replace('"id":1', '"id":1,"\\u0069d":1'),
      'DOCUMENT_INVALID',
    ],
    ['lone surrogates', (from) => from.replace('Plug 1', '\\ud800'), 'DOCUMENT_INVALID'],
    ['numbers too large', (from) => from.replace('"gen":1', '"gen":1e400'), 'DOCUMENT_INVALID'],
    ['numbers too small', (from) => from.replace('"gen":1', '"gen":1e-400'), 'DOCUMENT_INVALID'],
    [
      'integers that lose digits',
      (from) => from.replace('"gen":1', '"gen":9007199254740993'),
      'DOCUMENT_INVALID',
    ],
    ['two roots', (from) => `${from}{}`, 'DOCUMENT_INVALID'],
    [
      'nesting',
      (from) => from.replace('"gen":1', `"gen":${'['.repeat(70)}${']'.repeat(70)}`),
      'DOCUMENT_TOO_LARGE',
    ],
  ])('%s', async (_, change, code) => {
    const changed = change(text);
    expect(changed).not.toBe(text);
    expect(await refusal(gzipSync(changed))).toBe(code);
  });

  test.each<[string, object]>([
    ['an unknown section', { more: [] }],
    ['an unknown field', { devices: [sampleDevice(1, { more: 1 })] }],
    ['a missing field', { devices: [sampleDevice(1, { ip: undefined })] }],
    ['a field of another type', { devices: [sampleDevice(1, { ip: 5 })] }],
    ['a day that there is not', { devices: [sampleDevice(1, { last_seen: '2026-02-30T00:00:00Z' })] }],
    ['a time with a zone', { devices: [sampleDevice(1, { last_seen: '2026-02-20T00:00:00+01:00' })] }],
    ['no list', { devices: {} }],
  ])('%s, though its checksum is right', async (_, more) => {
    expect(await refusal(packed(sampleArchive(JSON.parse(JSON.stringify(more)))))).toBe('DOCUMENT_INVALID');
  });

  test('bombs', async () => {
    const bomb = gzipSync(Buffer.alloc(101 * 2 ** 20, ' '));
    expect(bomb.length).toBeLessThan(200_000);
    expect(await refusal(bomb)).toBe('DOCUMENT_TOO_LARGE');
    expect(isManagerArchive(bomb)).toBe(false);
  });

  test('what is not UTF-8', async () => {
    expect(await refusal(Buffer.from('{"format_version":"\xff"}', 'latin1'))).toBe('DOCUMENT_INVALID');
  });
});
