// Plans, as the API answers with them.

import { formatInstant } from '@holdfast/core';
import type { Plan, PlanRecord } from '@holdfast/core/plan';
import { optionalInstant } from './instants.ts';

export function planJson(record: PlanRecord) {
  const { steps, hazards, wayBack, subject } = record.plan as unknown as Plan;
  return {
    ...{ id: record.id, kind: record.kind, hash: record.hash, title: record.title, state: record.state },
    ...{ steps, hazards, wayBack, subject },
    ...{ requestedBy: record.requestedBy, consentedBy: record.consentedBy },
    createdAt: formatInstant(record.createdAt),
    expiresAt: formatInstant(record.expiresAt),
    finishedAt: optionalInstant(record.finishedAt),
    ...{ result: record.result, error: record.error },
  };
}
