// What servers of one database know together of requests: those that were answered, and tries to sign in.

import { instant, int, json, oneOf, text } from '../../schema/column.ts';
import { table } from '../../schema/table.ts';

/** Requests that came with a key: whoever repeats one is answered as before. */
export const answeredRequests = table(
  'holdfast_answered_requests',
  {
    /** SHA-256 of user and key, as hex. */
    id: text(64),
    /** SHA-256 of the request itself. */
    request: text(64),
    /** While it is `begun`, whoever comes again waits. */
    state: oneOf('begun', 'answered').default('begun'),
    /** The server that is at it, as leases name processes. */
    owner: text(255),
    status: int().nullable(),
    body: json().nullable(),
    headers: json<Record<string, string>>().nullable(),
    /** Then it is forgotten. */
    expiresAt: instant(),
  },
  { key: ['id'], dataClass: 'informational', indexes: [{ columns: ['expiresAt'] }] },
);

/** Tries to sign in that failed, of a name or from an address. */
export const signInTries = table(
  'holdfast_sign_in_tries',
  {
    /** SHA-256 of name or address, as hex. */
    id: text(64),
    failures: int(),
    /** Until then nothing is tried. */
    waitUntil: instant().nullable(),
    /** Then it is forgotten. */
    expiresAt: instant(),
  },
  { key: ['id'], dataClass: 'informational', indexes: [{ columns: ['expiresAt'] }] },
);
