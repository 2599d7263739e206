// Who may sign in, the sessions and API tokens they hold, and tokens that no longer count.
// Only hashes are kept: what stands here signs nobody in.

import { bool, instant, json, oneOf, text, timestamps, uuid } from '../../schema/column.ts';
import { table } from '../../schema/table.ts';

export const users = table(
  'holdfast_users',
  {
    /** Version 7. Sessions and audit keep it, so a renamed user stays who he was. */
    id: uuid(),
    /** As `canonicalUsername` writes it, so that two spellings are never two users. */
    username: text(64).unique(),
    displayName: text(128).nullable(),
    /** PHC string; null for users who sign in elsewhere. */
    passwordHash: text(255).nullable(),
    passwordChangedAt: instant().nullable(),
    role: oneOf('viewer', 'operator', 'admin').default('viewer'),
    enabled: bool().default(true),
    ...timestamps,
    /** A gauge, so that signing in is no change of the user. */
    lastLoginAt: instant().metric(),
  },
  { key: ['id'], dataClass: 'critical', history: 'versions', indexes: [{ columns: ['role'] }] },
);

/** What a browser or a program shows instead of a password. */
export const sessions = table(
  'holdfast_sessions',
  {
    id: uuid(),
    userId: uuid().references(users, 'id', 'cascade'),
    kind: oneOf('session', 'token').default('session'),
    /** SHA-256 of the token, as hex. */
    tokenHash: text(64).unique(),
    /** The user's own name for an API token. */
    label: text(128).nullable(),
    /** What an API token may do; null means all that its user may. */
    scopes: json<string[]>().nullable(),
    /** Null: until revoked. */
    expiresAt: instant().nullable(),
    revokedAt: instant().nullable(),
    ipAddress: text(64).nullable(),
    userAgent: text(512).nullable(),
    ...timestamps,
    lastUsedAt: instant().metric(),
  },
  {
    key: ['id'],
    dataClass: 'operational',
    indexes: [{ columns: ['userId', 'kind'] }, { columns: ['expiresAt'] }],
    checks: { expiresOrIsToken: "expires_at IS NOT NULL OR kind = 'token'" },
  },
);

/** Tokens refused although nothing else is known of them: imported ones, and ones whose session is gone. */
export const revokedTokens = table(
  'holdfast_revoked_tokens',
  {
    /** SHA-256 of the token, as hex. */
    tokenHash: text(64),
    userId: uuid().nullable().references(users, 'id', 'set null'),
    reason: text(255).nullable(),
    revokedAt: instant(),
    /** From here on the token is refused for its age, and the row may go. */
    expiresAt: instant(),
  },
  { key: ['tokenHash'], dataClass: 'critical', indexes: [{ columns: ['expiresAt'] }] },
);

/** Who signs in elsewhere: which user a provider's account is. A name alone says nothing of that. */
export const identities = table(
  'holdfast_identities',
  {
    /** SHA-256 of issuer and subject, as hex. */
    id: text(64),
    issuer: text(512),
    /** The account's own id there, which never is another's. */
    subject: text(255),
    userId: uuid().references(users, 'id', 'cascade'),
    ...timestamps,
  },
  { key: ['id'], dataClass: 'critical', indexes: [{ columns: ['userId'] }] },
);
