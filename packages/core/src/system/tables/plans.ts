// Plans of what is dangerous: what was shown, who agreed to exactly that, and how it went.

import { instant, json, oneOf, text, timestamps, uuid } from '../../schema/column.ts';
import { table } from '../../schema/table.ts';

/** It refers to nothing: a plan may replace what it speaks of, and its record must outlive that. */
export const plans = table(
  'holdfast_plans',
  {
    /** Version 7. */
    id: uuid(),
    /** As `undo`, `sweep`, `restore`. */
    kind: text(64),
    /** SHA-256 of what counts in the plan, as hex: what was shown is what runs. */
    hash: text(64),
    title: text(512),
    plan: json<Record<string, unknown>>(),
    state: oneOf('open', 'consented', 'applying', 'applied', 'failed', 'discarded', 'expired').default(
      'open',
    ),
    requestedBy: text(255).nullable(),
    consentedBy: text(255).nullable(),
    /** `cli`, `api`, `schedule` */
    consentedVia: text(32).nullable(),
    consentedAt: instant().nullable(),
    consentExpiresAt: instant().nullable(),
    /** After it the plan is not applied: what it was made from is too old. */
    expiresAt: instant(),
    startedAt: instant().nullable(),
    finishedAt: instant().nullable(),
    /** What was done, counted by step. */
    result: json<Record<string, unknown>>().nullable(),
    error: json<{ code: string; message: string; hint: string }>().nullable(),
    ...timestamps,
  },
  {
    key: ['id'],
    dataClass: 'important',
    indexes: [{ columns: ['state', 'kind'] }, { columns: ['createdAt'] }, { columns: ['hash'] }],
    checks: {
      consentIsWhole: '(consented_by IS NULL) = (consented_at IS NULL)',
      appliedUnderConsent: "state NOT IN ('applying', 'applied') OR consented_by IS NOT NULL",
    },
  },
);
