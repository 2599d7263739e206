// Signatures against the example that is published with the algorithm, and the encoding it asks for.

import { expect, test } from 'vitest';
import { canonicalQuery, encode, sha256, sign } from './sign.ts';

const signer = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  region: 'us-east-1',
};
const request = {
  method: 'GET',
  host: 'examplebucket.s3.amazonaws.com',
  path: '/test.txt',
  query: {},
  headers: { range: 'bytes=0-9' },
  bodyHash: sha256(''),
};

test('the published example', () => {
  const { authorization } = sign(request, signer, Date.UTC(2013, 4, 24));
  expect(authorization).toBe(
    'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, ' +
      'SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, ' +
      'Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  );
});

test('a session token is sent and signed', () => {
  const signed = sign(request, { ...signer, sessionToken: 'token' }, 0);
  expect(signed).toMatchObject({ 'x-amz-security-token': 'token', 'x-amz-date': '19700101T000000Z' });
  expect(signed['authorization']).toContain('x-amz-security-token');
});

test('everything but unreserved characters is encoded, and the query sorted', () => {
  expect(encode("a-b_c.d~e/f!g'h(i)j*k l+m")).toBe('a-b_c.d~e%2Ff%21g%27h%28i%29j%2Ak%20l%2Bm');
  expect(canonicalQuery({ uploads: '', prefix: 'a/b', 'max-keys': '1' })).toBe(
    'max-keys=1&prefix=a%2Fb&uploads=',
  );
});
