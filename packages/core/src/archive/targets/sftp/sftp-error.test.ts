// What SSH servers answer, each as what it means for an archive there.

import { expect, test } from 'vitest';
import { HoldfastError } from '../../../errors.ts';
import { sftpError } from './sftp-error.ts';

const place = 'sftp://ann@nas/archives';

test.each<[string, object, string, string, string]>([
  ['a file that is not there', { code: 2 }, 'a.sma', 'TARGET_NOT_FOUND', `${place}: a.sma: it is not there`],
  ['a folder that is not there', { code: 2 }, '', 'TARGET_MISSING', `${place}: it is not there`],
  ['what the user may not', { code: 3 }, 'a.sma', 'TARGET_FORBIDDEN', 'may not do that'],
  ['no connection', { code: 6 }, '', 'TARGET_UNREACHABLE', 'no connection'],
  ['a connection that was lost', { code: 7 }, '', 'TARGET_UNREACHABLE', 'was lost'],
  ['what the server cannot do', { code: 8 }, '', 'TARGET_FAILED', 'cannot do that'],
  ['a status of its own', { code: 14, message: 'quota' }, '', 'TARGET_FAILED', 'the server says: quota'],
  [
    'another password',
    { level: 'client-authentication' },
    '',
    'TARGET_AUTH',
    'takes neither the password nor the key',
  ],
  ['a key that is locked', { message: 'no passphrase given' }, '', 'TARGET_AUTH', 'the private key cannot'],
  [
    'a key of another kind',
    { message: 'Unsupported key format' },
    '',
    'TARGET_AUTH',
    'the private key cannot',
  ],
  ['a network that is away', { code: 'EHOSTUNREACH', message: 'away' }, '', 'TARGET_UNREACHABLE', 'away'],
])('%s', (_, error, name, code, words) => {
  const told = sftpError(place, name, Object.assign(new Error(''), error));
  expect(told).toMatchObject({ code, message: expect.stringContaining(words) });
});

test('an error of the table stays what it is', () => {
  const known = new HoldfastError('TARGET_HOST_KEY', 'another machine');
  expect(sftpError(place, 'a.sma', known)).toBe(known);
});
