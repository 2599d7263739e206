// Users, sessions and tokens: found in any spelling, ended by a new password, and pruned when too old to matter.

import type { Store } from '@holdfast/core';
import {
  changePassword,
  createUser,
  findSession,
  findUser,
  isRevoked,
  pruneTokens,
  recordLogin,
  revokedTokens,
  revokeSessions,
  revokeToken,
  sessions,
  tokenHash,
  verifyPassword,
} from '@holdfast/core/system';
import { describe, expect, test } from 'vitest';
import { engines } from '../engines.ts';
import { refusal } from './refusal.ts';

const later = Date.now() * 1000 + 3_600_000_000;
const addSession = (store: Store, userId: string, token: string, expiresAt: number | null = later) =>
  store.repository(sessions).insert({
    id: crypto.randomUUID(),
    userId,
    tokenHash: tokenHash(token),
    kind: expiresAt === null ? 'token' : 'session',
    expiresAt,
  });

describe.each(engines)('$name', (engine) => {
  const opened = async (): Promise<Store> => (await engine.open()) as unknown as Store;

  test('a user is found by name in any spelling, and a name is taken in all of them', async () => {
    const store = await opened();
    const id = await createUser(store, { username: 'Änn', role: 'admin', password: 'correct horse' });
    for (const name of ['änn', ' ÄNN', 'a\u0308nn'])
      expect(await findUser(store, name)).toMatchObject({ id, role: 'admin' });
    expect(await findUser(store, 'ann')).toBeUndefined();
    expect((await refusal(createUser(store, { username: 'äNN' }))).code).toBe('CONFLICT');
    expect((await findUser(store, 'änn'))!.passwordHash).not.toContain('correct horse');
  });

  test('signing in is noted, and is no change of the user', async () => {
    const store = await opened();
    const id = await createUser(store, { username: 'ann' });
    const before = (await findUser(store, 'ann'))!;
    expect(before).toMatchObject({ role: 'viewer', lastLoginAt: null });
    expect(await recordLogin(store, id, 1_000)).toBe(true);
    expect(await findUser(store, 'ann')).toMatchObject({
      lastLoginAt: 1_000,
      updatedAt: before.updatedAt,
    });
    expect(await recordLogin(store, crypto.randomUUID())).toBe(false);
  });

  test('a new password ends every session and token of that user, and no other', async () => {
    const store = await opened();
    const ann = await createUser(store, { username: 'ann', password: 'old' });
    const bob = await createUser(store, { username: 'bob' });
    await addSession(store, ann, 'ann-session');
    await addSession(store, ann, 'ann-token', null);
    await addSession(store, bob, 'bob-session');
    expect(await findSession(store, 'ann-token')).toMatchObject({ userId: ann });
    expect(await changePassword(store, ann, 'new')).toBe(true);
    const { passwordHash } = (await findUser(store, 'ann'))!;
    expect(await verifyPassword('new', passwordHash!)).toBe(true);
    expect(await verifyPassword('old', passwordHash!)).toBe(false);
    expect(await findSession(store, 'ann-session')).toBeUndefined();
    expect(await findSession(store, 'ann-token')).toBeUndefined();
    expect(await findSession(store, 'bob-session')).toMatchObject({ userId: bob });
    expect(await revokeSessions(store, ann)).toBe(0);
    expect(await changePassword(store, crypto.randomUUID(), 'x')).toBe(false);
  });

  test('a revoked token is refused, whether or not there is a session of it', async () => {
    const store = await opened();
    const ann = await createUser(store, { username: 'ann' });
    await addSession(store, ann, 'mine');
    await revokeToken(store, { token: 'mine', expiresAt: later, userId: ann, reason: 'lost laptop' });
    await revokeToken(store, { token: 'imported', expiresAt: later });
    expect(await findSession(store, 'mine')).toBeUndefined();
    expect(await isRevoked(store, 'imported')).toBe(true);
    expect(await isRevoked(store, 'other')).toBe(false);
  });

  test('pruning takes what has run out, and nothing that still counts', async () => {
    const store = await opened();
    const ann = await createUser(store, { username: 'ann' });
    await addSession(store, ann, 'old', 1_000);
    await addSession(store, ann, 'open', later);
    await addSession(store, ann, 'for ever', null);
    await revokeToken(store, { token: 'a', expiresAt: 1_000 });
    await revokeToken(store, { token: 'b', expiresAt: later });
    expect(await findSession(store, 'old')).toBeUndefined();
    expect(await pruneTokens(store)).toBe(2);
    expect(await store.repository(sessions).count()).toBe(2);
    expect((await store.repository(revokedTokens).list()).items).toMatchObject([
      { tokenHash: tokenHash('b') },
    ]);
  });

  test('with a user go the sessions; that a token was revoked stays', async () => {
    const store = await opened();
    const ann = await createUser(store, { username: 'ann' });
    await addSession(store, ann, 'mine');
    await revokeToken(store, { token: 'mine', expiresAt: later, userId: ann });
    await store.transaction((tx) => tx.session.exec('DELETE FROM holdfast_users'));
    expect(await store.repository(sessions).count()).toBe(0);
    expect((await store.repository(revokedTokens).list()).items).toMatchObject([{ userId: null }]);
  });
});
