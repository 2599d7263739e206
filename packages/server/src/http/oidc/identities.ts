// The user that an account of a provider is: known by the account's id, made at its first visit, with the role of today.

import { createHash } from 'node:crypto';
import { HoldfastError, type Store } from '@holdfast/core';
import { identities, type UserRecord, users } from '@holdfast/core/system';
import { addUser, changeUser } from '../../accounts/manage-users.ts';
import type { Identity } from './provider.ts';

/**
 * A user of the same name who signs in with a password stays another one: whoever may choose names there must not become
 * somebody here.
 * @throws USER_EXISTS, SIGN_IN_FAILED for one that is disabled, ADMIN_LAST
 */
export async function userOf(
  store: Store,
  { issuer, subject, role, ...account }: Identity,
): Promise<UserRecord> {
  const id = createHash('sha256').update(`${issuer}\n${subject}`).digest('hex');
  const actor = { name: account.username.slice(0, 64), via: 'oidc' };
  const known = await store.repository(identities).get({ id });
  if (known === undefined) {
    const { username, displayName } = account;
    const named = displayName === undefined ? {} : { displayName };
    return addUser(store, actor, { username, role, ...named }, async (transaction, userId) =>
      transaction.repository(identities).insert({ id, issuer, subject, userId }),
    );
  }
  const user = (await store.repository(users).get({ id: known.userId }))!;
  if (!user.enabled) throw new HoldfastError('SIGN_IN_FAILED', `the user ${user.username} is disabled`);
  return user.role === role ? user : changeUser(store, actor, user.id, { role });
}
