// What an answer of GET /access/permissions says of the lists: whole, or short somewhere.

import { expect, test } from 'vitest';
import { filteredError, readRights } from './rights.ts';

const audit = { 'VM.Audit': 1, 'Datastore.Audit': 1, 'Pool.Audit': 1, 'Sys.Audit': 1 };

test('an auditor on everything sees everything', () => {
  const rights = readRights({
    '/': audit,
    '/vms': audit,
    '/storage': audit,
    '/nodes': audit,
    '/pool': audit,
  });
  for (const area of ['/', '/vms', '/storage', '/nodes', '/pool'] as const)
    expect(rights.missing(area)).toBeUndefined();
  expect(rights.showsNode('pve1')).toBe(true);
});

test.each([
  ['nothing at all', {}, 'VM.Audit on /vms'],
  ['one guest only', { '/vms/100': audit }, 'VM.Audit on /vms'],
  [
    'members of a pool only',
    { '/pool/lab': audit, '/vms/100': audit, '/vms/101': audit },
    'VM.Audit on /vms',
  ],
  ['the path alone, nothing below it', { '/vms': { 'VM.Audit': 0 } }, 'VM.Audit on /vms'],
  ['the path alone, as text', { '/vms': { 'VM.Audit': '0' } }, 'VM.Audit on /vms'],
  ['another privilege', { '/vms': { 'VM.Config.Disk': 1 } }, 'VM.Audit on /vms'],
  ['all but one guest', { '/vms': audit, '/vms/101': { 'VM.Console': 1 } }, 'VM.Audit on /vms/101'],
  ['a broken answer', { '/vms': null }, 'VM.Audit on /vms'],
])('%s', (_, data, missing) => {
  expect(readRights(data).missing('/vms')).toBe(missing);
});

test('a path is judged by what is allowed on it, whether or not that reaches below', () => {
  const rights = readRights({
    '/vms': audit,
    '/vms/101': { 'VM.Audit': 0 },
    '/nodes': audit,
    '/nodes/pve2': {},
  });
  expect(rights.missing('/vms')).toBeUndefined();
  expect(rights.shows('/vms', '/vms/101')).toBe(true);
  expect(rights.shows('/vms', '/vms/102')).toBe(false);
  expect([rights.showsNode('pve1'), rights.showsNode('pve2')]).toEqual([true, false]);
});

test('space on a storage shows it too', () => {
  expect(readRights({ '/storage': { 'Datastore.AllocateSpace': 1 } }).missing('/storage')).toBeUndefined();
});

test('the same rights are the same text in any order', () => {
  const one = readRights({ '/': { b: 1, a: 0 }, '/vms': audit });
  const other = readRights({ '/vms': audit, '/': { a: 0, b: 1 } });
  expect(one.text).toBe(other.text);
  expect(readRights({ '/': { a: 1, b: 1 }, '/vms': audit }).text).not.toBe(one.text);
});

test('the hint is a command for whoever asks, without a secret', () => {
  const token = 'reader@pve!holdfast=11111111-2222-3333-4444-555555555555';
  const { hint } = filteredError('x', { token });
  expect(hint).toContain(
    "pveum acl modify / --roles PVEAuditor --users 'reader@pve' --tokens 'reader@pve!holdfast'",
  );
  expect(hint).not.toContain('1111');
  expect(filteredError('x', { user: 'me@pam', password: 'secret' }).hint).toContain("--users 'me@pam';");
});
