// What people say of differences: this one is known; those do not count.

import { HoldfastError } from '../errors.ts';
import type { Resource } from '../schema/domain.ts';
import { type Instant, now } from '../schema/instant.ts';
import type { Row } from '../schema/table.ts';
import { uuid7 } from '../schema/uuid7.ts';
import type { Store } from '../store/open-store.ts';
import type { Repositories } from '../store/repository.ts';
import { driftItems, driftRules } from '../system/tables.ts';
import { type FoundDifference, fingerprintOf } from './check.ts';
import { matchesWord, type PathPattern, pathPattern } from './path.ts';

export type DriftRuleRecord = Row<typeof driftRules>;
type Found = Omit<FoundDifference, 'acknowledged'>;

export interface NewDriftRule {
  readonly reason?: string | undefined;
  readonly by: string;
  /** Until when it holds. @default for good */
  readonly expiresAt?: Instant | undefined;
  readonly at?: Instant;
}

/**
 * Takes note of one open difference: it no longer counts, until its values change, it is gone, or the time is over.
 * @throws DRIFT_NOT_FOUND with the paths there are
 */
export const acknowledgeDrift = (
  store: Store,
  resource: Resource,
  recordId: string,
  path: string,
  { reason, by, expiresAt, at = now() }: NewDriftRule,
): Promise<DriftRuleRecord> =>
  store.transaction(async (transaction) => {
    const items = transaction.repository(driftItems);
    const { items: open } = await items.list({
      where: { resource: resource.name, recordId, state: { ne: 'resolved' } },
      limit: 10_000,
    });
    const item = open.find((each) => each.path === path);
    if (item === undefined)
      throw new HoldfastError(
        'DRIFT_NOT_FOUND',
        `${resource.name} ${recordId} has no open difference at ${path}`,
        {
          hint:
            open.length === 0
              ? `holdfast drift ${resource.name} ${recordId} looks for some`
              : `There are ${open.map((each) => each.path).join(', ')}`,
        },
      );
    const rules = transaction.repository(driftRules);
    await forget(transaction, resource.name, recordId, path);
    const id = uuid7(at / 1000);
    await rules.insert({
      ...{ id, kind: 'acknowledge', resource: resource.name, recordId, path, setBy: by },
      ...{ fingerprint: fingerprintOf(item), reason: reason ?? null, expiresAt: expiresAt ?? null },
    });
    await items.update({ id: item.id }, { state: 'acknowledged' });
    return (await rules.get({ id }))!;
  });

/** Takes an acknowledgement back. @returns false when there was none */
export const unacknowledgeDrift = (
  store: Store,
  resource: Resource,
  recordId: string,
  path: string,
): Promise<boolean> =>
  store.transaction(async (transaction) => {
    const gone = await forget(transaction, resource.name, recordId, path);
    const items = transaction.repository(driftItems);
    const { items: found } = await items.list({
      where: { resource: resource.name, recordId, state: 'acknowledged' },
      limit: 10_000,
    });
    for (const item of found) if (item.path === path) await items.update({ id: item.id }, { state: 'open' });
    return gone > 0;
  });

async function forget(
  repositories: Repositories,
  resource: string,
  recordId: string,
  path: string,
): Promise<number> {
  const rules = repositories.repository(driftRules);
  const { items } = await rules.list({ where: { kind: 'acknowledge', resource, recordId }, limit: 10_000 });
  const same = items.filter((rule) => rule.path === path);
  for (const { id } of same) await rules.delete({ id });
  return same.length;
}

/** Paths that are not compared. In resource and record `*` stands for any part, in the path see `pathPattern`. */
export async function ignoreDrift(
  repositories: Repositories,
  {
    resource,
    recordId = '*',
    path,
    ...rule
  }: NewDriftRule & { readonly resource: string; readonly recordId?: string; readonly path: string },
): Promise<DriftRuleRecord> {
  const { reason, by, expiresAt, at = now() } = rule;
  const rules = repositories.repository(driftRules);
  const id = uuid7(at / 1000);
  await rules.insert({
    ...{ id, kind: 'ignore', resource, recordId, path, setBy: by },
    ...{ reason: reason ?? null, expiresAt: expiresAt ?? null },
  });
  return (await rules.get({ id }))!;
}

/** All of a kind, oldest first. */
export async function listDriftRules(
  repositories: Repositories,
  kind?: DriftRuleRecord['kind'],
): Promise<DriftRuleRecord[]> {
  const all: DriftRuleRecord[] = [];
  const where = kind === undefined ? {} : { kind };
  for await (const rows of repositories.repository(driftRules).stream({ where, orderBy: [['id']] }))
    all.push(...rows);
  return all;
}

/** @throws DRIFT_NOT_FOUND */
export async function removeDriftRule(repositories: Repositories, id: string): Promise<void> {
  const known = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);
  if (known && (await repositories.repository(driftRules).delete({ id }))) return;
  throw new HoldfastError('DRIFT_NOT_FOUND', `there is no rule ${id}`, { hint: 'holdfast drift ignore' });
}

/** Whether a rule holds at an instant. */
const holds = ({ expiresAt }: DriftRuleRecord, at: Instant): boolean => expiresAt === null || expiresAt > at;

/** What is ignored of a record. */
export function ignoredOf(
  ignores: readonly DriftRuleRecord[],
  resource: string,
  at: Instant,
): (recordId: string) => PathPattern {
  const own = ignores
    .filter((rule) => holds(rule, at) && matchesWord(rule.resource, resource))
    .map((rule) => ({ recordId: rule.recordId, pattern: pathPattern(rule.path) }));
  return (recordId) => {
    const patterns = own.filter((rule) => matchesWord(rule.recordId, recordId));
    return (segments, below) => patterns.some(({ pattern }) => pattern(segments, below));
  };
}

/** Acknowledgements of a record: of what was found, which are acknowledged, and which rules are over. */
export function acknowledgedOf(
  rules: readonly DriftRuleRecord[],
  found: readonly Found[],
  at: Instant,
): { readonly differences: FoundDifference[]; readonly over: string[] } {
  const of = (difference: Found): DriftRuleRecord | undefined =>
    rules.find((rule) => rule.path === difference.path && rule.fingerprint === difference.fingerprint);
  const used = new Set(found.flatMap((difference) => of(difference)?.id ?? []));
  return {
    differences: found.map((difference) => {
      const rule = of(difference);
      return { ...difference, acknowledged: rule !== undefined && holds(rule, at) };
    }),
    over: rules.filter((rule) => !used.has(rule.id) || !holds(rule, at)).map(({ id }) => id),
  };
}
