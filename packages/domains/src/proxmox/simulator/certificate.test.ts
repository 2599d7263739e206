// The hand-written certificate, as OpenSSL inside Node reads it.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { makeCertificate } from './certificate.ts';

describe('makeCertificate', () => {
  it('is a valid self-signed certificate for localhost', () => {
    const { cert, key, fingerprint } = makeCertificate();
    const read = new X509Certificate(cert);
    expect(read.fingerprint256).toBe(fingerprint);
    expect(read.subject).toBe('CN=localhost');
    expect(read.checkHost('localhost')).toBe('localhost');
    expect(read.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(read.verify(read.publicKey)).toBe(true);
    expect(read.checkPrivateKey(createPrivateKey(key))).toBe(true);
    expect(read.validToDate.getUTCFullYear() - read.validFromDate.getUTCFullYear()).toBe(10);
    expect(makeCertificate().fingerprint).not.toBe(fingerprint);
  });
});
