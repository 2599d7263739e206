// Sessions of browsers and programs: made, found, prolonged, ended. What is stored is only the hash of each token.

import { createHash, randomBytes } from 'node:crypto';
import type { Repositories } from '@holdfast/core';
import { HoldfastError, type Instant, now, type Store } from '@holdfast/core';
import { uuid7 } from '@holdfast/core/sync';
import {
  findSession,
  findUser,
  hashPassword,
  type Role,
  recordLogin,
  sessions,
  tokenHash,
  type UserRecord,
  users,
  verifyPassword,
} from '@holdfast/core/system';
import { effectiveRole, type Principal } from './principal.ts';

const hour = 3_600_000_000;
/** Of a session, from its last use, and from its beginning. */
const idle = 12 * hour;
const longest = 14 * 24 * hour;
/** Uses are noted so seldom that reading does not become writing. */
const noted = 5 * 60_000_000;

export interface Client {
  readonly address: string;
  readonly agent: string | undefined;
}

/** Of users that another program had. */
const bcryptPattern = /^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/;

/** Of whoever is no user: as long as the check of one that is. */
const nobody = hashPassword(randomBytes(16).toString('hex'));

/** @returns the user, undefined where name or password are wrong, or the user is disabled */
export async function checkPassword(
  store: Store,
  username: string,
  password: string,
): Promise<UserRecord | undefined> {
  const user = await findUser(store, username);
  const hash = user?.passwordHash ?? (await nobody);
  const imported = bcryptPattern.test(hash);
  const good = imported
    ? await (await import('bcryptjs')).compare(password, hash)
    : await verifyPassword(password, hash);
  if (!good || user?.passwordHash == null || !user.enabled) return undefined;
  // It stays the same password: the next time it is checked as all others are.
  if (imported)
    await store.repository(users).update({ id: user.id }, { passwordHash: await hashPassword(password) });
  return user;
}

/** @returns the token, to be shown once */
export async function openSession(
  repositories: Repositories,
  user: UserRecord,
  { address, agent }: Client,
): Promise<string> {
  const token = `hfs_${randomBytes(32).toString('base64url')}`;
  const at = now();
  await repositories.repository(sessions).insert({
    ...{ id: uuid7(at / 1000), userId: user.id, kind: 'session', tokenHash: tokenHash(token) },
    ...{ expiresAt: at + idle, ipAddress: address.slice(0, 64), userAgent: agent?.slice(0, 512) ?? null },
  });
  await recordLogin(repositories, user.id, at);
  return token;
}

/** Whoever shows a token, with what it may; undefined where it is none, or over, or revoked. */
export async function principalOf(
  store: Store,
  token: string,
  at: Instant = now(),
): Promise<Principal | undefined> {
  if (!/^hf[st]_[\w-]{20,100}$/.test(token)) return undefined;
  const session = await findSession(store, token, at);
  if (session === undefined) return undefined;
  const user = await store.repository(users).get({ id: session.userId });
  if (user === undefined || !user.enabled) return undefined;
  await noteUse(store, session.id, session, at);
  const role: Role | null = effectiveRole(user.role, session.scopes);
  return { user, session, token, role };
}

async function noteUse(
  store: Store,
  id: string,
  { kind, createdAt, lastUsedAt, expiresAt }: Principal['session'],
  at: Instant,
): Promise<void> {
  if (lastUsedAt !== null && at - lastUsedAt < noted) return;
  const until = Math.min(at + idle, createdAt + longest);
  const prolonged = kind === 'session' && expiresAt !== null && until > expiresAt ? { expiresAt: until } : {};
  try {
    await store.repository(sessions).update({ id }, { lastUsedAt: at, ...prolonged });
  } catch (error) {
    // Where nothing can be written just now, reading goes on.
    if (!(error instanceof HoldfastError)) throw error;
  }
}

/** What a browser has to send beside its cookie: another site can make it send the one, and not read the other. */
export const csrfOf = (token: string): string =>
  createHash('sha256').update(`csrf:${token}`).digest('base64url').slice(0, 32);
