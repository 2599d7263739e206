// The sign-in header against the example of the standard, and the traps that newer firmware lays.

import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { DigestSession, parseChallenge } from './digest.ts';

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
const fieldsOf = (header: string): Record<string, string> =>
  Object.fromEntries(
    [...header.matchAll(/(\w+)=(?:"([^"]*)"|([^\s,]+))/g)].map(([, name, quoted, plain]) => [
      name!,
      quoted ?? plain!,
    ]),
  );

test.each([
  [
    'Digest qop="auth", realm="shellyplus1-1", nonce="60dc2c69", algorithm=SHA-256',
    '60dc2c69',
    undefined,
    false,
  ],
  ['Digest realm="a, b", nonce="YWJj+/ZA==", opaque="", stale=TRUE, qop="auth"', 'YWJj+/ZA==', '', true],
  ['Basic realm="x", digest nonce="n1", realm=plain,algorithm="SHA-256"', 'n1', undefined, false],
  ['Digest nonce="first", nonce="second"', 'first', undefined, false],
])('%s', (header, nonce, opaque, stale) => {
  expect(parseChallenge(header)).toMatchObject({ nonce, opaque, stale, algorithm: 'SHA-256' });
});

test('what is no digest is none', () => {
  expect(parseChallenge('Basic realm="Digest"')).toBeUndefined();
  expect(parseChallenge('')).toBeUndefined();
});

test('the answer is what RFC 7616 says, its count begins at one for each nonce', () => {
  const challenge = parseChallenge('Digest realm="shellyplus1-1", nonce="bm9uY2U=", opaque="", qop="auth"')!;
  const session = new DigestSession(challenge, 'admin', 'pässword');
  for (const count of ['00000001', '00000002']) {
    const fields = fieldsOf(session.header('POST', '/rpc'));
    expect(fields).toMatchObject({
      username: 'admin',
      realm: 'shellyplus1-1',
      nonce: 'bm9uY2U=',
      uri: '/rpc',
      nc: count,
      qop: 'auth',
      opaque: '',
      algorithm: 'SHA-256',
    });
    const parts = [hash('admin:shellyplus1-1:pässword'), 'bm9uY2U=', count, fields['cnonce'], 'auth'];
    expect(fields['response']).toBe(hash([...parts, hash('POST:/rpc')].join(':')));
  }
  expect(fieldsOf(new DigestSession(challenge, 'admin', 'x').header('GET', '/'))['nc']).toBe('00000001');
});
