// Users: made, found by name in any spelling, given a new password, seen signing in.

import type { Instant } from '../schema/instant.ts';
import { now } from '../schema/instant.ts';
import type { Row } from '../schema/table.ts';
import { uuid7 } from '../schema/uuid7.ts';
import type { Store } from '../store/open-store.ts';
import type { Repositories } from '../store/repository.ts';
import { hashPassword } from './passwords.ts';
import { revokeSessions } from './sessions.ts';
import { users } from './tables.ts';

export type UserRecord = Row<typeof users>;
export type Role = UserRecord['role'];

/** The one spelling of a username: `Ann`, `ANN` and a full-width `Ａnn` are `ann`. */
export const canonicalUsername = (name: string): string => name.normalize('NFKC').trim().toLowerCase();

export interface NewUser {
  readonly username: string;
  readonly displayName?: string;
  /** None for users who sign in elsewhere. */
  readonly password?: string;
  /** @default 'viewer' */
  readonly role?: Role;
}

/** @returns the id. @throws CONFLICT where the name is taken, RECORD_INVALID */
export async function createUser(
  repositories: Repositories,
  { username, displayName, password, role }: NewUser,
): Promise<string> {
  const at = now();
  const id = uuid7(at / 1000);
  await repositories.repository(users).insert({
    id,
    username: canonicalUsername(username),
    displayName: displayName ?? null,
    passwordHash: password === undefined ? null : await hashPassword(password),
    passwordChangedAt: password === undefined ? null : at,
    role,
  });
  return id;
}

export async function findUser(
  repositories: Repositories,
  username: string,
): Promise<UserRecord | undefined> {
  const where = { username: canonicalUsername(username) };
  return (await repositories.repository(users).list({ where, limit: 1 })).items[0];
}

/** Sets a password and ends the user's sessions, in one transaction. @returns false when there is no such user */
export async function changePassword(store: Store, id: string, password: string): Promise<boolean> {
  const passwordHash = await hashPassword(password);
  return store.transaction(async (transaction) => {
    const at = now();
    await revokeSessions(transaction, id, at);
    return transaction.repository(users).update({ id }, { passwordHash, passwordChangedAt: at });
  });
}

/** @returns false when there is no such user */
export const recordLogin = (repositories: Repositories, id: string, at: Instant = now()): Promise<boolean> =>
  repositories.repository(users).update({ id }, { lastLoginAt: at });
