// Versions and answers spell one configuration in several ways; that is no change of it.

import { expect, test } from 'vitest';
import { guestConfig } from './guest-config.ts';

test('numbers as text, booleans, the order of keys and of tags make no other configuration', () => {
  const one = { cores: 2, memory: '4096', onboot: true, tags: 'web;db', name: 'x', digest: 'd' };
  const other = { digest: 'd', name: 'x', tags: 'db,web,db', onboot: '1', memory: 4096, cores: '2' };
  const [a, b] = [guestConfig(one), guestConfig(other)];
  expect(b).toEqual(a);
  expect(guestConfig({ ...one, digest: undefined }).digest).toBe(
    guestConfig({ ...other, digest: undefined }).digest,
  );
  expect(a.config).toEqual({ cores: 2, memory: 4096, name: 'x', onboot: 1, tags: 'db;web' });
});

test('what only looks like a number stays as it is', () => {
  const { config } = guestConfig({
    args: '007',
    version: '1.10',
    serial: '12345678901234567890',
    vga: '-0',
    net: '',
  });
  expect(config).toEqual({
    args: '007',
    version: '1.10',
    serial: '12345678901234567890',
    vga: '-0',
    net: '',
  });
});
