// Long work, and who may do it: jobs with their progress, leases between processes.

import { instant, int, json, oneOf, text, timestamps, uuid } from '../../schema/column.ts';
import { table } from '../../schema/table.ts';

/** A right that one process has at a time. A row stays when the lease is free, so that its token only grows. */
export const leases = table(
  'holdfast_leases',
  {
    name: text(255),
    /** Null while it is free. */
    owner: text(255).nullable(),
    /** The fencing token: one more with each new owner. */
    token: int(),
    acquiredAt: instant(),
    expiresAt: instant(),
  },
  {
    key: ['name'],
    dataClass: 'informational',
    indexes: [{ columns: ['expiresAt'] }],
    checks: { tokenPositive: 'token > 0' },
  },
);

export const jobs = table(
  'holdfast_jobs',
  {
    /** Version 7. */
    id: uuid(),
    /** As `sync`, `backup`, `update`. */
    kind: text(64),
    state: oneOf('queued', 'running', 'done', 'failed', 'cancelled', 'interrupted').default('queued'),
    /** Step of the work, by name. */
    phase: text(64).nullable(),
    params: json<Record<string, unknown>>().nullable(),
    result: json().nullable(),
    /** `{code, message, hint}` of a job that failed. */
    error: json<{ code: string; message: string; hint: string }>().nullable(),
    requestedBy: text(255).nullable(),
    /** The lease under which it runs, and the token it had: another token means its process is gone. */
    lease: text(255).nullable(),
    leaseToken: int().nullable(),
    cancelRequestedAt: instant().nullable(),
    startedAt: instant().nullable(),
    finishedAt: instant().nullable(),
    ...timestamps,
    /** Units of the work itself: rows, requests, bytes. */
    done: int().metric(),
    total: int().metric(),
    message: text(512).metric(),
  },
  {
    key: ['id'],
    dataClass: 'operational',
    indexes: [{ columns: ['state', 'kind'] }, { columns: ['kind', 'createdAt'] }],
    checks: {
      runningUnderLease: "state <> 'running' OR (lease IS NOT NULL AND lease_token IS NOT NULL)",
      finishedWhenOver: "(state IN ('queued', 'running')) = (finished_at IS NULL)",
    },
  },
);
