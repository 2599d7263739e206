// Schema updates: what was planned, who agreed to exactly that plan, and how it went.

import { instant, int, json, oneOf, text, timestamps, uuid } from '../../schema/column.ts';
import { table } from '../../schema/table.ts';

/** It refers to nothing: going back to an archive must not take the record of the attempt along. */
export const updates = table(
  'holdfast_updates',
  {
    /** Version 7. */
    id: uuid(),
    /** SHA-256 of the plan, as hex: what was shown is what runs. */
    planHash: text(64),
    plan: json<Record<string, unknown>>(),
    /** Newest migration of each domain, by name. */
    fromVersions: json<Record<string, string>>(),
    toVersions: json<Record<string, string>>(),
    state: oneOf(
      'planned',
      'rehearsed',
      'consented',
      'applying',
      'verifying',
      'applied',
      'rolled_back',
      'failed',
      'abandoned',
    ).default('planned'),
    /** Measured on a copy: duration, peak of disk use, rows by table. */
    rehearsal: json<Record<string, unknown>>().nullable(),
    /** What each gate said, with its evidence. */
    gates: json<unknown[]>().nullable(),
    consentedBy: text(255).nullable(),
    consentedAt: instant().nullable(),
    /** The way back. */
    archiveId: uuid().nullable(),
    jobId: uuid().nullable(),
    stepsDone: int().default(0),
    startedAt: instant().nullable(),
    finishedAt: instant().nullable(),
    durationMs: int().nullable(),
    error: json<{ code: string; message: string; hint: string }>().nullable(),
    ...timestamps,
  },
  {
    key: ['id'],
    dataClass: 'critical',
    indexes: [{ columns: ['state'] }, { columns: ['createdAt'] }, { columns: ['planHash'] }],
    checks: { consentIsWhole: '(consented_by IS NULL) = (consented_at IS NULL)' },
  },
);
