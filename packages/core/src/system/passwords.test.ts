// Password hashes: salted, carrying their parameters, and open only to the password.

import { expect, test } from 'vitest';
import { hashPassword, verifyPassword } from './passwords.ts';

test('a hash opens to its password, however its characters are composed, and to no other', async () => {
  const hash = await hashPassword('pässword');
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  expect(await verifyPassword('pässword', hash)).toBe(true);
  expect(await verifyPassword('pa\u0308ssword', hash)).toBe(true);
  expect(await verifyPassword('password', hash)).toBe(false);
  expect(await hashPassword('pässword')).not.toBe(hash);
});

test('other parameters are read from the hash', async () => {
  // Made by the reference implementation: argon2 "somesalt" -id -t 2 -m 8 -p 1 -l 24, of "password".
  const parts = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4';
  expect(await verifyPassword('password', parts)).toBe(true);
  expect(await verifyPassword('Password', parts)).toBe(false);
});

test.each(['', 'plain', '$2a$10$abc', '$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65', '$argon2id$v=19$m=x'])(
  '%j opens to nothing',
  async (hash) => {
    expect(await verifyPassword('', hash)).toBe(false);
  },
);
