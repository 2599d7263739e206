// The audit log: who did what to what, by which way, and what changed.

import type { Instant } from '../schema/instant.ts';
import { now } from '../schema/instant.ts';
import type { Row } from '../schema/table.ts';
import { uuid7 } from '../schema/uuid7.ts';
import type { ListOptions, Page, Repositories } from '../store/repository.ts';
import { auditDelta } from './audit-delta.ts';
import { auditLogs } from './tables.ts';

export type AuditRecord = Row<typeof auditLogs>;

export interface Actor {
  readonly name: string;
  /** `cli`, `api`, `schedule`, `import` */
  readonly via: string;
}

export interface AuditEntry {
  /** A verb, as `create`. */
  readonly action: string;
  /** A resource or a kind of thing, as `dns.record` or `setting`. */
  readonly entity: string;
  readonly entityId?: string;
  /** Of two objects only the properties that differ are kept. */
  readonly before?: unknown;
  readonly after?: unknown;
  readonly details?: unknown;
}

/** Call it in the transaction of what it tells of: both are stored or neither. @returns the entry's id */
export async function appendAudit(
  repositories: Repositories,
  { name, via }: Actor,
  { action, entity, entityId, details, ...change }: AuditEntry,
): Promise<string> {
  const at = now();
  const id = uuid7(at / 1000);
  const { before, after } = auditDelta(change.before ?? null, change.after ?? null);
  await repositories.repository(auditLogs).insert({
    id,
    at,
    actor: name,
    via,
    action,
    entity,
    entityId: entityId ?? null,
    before,
    after,
    details: details ?? null,
  });
  return id;
}

export interface AuditQuery {
  readonly actor?: string;
  readonly action?: string;
  readonly entity?: string;
  readonly entityId?: string;
  /** Included. */
  readonly from?: Instant;
  /** Not included. */
  readonly to?: Instant;
}

/** One page of entries, newest first. */
export function listAudit(
  repositories: Repositories,
  { from, to, ...equal }: AuditQuery = {},
  page: Pick<ListOptions<typeof auditLogs>, 'limit' | 'after'> = {},
): Promise<Page<AuditRecord>> {
  const since = from === undefined ? {} : { gte: from };
  const until = to === undefined ? {} : { lt: to };
  const at = from === undefined && to === undefined ? {} : { at: { ...since, ...until } };
  return repositories.repository(auditLogs).list({
    where: { ...equal, ...at },
    orderBy: [['at', 'desc']],
    ...page,
  });
}

/** Deletes entries older than an instant. @returns rows deleted */
export const pruneAudit = (repositories: Repositories, before: Instant): Promise<number> =>
  repositories.repository(auditLogs).deleteMany({ at: { lt: before } });
