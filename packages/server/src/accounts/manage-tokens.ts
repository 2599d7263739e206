// API tokens and sessions as they are managed: made, listed without what they are, revoked.

import { randomBytes } from 'node:crypto';
import {
  formatInstant,
  HoldfastError,
  type Instant,
  now,
  type Repositories,
  type Row,
  type Store,
} from '@holdfast/core';
import { uuid7 } from '@holdfast/core/sync';
import { type Actor, appendAudit, sessions, tokenHash, type UserRecord } from '@holdfast/core/system';
import { optionalInstant } from '../shapes/instants.ts';
import { listUsers } from './manage-users.ts';

export type SessionRecord = Row<typeof sessions>;

/** What tokens can be limited to, from the least. */
export const scopes = ['metrics', 'read', 'act', 'admin'] as const;
export type Scope = (typeof scopes)[number];

export interface NewToken {
  readonly label: string;
  readonly scopes?: readonly Scope[] | null | undefined;
  /** @default never */
  readonly expiresAt?: Instant | null | undefined;
}

export const tokenJson = (session: SessionRecord, username: string, current?: string) => ({
  ...{ id: session.id, kind: session.kind, user: session.userId, username, label: session.label },
  scopes: session.scopes,
  createdAt: formatInstant(session.createdAt),
  expiresAt: optionalInstant(session.expiresAt),
  lastUsedAt: optionalInstant(session.lastUsedAt),
  revokedAt: optionalInstant(session.revokedAt),
  ...{ ipAddress: session.ipAddress, userAgent: session.userAgent, current: session.id === current },
});

/** @returns the token itself, which is kept nowhere. @throws RECORD_INVALID */
export const makeToken = (
  store: Store,
  actor: Actor,
  user: UserRecord,
  { label, scopes: limited, expiresAt }: NewToken,
): Promise<{ readonly token: string; readonly session: SessionRecord }> =>
  store.transaction(async (transaction) => {
    const token = `hft_${randomBytes(32).toString('base64url')}`;
    const at = now();
    const id = uuid7(at / 1000);
    await transaction.repository(sessions).insert({
      ...{ id, userId: user.id, kind: 'token', tokenHash: tokenHash(token), label },
      ...{ scopes: limited == null ? null : [...limited], expiresAt: expiresAt ?? null },
    });
    const after = {
      label,
      scopes: limited ?? null,
      user: user.username,
      expiresAt: optionalInstant(expiresAt ?? null),
    };
    await appendAudit(transaction, actor, { action: 'create', entity: 'token', entityId: id, after });
    return { token, session: (await transaction.repository(sessions).get({ id }))! };
  });

export interface TokenQuery {
  readonly userId?: string;
  /** @default both */
  readonly kind?: SessionRecord['kind'];
}

/** Those that are good, newest first. */
export async function listTokens(store: Store, query: TokenQuery, current?: string) {
  const names = new Map((await listUsers(store)).map(({ id, username }) => [id, username]));
  const { items } = await store.repository(sessions).list({
    where: { ...query, revokedAt: null, or: [{ expiresAt: null }, { expiresAt: { gt: now() } }] },
    orderBy: [['createdAt', 'desc']],
    limit: 1_000,
  });
  return items.map((session) => tokenJson(session, names.get(session.userId) ?? '', current));
}

/** @param own limits it to those of a user. @throws TOKEN_NOT_FOUND */
export const revokeOne = (store: Store, actor: Actor, id: string, own?: string): Promise<void> =>
  store.transaction(async (transaction) => {
    const session = await findToken(transaction, id);
    if (session === undefined || session.revokedAt !== null || (own !== undefined && session.userId !== own))
      throw new HoldfastError(
        'TOKEN_NOT_FOUND',
        `there is no token or session ${JSON.stringify(id.slice(0, 80))}`,
      );
    await transaction.repository(sessions).update({ id }, { revokedAt: now() });
    const before = { label: session.label, kind: session.kind };
    await appendAudit(transaction, actor, { action: 'revoke', entity: 'token', entityId: id, before });
  });

const findToken = async (repositories: Repositories, id: string): Promise<SessionRecord | undefined> =>
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)
    ? repositories.repository(sessions).get({ id })
    : undefined;
