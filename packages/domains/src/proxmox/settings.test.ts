// Settings of a source: what is accepted, and that each refusal names the setting and hides the secret.

import { isHoldfastError } from '@holdfast/core';
import { expect, test } from 'vitest';
import { type ProxmoxOptions, proxmoxSource } from './settings.ts';

const endpoint = 'https://pve.lan:8006';
const token = 'root@pam!holdfast=4f5c5e0a-6a2b-4d68-9a3a-0c9d7a3e1f00';

test.each([
  ['https://pve.lan:8006/', endpoint],
  ['https://pve.lan:8006/api2/json', endpoint],
  ['https://[fd00::1]:8006', 'https://[fd00::1]:8006'],
  ['http://127.0.0.1:80', 'http://127.0.0.1'],
  ['https://gate.lan/pve/', 'https://gate.lan/pve'],
])('endpoint %s', (given, stored) => {
  expect(proxmoxSource({ endpoint: given, token }).settings.endpoint).toBe(stored);
});

test('a fingerprint is taken with and without colons', () => {
  const hex = 'ab'.repeat(32);
  const colons = hex.toUpperCase().match(/../g)!.join(':');
  for (const fingerprint of [hex, colons, `sha256:${hex}`])
    expect(proxmoxSource({ endpoint, token, fingerprint }).settings.fingerprint).toBe(hex);
});

const refused: [string, ProxmoxOptions, RegExp][] = [
  ['no endpoint', { token }, /--endpoint/],
  ['a host without scheme', { endpoint: 'pve.lan:8006', token }, /--endpoint/],
  ['no URL at all', { endpoint: 'https://', token }, /--endpoint/],
  ['another scheme', { endpoint: 'ftp://pve.lan', token }, /--endpoint/],
  ['credentials in the URL', { endpoint: 'https://root:geheim@pve.lan', token }, /--endpoint/],
  ['a query', { endpoint: `${endpoint}?a=1`, token }, /--endpoint/],
  ['no credentials', { endpoint }, /credentials/],
  ['half a token', { endpoint, token: 'root@pam!holdfast' }, /--token/],
  ['a token without realm', { endpoint, token: 'root!holdfast=geheim' }, /--token/],
  ['a token with a line break', { endpoint, token: `${token}\nX-Evil: 1` }, /--token/],
  ['token and user', { endpoint, token, user: 'root@pam', password: 'geheim' }, /--token and --user/],
  ['a user without password', { endpoint, user: 'root@pam' }, /--password-file/],
  ['a user without realm', { endpoint, user: 'root', password: 'geheim' }, /--user/],
  ['a short fingerprint', { endpoint, token, fingerprint: 'abc' }, /--fingerprint/],
  [
    'fingerprint and insecure',
    { endpoint, token, fingerprint: 'ab'.repeat(32), insecure: true },
    /--fingerprint/,
  ],
  [
    'a fingerprint for plain HTTP',
    { endpoint: 'http://a', token, fingerprint: 'ab'.repeat(32) },
    /--fingerprint/,
  ],
  ['no time at all', { endpoint, token, timeout: '0' }, /--timeout/],
  ['words for a time', { endpoint, token, timeout: 'soon' }, /--timeout/],
];

test.each(refused)('%s is refused', (_, options, named) => {
  const refusal = (() => {
    try {
      proxmoxSource(options);
    } catch (error) {
      return error;
    }
  })();
  expect(isHoldfastError(refusal) && refusal.code).toBe('SETTING_INVALID');
  expect((refusal as Error).message).toMatch(named);
  expect(JSON.stringify(refusal)).not.toMatch(/geheim|4f5c5e0a/);
});
