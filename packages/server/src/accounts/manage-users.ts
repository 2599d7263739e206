// Users as admins manage them: every change with its audit entry in one transaction, sessions ended where they must be.

import {
  formatInstant,
  HoldfastError,
  isHoldfastError,
  now,
  type Repositories,
  type Store,
} from '@holdfast/core';
import {
  type Actor,
  appendAudit,
  canonicalUsername,
  createUser,
  findUser,
  hashPassword,
  type NewUser,
  type Role,
  revokeSessions,
  type UserRecord,
  users,
} from '@holdfast/core/system';
import { optionalInstant } from '../shapes/instants.ts';
import { requirePassword } from './passwords.ts';

export const userJson = (user: UserRecord) => ({
  ...{
    id: user.id,
    username: user.username,
    displayName: user.displayName,
    role: user.role,
    enabled: user.enabled,
  },
  createdAt: formatInstant(user.createdAt),
  lastLoginAt: optionalInstant(user.lastLoginAt),
  passwordChangedAt: optionalInstant(user.passwordChangedAt),
});

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** By id or by name. @throws USER_NOT_FOUND */
export async function requireUser(repositories: Repositories, named: string): Promise<UserRecord> {
  const found = uuid.test(named)
    ? await repositories.repository(users).get({ id: named })
    : canonicalUsername(named).length <= 64 && named.isWellFormed() && !named.includes('\0')
      ? await findUser(repositories, named)
      : undefined;
  if (found !== undefined) return found;
  throw new HoldfastError('USER_NOT_FOUND', `there is no user ${JSON.stringify(named.slice(0, 80))}`);
}

/** All of them, by name. */
export async function listUsers(store: Store): Promise<UserRecord[]> {
  const all: UserRecord[] = [];
  for await (const rows of store.repository(users).stream({ orderBy: [['username']] })) all.push(...rows);
  return all;
}

/**
 * @param also done in the same transaction
 * @throws USER_EXISTS, PASSWORD_WEAK, RECORD_INVALID
 */
export async function addUser(
  store: Store,
  actor: Actor,
  user: NewUser,
  also?: (transaction: Repositories, id: string) => Promise<unknown>,
): Promise<UserRecord> {
  const username = canonicalUsername(user.username);
  if (username === '' || /[\s\p{Cc}/]/u.test(username))
    throw new HoldfastError(
      'RECORD_INVALID',
      'a username has no spaces, slashes or control characters, and is not empty',
    );
  if (user.password !== undefined) requirePassword(user.password);
  try {
    return await store.transaction(async (transaction) => {
      const id = await createUser(transaction, user);
      const after = { username, role: user.role ?? 'viewer', displayName: user.displayName ?? null };
      await appendAudit(transaction, actor, { action: 'create', entity: 'user', entityId: id, after });
      await also?.(transaction, id);
      return requireUser(transaction, id);
    });
  } catch (error) {
    if (!isHoldfastError(error) || error.code !== 'CONFLICT') throw error;
    throw new HoldfastError('USER_EXISTS', `there is a user named ${username}`);
  }
}

export interface UserPatch {
  readonly displayName?: string | null | undefined;
  readonly role?: Role | undefined;
  readonly enabled?: boolean | undefined;
}

/** A new role, and disabling, end all sessions and tokens of the user. @throws USER_NOT_FOUND, ADMIN_LAST */
export const changeUser = (
  store: Store,
  actor: Actor,
  named: string,
  patch: UserPatch,
): Promise<UserRecord> =>
  store.transaction(async (transaction) => {
    const before = await requireUser(transaction, named);
    const { id } = before;
    const after = { ...before, ...definedOf(patch) };
    if (before.role === 'admin' && before.enabled && (after.role !== 'admin' || !after.enabled))
      await requireOtherAdmin(transaction, before);
    const { displayName, role, enabled } = after;
    await transaction.repository(users).update({ id }, { displayName, role, enabled });
    if (role !== before.role || !enabled) await revokeSessions(transaction, id, now());
    const shown = (user: typeof after) => ({
      displayName: user.displayName,
      role: user.role,
      enabled: user.enabled,
    });
    const entry = {
      action: 'update',
      entity: 'user',
      entityId: id,
      before: shown(before),
      after: shown(after),
    };
    await appendAudit(transaction, actor, entry);
    return requireUser(transaction, id);
  });

/** Ends all sessions and tokens of the user. @throws USER_NOT_FOUND, PASSWORD_WEAK */
export async function setPassword(
  store: Store,
  actor: Actor,
  named: string,
  password: string,
): Promise<UserRecord> {
  const passwordHash = await hashPassword(requirePassword(password));
  return store.transaction(async (transaction) => {
    const { id } = await requireUser(transaction, named);
    const at = now();
    await transaction.repository(users).update({ id }, { passwordHash, passwordChangedAt: at });
    await revokeSessions(transaction, id, at);
    const details = { password: 'changed' };
    await appendAudit(transaction, actor, { action: 'update', entity: 'user', entityId: id, details });
    return requireUser(transaction, id);
  });
}

/** With their sessions and tokens; the audit keeps their names. @throws USER_NOT_FOUND, ADMIN_LAST */
export const removeUser = (store: Store, actor: Actor, named: string): Promise<UserRecord> =>
  store.transaction(async (transaction) => {
    const user = await requireUser(transaction, named);
    if (user.role === 'admin' && user.enabled) await requireOtherAdmin(transaction, user);
    await transaction.repository(users).delete({ id: user.id });
    const before = { username: user.username, role: user.role };
    await appendAudit(transaction, actor, { action: 'delete', entity: 'user', entityId: user.id, before });
    return user;
  });

async function requireOtherAdmin(repositories: Repositories, { id, username }: UserRecord): Promise<void> {
  const others = await repositories.repository(users).count({ role: 'admin', enabled: true, id: { ne: id } });
  if (others > 0) return;
  throw new HoldfastError('ADMIN_LAST', `${username} is the last admin: nobody could manage users any more`);
}

const definedOf = (patch: UserPatch) =>
  Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined)) as Partial<
    Pick<UserRecord, 'displayName' | 'role' | 'enabled'>
  >;
