// Targets as text: what is written is read back, and what is wrong is named.

import { expect, test } from 'vitest';
import { formatTarget, parseTarget } from './parse-target.ts';
import { checkCredentials, checkSettings } from './settings.ts';

test.each([
  ['folder:/mnt/backup disk', { kind: 'folder', path: '/mnt/backup disk' }],
  ['s3://bucket', { kind: 's3', bucket: 'bucket', prefix: '', region: 'us-east-1' }],
  [
    's3://bucket/home/archives/?endpoint=https://nas.lan:9000&region=garage&addressing=virtual&partSize=8388608',
    {
      ...{ kind: 's3', bucket: 'bucket', prefix: 'home/archives', endpoint: 'https://nas.lan:9000' },
      ...{ region: 'garage', addressing: 'virtual', partSize: 8 * 2 ** 20 },
    },
  ],
  [
    'sftp://backup@nas.lan/srv/archives',
    { kind: 'sftp', user: 'backup', host: 'nas.lan', port: 22, path: '/srv/archives' },
  ],
  [
    `sftp://me%40home@[::1]:2222/a%20b?fingerprint=SHA256:${'+'.repeat(43)}`,
    { user: 'me@home', host: '::1', port: 2222, path: '/a b', fingerprint: `SHA256:${'+'.repeat(43)}` },
  ],
])('%s', (text, settings) => {
  const parsed = parseTarget(text);
  expect(parsed).toMatchObject(settings);
  expect(parseTarget(formatTarget(parsed))).toEqual(parsed);
  expect(checkSettings(JSON.parse(JSON.stringify(parsed)))).toEqual(parsed);
});

test.each([
  '',
  '/mnt',
  'ftp://host/x',
  'folder:relative',
  'folder:',
  's3://',
  's3://UPPER_case',
  's3://bucket/a b',
  's3://bucket?endpoint=file:///etc',
  's3://bucket?partSize=5',
  's3://bucket?partSize=much',
  's3://bucket?unknown=1',
  'sftp://host/path',
  'sftp://user@host:99999/path',
  'sftp://user@host/%zz',
  'sftp://user@host/path?fingerprint=MD5:00',
])('%j is refused', (text) => {
  expect(() => parseTarget(text)).toThrow(expect.objectContaining({ code: 'TARGET_INVALID' }));
});

test.each(['sftp://user:hunter2@host/path', 's3://key:hunter2@bucket', 's3://AKIA@bucket'])(
  'credentials have no place in %s',
  (text) => {
    expect(() => parseTarget(text)).toThrow(expect.objectContaining({ code: 'TARGET_INVALID' }));
    expect(() => parseTarget(text)).not.toThrow(/hunter2/);
  },
);

test('credentials are checked without being repeated', () => {
  expect(checkCredentials({ password: 'x' })).toEqual({ password: 'x' });
  expect(() => checkCredentials({ pasword: 'hunter2' })).toThrow(/pasword/);
  expect(() => checkCredentials({ password: '' })).toThrow(
    expect.objectContaining({ code: 'TARGET_INVALID' }),
  );
});
