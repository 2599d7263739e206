// Plans in the database: made by one, looked at and agreed to by another, applied at most once.

import { HoldfastError } from '../errors.ts';
import { formatInstant, type Instant, now } from '../schema/instant.ts';
import type { Row } from '../schema/table.ts';
import { uuid7 } from '../schema/uuid7.ts';
import type { ListOptions, Page, Repositories } from '../store/repository.ts';
import { plans } from '../system/tables.ts';
import { type Consent, type ConsentOptions, giveConsent } from './consent.ts';
import type { Json } from './json.ts';
import { type Plan, planHash, requireFresh } from './shape.ts';

export type PlanRecord = Row<typeof plans>;
export type PlanState = PlanRecord['state'];

export interface StoredPlan<S extends Json = Json> {
  readonly id: string;
  readonly plan: Plan<S>;
  readonly state: PlanState;
  /** The last one given. */
  readonly consent: Consent | undefined;
  readonly record: PlanRecord;
}

/** Keeps a plan until somebody decides; call it in the transaction of what made it. @returns its id */
export async function storePlan(
  repositories: Repositories,
  plan: Plan,
  {
    id = uuid7(plan.createdAt / 1000),
    requestedBy,
  }: { readonly id?: string; readonly requestedBy?: string } = {},
): Promise<string> {
  const { kind, hash, title, expiresAt } = plan;
  await repositories.repository(plans).insert({
    ...{ id, kind, hash, expiresAt, plan: { ...plan } },
    title: title.length > 512 ? `${title.slice(0, 511)}\u2026` : title,
    requestedBy: requestedBy ?? null,
  });
  return id;
}

/** @throws PLAN_NOT_FOUND, PLAN_ALTERED when it is not what its hash says */
export async function requirePlan(repositories: Repositories, id: string): Promise<StoredPlan> {
  const record = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)
    ? await repositories.repository(plans).get({ id })
    : undefined;
  if (record === undefined) throw new HoldfastError('PLAN_NOT_FOUND', `there is no plan ${id}`);
  return storedPlan(record);
}

function storedPlan(record: PlanRecord): StoredPlan {
  const plan = record.plan as unknown as Plan;
  if (plan.hash !== record.hash || planHash(plan) !== record.hash)
    throw new HoldfastError('PLAN_ALTERED', `the stored plan ${record.id} was changed: ${record.title}`);
  const { id, state, hash, consentedBy, consentedVia, consentedAt, consentExpiresAt } = record;
  const consent =
    consentedBy === null
      ? undefined
      : {
          ...{ hash, by: consentedBy, via: consentedVia ?? '' },
          ...{ at: consentedAt!, expiresAt: consentExpiresAt ?? consentedAt! },
        };
  return { id, plan, state, consent, record };
}

export interface PlanQuery {
  readonly kind?: string;
  readonly state?: PlanState;
}

/** One page of plans, newest first. */
export const listPlans = (
  repositories: Repositories,
  query: PlanQuery = {},
  page: Pick<ListOptions<typeof plans>, 'limit' | 'after'> = {},
): Promise<Page<PlanRecord>> =>
  repositories.repository(plans).list({ where: { ...query }, orderBy: [['createdAt', 'desc']], ...page });

/**
 * Agrees to a stored plan. Given again, the newest counts.
 * @param hash of the plan that was shown: somebody who looked at another one agreed to nothing here
 * @throws PLAN_NOT_FOUND, PLAN_ALTERED, CONSENT_MISMATCH, PLAN_EXPIRED, PLAN_SETTLED
 */
export async function consentToPlan(
  repositories: Repositories,
  id: string,
  hash: string,
  options: ConsentOptions,
): Promise<Consent> {
  const { plan } = await requirePlan(repositories, id);
  const consent = giveConsent({ hash }, options);
  if (hash !== plan.hash)
    throw new HoldfastError('CONSENT_MISMATCH', `what was agreed to is not the plan ${id}: ${plan.title}`, {
      details: { hash: plan.hash, consented: hash },
    });
  requireFresh(plan, consent.at);
  const changed = await repositories
    .repository(plans)
    .updateMany({ id, ...undecided }, { state: 'consented', ...consentColumns(consent) });
  if (changed === 0) throw await settled(repositories, id);
  return consent;
}

/** @throws PLAN_NOT_FOUND, PLAN_SETTLED */
export async function discardPlan(
  repositories: Repositories,
  id: string,
  at: Instant = now(),
): Promise<void> {
  const changed = await repositories
    .repository(plans)
    .updateMany({ id, ...undecided }, { state: 'discarded', finishedAt: at });
  if (changed === 0) throw await settled(repositories, id);
}

/** Marks plans that nobody decided on in time. @returns how many */
export const expirePlans = (repositories: Repositories, at: Instant = now()): Promise<number> =>
  repositories
    .repository(plans)
    .updateMany({ ...undecided, expiresAt: { lte: at } }, { state: 'expired', finishedAt: at });

/** Plans on which it can still be decided. */
export const undecided = { state: { in: ['open', 'consented'] } } as const;

export const consentColumns = ({ by, via, at, expiresAt }: Consent) => ({
  consentedBy: by,
  consentedVia: via,
  consentedAt: at,
  consentExpiresAt: expiresAt,
});

/** The refusal of a plan on which it was decided. @throws PLAN_NOT_FOUND */
export async function settled(repositories: Repositories, id: string): Promise<HoldfastError> {
  const { plan, state, record } = await requirePlan(repositories, id);
  const since = record.finishedAt === null ? '' : ` since ${formatInstant(record.finishedAt)}`;
  return new HoldfastError('PLAN_SETTLED', `the plan ${id} is ${state}${since}: ${plan.title}`);
}
