// How an apply ended, as the plan's record and the audit log keep it.

import type { HoldfastError } from '../errors.ts';
import { now } from '../schema/instant.ts';
import type { Repositories } from '../store/repository.ts';
import { type Actor, appendAudit } from '../system/audit.ts';
import { plans } from '../system/tables.ts';
import type { StepDone } from './intent-file.ts';
import { type Effects, type Plan, sumEffects } from './shape.ts';

export interface Applied {
  readonly id: string;
  readonly plan: Plan;
  readonly actor: Actor;
}

export const effectsOf = (done: readonly StepDone[]): Effects =>
  sumEffects(done.map(({ effects }) => effects));

/** In the transaction that made it true, where there is one. @returns false when the plan is not being applied */
export async function markApplied(
  repositories: Repositories,
  { id, plan, actor }: Applied,
  done: readonly StepDone[],
): Promise<boolean> {
  const effects = effectsOf(done);
  const changed = await repositories
    .repository(plans)
    .updateMany(
      { id, state: 'applying' },
      { state: 'applied', finishedAt: now(), result: { effects, steps: [...done] } },
    );
  if (changed === 0) return false;
  const { kind, hash, title } = plan;
  await appendAudit(repositories, actor, {
    ...{ action: 'apply', entity: 'plan', entityId: id },
    details: { kind, hash, title, effects },
  });
  return true;
}

/** @returns false when the plan is not being applied */
export async function markFailed(
  repositories: Repositories,
  { id, plan, actor }: Applied,
  error: HoldfastError,
): Promise<boolean> {
  const { code, message, hint } = error;
  const changed = await repositories
    .repository(plans)
    .updateMany(
      { id, state: 'applying' },
      { state: 'failed', finishedAt: now(), error: { code, message, hint } },
    );
  if (changed === 0) return false;
  const { kind, hash, title } = plan;
  await appendAudit(repositories, actor, {
    ...{ action: 'apply-failed', entity: 'plan', entityId: id },
    details: { kind, hash, title, error: { code, message } },
  });
  return true;
}
