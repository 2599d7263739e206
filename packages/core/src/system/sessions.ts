// Sessions, API tokens and revoked tokens: is this token still good, and what is too old to keep.

import { createHash } from 'node:crypto';
import type { Instant } from '../schema/instant.ts';
import { now } from '../schema/instant.ts';
import type { Row } from '../schema/table.ts';
import type { Store } from '../store/open-store.ts';
import type { Repositories } from '../store/repository.ts';
import { revokedTokens, sessions } from './tables.ts';

/** What is kept of a token. Tokens are long and random, so one pass is enough. */
export const tokenHash = (token: string): string => createHash('sha256').update(token).digest('hex');

/** The session or API token a bearer shows, unless it was revoked or has run out. */
export async function findSession(
  repositories: Repositories,
  token: string,
  at: Instant = now(),
): Promise<Row<typeof sessions> | undefined> {
  const hash = tokenHash(token);
  const { items } = await repositories
    .repository(sessions)
    .list({ where: { tokenHash: hash, revokedAt: null }, limit: 1 });
  const session = items[0];
  if (session === undefined || (session.expiresAt !== null && session.expiresAt <= at)) return undefined;
  return (await isRevoked(repositories, token)) ? undefined : session;
}

/** Whether a token was revoked by itself, whatever made it. */
export const isRevoked = async (repositories: Repositories, token: string): Promise<boolean> =>
  (await repositories.repository(revokedTokens).get({ tokenHash: tokenHash(token) })) !== undefined;

export interface Revocation {
  readonly token: string;
  /** When the token would have run out by itself. */
  readonly expiresAt: Instant;
  readonly userId?: string;
  readonly reason?: string;
}

/** Refuses one token from now on. */
export const revokeToken = (
  repositories: Repositories,
  { token, expiresAt, userId, reason }: Revocation,
): Promise<void> =>
  repositories.repository(revokedTokens).upsert({
    tokenHash: tokenHash(token),
    userId: userId ?? null,
    reason: reason ?? null,
    revokedAt: now(),
    expiresAt,
  });

/** Ends every session and API token of a user. @returns how many were open */
export const revokeSessions = (
  repositories: Repositories,
  userId: string,
  at: Instant = now(),
): Promise<number> =>
  repositories.repository(sessions).updateMany({ userId, revokedAt: null }, { revokedAt: at });

/** Deletes what is refused for its age anyway. @returns rows deleted */
export const pruneTokens = (store: Store, at: Instant = now()): Promise<number> =>
  store.transaction(async (transaction) => {
    const where = { expiresAt: { lte: at } };
    const old = await transaction.repository(sessions).deleteMany(where);
    return old + (await transaction.repository(revokedTokens).deleteMany(where));
  });
