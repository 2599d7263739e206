// Settings of a source: what is accepted, and that each refusal names the setting and hides the password.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isHoldfastError } from '@holdfast/core';
import { afterAll, expect, test } from 'vitest';
import { addressText, expandAddresses } from './addresses.ts';
import { type ShellyOptions, shellySource } from './settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-shelly-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const expanded = (list: string): string[] => {
  const { addresses, fileAddresses = [] } = shellySource({ addresses: list }).settings;
  return expandAddresses([...addresses, ...fileAddresses]).map(addressText);
};

test.each([
  ['192.168.1.5', ['192.168.1.5']],
  ['192.168.1.5:80, shelly1.lan:8080', ['192.168.1.5', 'shelly1.lan:8080']],
  ['http://192.168.1.5/', ['192.168.1.5']],
  ['[fd00::1],fd00::2,[fd00::1]:81', ['[fd00::1]', '[fd00::2]', '[fd00::1]:81']],
  ['10.0.0.0/30', ['10.0.0.1', '10.0.0.2']],
  ['10.0.0.7/29:8080', [1, 2, 3, 4, 5, 6].map((host) => `10.0.0.${host}:8080`)],
  ['10.0.0.4/31', ['10.0.0.4', '10.0.0.5']],
  ['10.0.0.4/32', ['10.0.0.4']],
  ['10.0.0.254-10.0.1.1', ['10.0.0.254', '10.0.0.255', '10.0.1.0', '10.0.1.1']],
  ['10.0.0.8-10', ['10.0.0.8', '10.0.0.9', '10.0.0.10']],
  ['10.0.0.1,10.0.0.1,10.0.0.0/30', ['10.0.0.1', '10.0.0.2']],
])('%s is %j', (list, addresses) => expect(expanded(list)).toEqual(addresses));

test('an address that is named itself is no mere member of a range', () => {
  expect(expandAddresses(['10.0.0.0/30', '10.0.0.2'])).toEqual([
    { host: '10.0.0.1', port: 80, tried: true },
    { host: '10.0.0.2', port: 80, tried: false },
  ]);
});

test('a /16 is taken whole', () => expect(expanded('10.1.0.0/16')).toHaveLength(65_534));

test('a file holds addresses line by line, with comments and blanks', () => {
  const path = file(
    'fleet',
    '\ufeff# the house\r\n10.0.0.1\r\n\n  kitchen.lan:8081  # lamp\n10.0.0.8-9, 10.0.0.20\n',
  );
  expect(expanded(`@${path}`)).toEqual(['10.0.0.1', 'kitchen.lan:8081', '10.0.0.8', '10.0.0.9', '10.0.0.20']);
  expect(shellySource({ addresses: `10.9.9.9,@${path}` }).settings).toMatchObject({
    addresses: ['10.9.9.9'],
    addressFile: path,
  });
});

const refused: [string, ShellyOptions, RegExp][] = [
  ['nothing', {}, /--addresses/],
  ['an empty list', { addresses: ' , ' }, /--addresses/],
  ['an empty file', { addresses: `@${file('empty', '# nobody\n')}` }, /--addresses.*empty/],
  ['a file that is not there', { addresses: `@${folder}/none` }, /--addresses.*none/],
  ['two files', { addresses: `@${folder}/a,@${folder}/b` }, /--addresses/],
  ['a bad line', { addresses: `@${file('bad', '10.0.0.1\n10.0.0.300\n')}` }, /line 2 of .*bad/],
  ['half an address', { addresses: '10.0.0' }, /--addresses.*10\.0\.0/],
  ['an octet too large', { addresses: '10.0.0.256' }, /--addresses/],
  ['a port too large', { addresses: '10.0.0.1:70000' }, /--addresses.*port/],
  ['no port', { addresses: '10.0.0.1:' }, /--addresses.*port/],
  ['a network of words', { addresses: 'home/24' }, /--addresses/],
  ['a prefix too long', { addresses: '10.0.0.0/33' }, /--addresses/],
  ['a range backwards', { addresses: '10.0.0.9-10.0.0.1' }, /--addresses/],
  ['a network too large', { addresses: '10.0.0.0/15' }, /--addresses.*65536/],
  ['too many networks', { addresses: '10.0.0.0/16,10.1.0.0/16' }, /--addresses.*65536/],
  ['another scheme', { addresses: 'https://10.0.0.1' }, /--addresses/],
  ['credentials', { addresses: 'http://admin:geheim@10.0.0.1' }, /--addresses/],
  ['an open bracket', { addresses: '[fd00::1' }, /--addresses/],
  ['spaces', { addresses: 'my lamp' }, /--addresses/],
  ['an empty password', { addresses: '10.0.0.1', password: '' }, /--password-file/],
  ['no time at all', { addresses: '10.0.0.1', timeout: '0' }, /--timeout/],
  ['words for a time', { addresses: '10.0.0.1', timeout: 'soon' }, /--timeout/],
];

test.each(refused)('%s is refused', (_, options, named) => {
  const refusal = (() => {
    try {
      shellySource({ password: 'geheim!', ...options });
    } catch (error) {
      return error;
    }
  })();
  expect(isHoldfastError(refusal) && refusal.code).toBe('SETTING_INVALID');
  expect((refusal as Error).message).toMatch(named);
  expect(JSON.stringify(refusal)).not.toMatch(/geheim!/);
});

test('the password is no setting', () => {
  const { settings, credentials } = shellySource({
    addresses: '10.0.0.1',
    password: 'geheim',
    timeout: '2.5',
  });
  expect(settings).toEqual({ addresses: ['10.0.0.1'], timeoutMs: 2_500 });
  expect(credentials).toEqual({ password: 'geheim' });
});
