// The steps of a plan and their proof, in one transaction or one by one.

import { HoldfastError } from '../errors.ts';
import type { Store } from '../store/open-store.ts';
import type { Repositories } from '../store/repository.ts';
import type { StepDone } from './intent-file.ts';
import type { AnyPlanKind, PlanContext } from './kinds.ts';
import { effectDifferences, makePlan, type Plan } from './shape.ts';

/** What every part of an apply works with. */
export interface Work {
  readonly store: Store;
  readonly kind: AnyPlanKind;
  readonly plan: Plan;
  readonly context: PlanContext;
  readonly onStep: ((step: string, done: number, of: number) => void) | undefined;
}

/** @throws PLAN_STALE when the kind would do something else by now */
export async function requireCurrent({ kind, plan }: Work, context: PlanContext): Promise<void> {
  const current = makePlan(await kind.revise(plan, context), { at: context.at });
  if (current.hash === plan.hash) return;
  throw new HoldfastError('PLAN_STALE', `what it would do is no longer what was shown: ${plan.title}`, {
    details: { hash: plan.hash, current: current.hash, title: current.title },
  });
}

/** Does the steps in their order. @param record is called after each */
export async function doSteps(
  { kind, plan, onStep }: Work,
  context: PlanContext,
  record: (done: StepDone) => Promise<void>,
): Promise<StepDone[]> {
  const all: StepDone[] = [];
  for (const step of plan.steps) {
    context.signal?.throwIfAborted();
    const done = { step: step.id, effects: await kind.step(step, plan, context) };
    await record(done);
    all.push(done);
    onStep?.(step.id, all.length, plan.steps.length);
  }
  return all;
}

/** Compares what was done with what was planned, count by count, and lets the kind look. @throws PROOF_FAILED */
export async function requireProof(
  { kind, plan }: Work,
  done: readonly StepDone[],
  context: PlanContext,
): Promise<void> {
  const counted = plan.steps.flatMap(({ id, effects }, index) =>
    effectDifferences(effects, done[index]?.effects ?? {}).map((difference) => `${id}: ${difference}`),
  );
  const seen = (await kind.prove?.(plan, done, context)) ?? [];
  const differences = [...counted, ...seen];
  if (differences.length === 0) return;
  const became = kind.atomic ? 'all of it was taken back' : 'what was done stays';
  throw new HoldfastError('PROOF_FAILED', `${plan.title}: ${differences.join('; ')}; ${became}`, {
    details: { differences },
  });
}

/** Ends a transaction that was only for looking. */
class Looked extends Error {}

/**
 * Revises, does and proves in one transaction.
 * @param seal is called as its last part; without it, everything is taken back
 */
export async function performAtomic(
  work: Work,
  seal: ((repositories: Repositories, done: readonly StepDone[]) => Promise<void>) | undefined,
): Promise<StepDone[]> {
  const { store, context } = work;
  let looked: StepDone[] = [];
  try {
    return await store.transaction(
      async (transaction) => {
        const inside = { ...context, repositories: transaction, transaction };
        await requireCurrent(work, inside);
        const done = await doSteps(work, inside, async () => {});
        await requireProof(work, done, inside);
        if (seal === undefined) {
          looked = done;
          throw new Looked();
        }
        await seal(transaction, done);
        return done;
      },
      { signal: context.signal },
    );
  } catch (error) {
    if (error instanceof Looked) return looked;
    throw error;
  }
}
