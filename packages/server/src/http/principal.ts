// Whoever asks: the user, by which session or token, and what that may.

import { HoldfastError } from '@holdfast/core';
import type { Role, UserRecord } from '@holdfast/core/system';
import type { Scope, SessionRecord } from '../accounts/manage-tokens.ts';

export interface Principal {
  readonly user: UserRecord;
  readonly session: SessionRecord;
  /** The token itself, for what derives from it. */
  readonly token: string;
  /** What this request may: the lesser of the user's role and the scopes. Null: nothing but what a scope names. */
  readonly role: Role | null;
}

const ranks: Readonly<Record<Role, number>> = { viewer: 1, operator: 2, admin: 3 };

const roleOf: Readonly<Record<Scope, Role | null>> = {
  metrics: null,
  read: 'viewer',
  act: 'operator',
  admin: 'admin',
};

/** The lesser of the two. Null scopes are all that the user may. */
export function effectiveRole(role: Role, given: readonly string[] | null): Role | null {
  if (given === null) return role;
  const granted = given.map((scope) => roleOf[scope as Scope] ?? null).filter((each) => each !== null);
  const most = granted.toSorted((one, other) => ranks[other] - ranks[one])[0];
  if (most === undefined) return null;
  return ranks[most] < ranks[role] ? most : role;
}

export const mayAct = (role: Role | null, needs: Role): boolean =>
  role !== null && ranks[role] >= ranks[needs];

/** @throws ROLE_TOO_LOW */
export function requireRole({ role, user }: Principal, needs: Role): void {
  if (mayAct(role, needs)) return;
  throw new HoldfastError(
    'ROLE_TOO_LOW',
    `this takes the role ${needs}; ${user.username} has ${role ?? 'none'} here`,
    {
      details: { needs, role },
    },
  );
}
