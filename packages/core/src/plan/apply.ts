// Applies a plan: nothing but what was shown, only under consent, at most once, with a proof, and an end in every case.

import { randomUUID } from 'node:crypto';
import { HoldfastError, isHoldfastError } from '../errors.ts';
import { type HeldLease, holdLease } from '../job/held-lease.ts';
import { isCancellation } from '../job/module-messages.ts';
import { type Instant, now } from '../schema/instant.ts';
import { uuid7 } from '../schema/uuid7.ts';
import type { Store } from '../store/open-store.ts';
import type { Actor } from '../system/audit.ts';
import { plans } from '../system/tables.ts';
import { type Consent, requireConsent } from './consent.ts';
import { type GateReport, requireGates, runGates } from './gate.ts';
import { IntentFile, type StepDone } from './intent-file.ts';
import type { Json } from './json.ts';
import type { AnyPlanKind, PlanContext, PlanKind, StepwiseKind } from './kinds.ts';
import { type Applied, effectsOf, markApplied, markFailed } from './outcome.ts';
import { doSteps, performAtomic, requireCurrent, requireProof, type Work } from './perform.ts';
import { requireNoUnfinished } from './recover.ts';
import { type Effects, type Plan, requireFresh } from './shape.ts';
import { consentColumns, requirePlan, type StoredPlan, settled, storePlan, undecided } from './store.ts';

export interface ApplyOptions<S extends Json = Json> {
  readonly store: Store;
  readonly kind: PlanKind<S>;
  readonly plan: Plan<S>;
  /** Of the plan where it is stored already; else it is stored first. */
  readonly id?: string;
  /** Not asked for by a dry run. @default the one that is stored with the plan */
  readonly consent?: Consent | undefined;
  readonly actor: Actor;
  /** Folder of the intents: `intents` in the data folder. Not inside the database's own. */
  readonly intents: string;
  /** @default false */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onStep?: (step: string, done: number, of: number) => void;
  readonly clock?: () => Instant;
  /** How long a process that hangs keeps others from bringing its work to an end. @default 60,000 */
  readonly leaseMs?: number;
}

export interface ApplyResult {
  /** Of the stored plan; null for a dry run of one that is not stored. */
  readonly id: string | null;
  readonly hash: string;
  readonly dryRun: boolean;
  /** What was done, or would be. */
  readonly effects: Effects;
  readonly steps: readonly StepDone[];
  readonly gates: readonly GateReport[];
}

/**
 * 0. Looks for work that was broken off: INTENT_UNFINISHED until `recoverIntents` has brought it to its end.
 * 1. Makes the plan anew: PLAN_EXPIRED, or PLAN_STALE when it would do something else by now.
 * 2. Runs all gates: PLAN_REFUSED with every refusal, its evidence and its fix.
 * 3. Looks at the consent: CONSENT_MISSING, CONSENT_MISMATCH, CONSENT_EXPIRED.
 *    A dry run skips this, does step 5 up to the write (of an atomic kind: with it, and takes it back), and ends.
 * 4. Takes the plan's lease (LEASE_HELD), writes the intent to the disk, and marks the plan as being applied:
 *    PLAN_SETTLED when somebody was first. Killed here: nothing was done, and the next start says so.
 * 5. Does the steps. Atomic: in one transaction, which revises the plan once more. Stepwise: each is recorded in
 *    the intent before the next begins.
 *    A step that fails: the transaction takes all back; of a stepwise kind `recover` decides, and where that fails
 *    too, the intent stays: INTENT_UNFINISHED. Killed here: the next start finds before or after, and says so.
 * 6. Proves: counts against the plan, then the kind looks itself. PROOF_FAILED: an atomic kind's work is taken back,
 *    in the same transaction; a stepwise kind's stays, marked as failed.
 * 7. Stores the outcome with its audit entry (atomic: in that transaction), removes the intent, gives the lease back.
 * Until step 4 nothing is written. On disk it needs as many bytes as the plan has, beside the database.
 */
export async function applyPlan<S extends Json>(options: ApplyOptions<S>): Promise<ApplyResult> {
  const { store, intents, dryRun = false, signal, onStep, clock = now } = options;
  const plan = options.plan as Plan;
  const kind = options.kind as AnyPlanKind;
  const at = clock();
  const stored = options.id === undefined ? undefined : await requireUndecided(store, options.id, plan);
  const consent = options.consent ?? stored?.consent;
  await requireNoUnfinished(store, intents, at);
  const context = { store, repositories: store, transaction: undefined, at, signal, dryRun };
  const work: Work = { store, kind, plan, context, onStep };
  requireFresh(plan, at);
  await requireCurrent(work, context);
  const gates = await runGates(kind.gates(plan, context));
  requireGates(plan.title, gates);
  const resultOf = (id: string | null, steps: readonly StepDone[]): ApplyResult => ({
    ...{ id, hash: plan.hash, dryRun, gates, steps },
    effects: effectsOf(steps),
  });
  if (dryRun) {
    const steps = kind.atomic
      ? await performAtomic(work, undefined)
      : await doSteps(work, context, async () => {});
    return resultOf(options.id ?? null, steps);
  }
  requireConsent(plan, consent, at);
  const id =
    options.id ?? (await storePlan(store, plan, { id: newPlanId(at), requestedBy: options.actor.name }));
  const { leaseMs: durationMs } = options;
  const held = await holdLease(store, {
    ...{ name: planLease(id), once: true, clock },
    ...(durationMs === undefined ? {} : { durationMs }),
  });
  try {
    return resultOf(id, await applyHeld(work, { id, plan, actor: options.actor }, consent, held, intents));
  } finally {
    await held.release();
  }
}

/** @throws PLAN_NOT_FOUND, PLAN_ALTERED, PLAN_SETTLED, PLAN_STALE when another plan is stored under the id */
async function requireUndecided(store: Store, id: string, { hash, title }: Plan): Promise<StoredPlan> {
  const stored = await requirePlan(store, id);
  if (stored.state !== 'open' && stored.state !== 'consented') throw await settled(store, id);
  if (stored.plan.hash !== hash)
    throw new HoldfastError('PLAN_STALE', `the plan ${id} is not this one: ${title}`);
  return stored;
}

/** Ids sort by time, also by a clock that is before 1970 or has a part of a millisecond. */
const newPlanId = (at: Instant): string => (at > 0 ? uuid7(Math.floor(at / 1000)) : randomUUID());

export const planLease = (id: string): string => `plan/${id}`;

async function applyHeld(
  work: Work,
  applied: Applied,
  consent: Consent,
  held: HeldLease,
  folder: string,
): Promise<StepDone[]> {
  const { store, plan } = work;
  const { id, actor } = applied;
  const { owner } = held.lease;
  const intent = await IntentFile.write(folder, { format: 1, id, plan, actor, owner });
  let begun: number;
  try {
    begun = await store
      .repository(plans)
      .updateMany(
        { id, hash: plan.hash, ...undecided },
        { state: 'applying', startedAt: work.context.at, ...consentColumns(consent) },
      );
    if (begun === 0) throw await settled(store, id);
  } catch (error) {
    // Whether it was marked may not be known; then the next start looks.
    if (isHoldfastError(error) && (error.code === 'PLAN_SETTLED' || error.code === 'PLAN_NOT_FOUND'))
      await intent.close();
    else await intent.leave();
    throw error;
  }
  const signals = [held.lost, ...(work.context.signal === undefined ? [] : [work.context.signal])];
  const inside: Work = {
    ...work,
    context: { ...work.context, signal: AbortSignal.any(signals), lease: held },
  };
  const { kind } = work;
  return kind.atomic
    ? applyAtomic(inside, applied, intent)
    : applyStepwise({ ...inside, kind }, applied, intent, held);
}

const taken = (id: string): HoldfastError =>
  new HoldfastError('LEASE_LOST', `another process found this one dead and settled the plan ${id}`);

async function applyAtomic(work: Work, applied: Applied, intent: IntentFile): Promise<StepDone[]> {
  const { store } = work;
  let done: readonly StepDone[] = [];
  try {
    done = await performAtomic(work, async (repositories, steps) => {
      done = steps;
      if (!(await markApplied(repositories, applied, steps))) throw taken(applied.id);
    });
  } catch (error) {
    const failed = await store
      .transaction((transaction) => markFailed(transaction, applied, named(error, work.context)))
      .catch(() => undefined);
    if (failed === undefined) {
      // The store does not answer: what became of the transaction is found at the next start.
      await intent.leave();
      throw error;
    }
    await intent.close();
    const record = failed ? undefined : await store.repository(plans).get({ id: applied.id });
    // A connection may break off after the commit and before its answer.
    if (record?.state !== 'applied') throw error;
    return [...done];
  }
  await intent.close();
  return [...done];
}

async function applyStepwise(
  work: Work & { readonly kind: StepwiseKind },
  applied: Applied,
  intent: IntentFile,
  held: HeldLease,
): Promise<StepDone[]> {
  const { store, kind, plan, context } = work;
  const done: StepDone[] = [];
  const home = (): Store => kind.successor?.() ?? store;
  const fail = async (error: unknown): Promise<never> => {
    await home().transaction((transaction) => markFailed(transaction, applied, named(error, context)));
    await intent.close();
    throw error;
  };
  try {
    await doSteps(work, context, async (step) => {
      await intent.stepDone(step);
      done.push(step);
    });
  } catch (error) {
    let outcome: 'before' | 'after';
    try {
      // What stopped the steps must not stop what tidies up after them.
      outcome = await kind.recover(plan, done, { ...context, signal: undefined });
    } catch (second) {
      await intent.leave();
      const [first, then] = [error, second].map((each) =>
        each instanceof Error ? each.message : String(each),
      );
      throw new HoldfastError(
        'INTENT_UNFINISHED',
        `${plan.title}: ${first}; and it could not be brought to an end: ${then}`,
        { cause: error },
      );
    }
    if (outcome === 'before') return fail(error);
  }
  const successor = kind.successor?.();
  const there = successor === undefined ? undefined : held.keepIn(successor);
  try {
    try {
      if (done.length === plan.steps.length) await requireProof(work, done, context);
    } catch (error) {
      return await fail(error);
    }
    const stored = await home().transaction((transaction) => markApplied(transaction, applied, done));
    await intent.close();
    if (!stored) throw taken(applied.id);
    return done;
  } finally {
    await there?.release();
  }
}

function named(error: unknown, { signal }: PlanContext): HoldfastError {
  if (isHoldfastError(error)) return error;
  if (signal !== undefined && isCancellation(error, signal))
    return new HoldfastError('CANCELLED', 'cancelled');
  return new HoldfastError('BUG', error instanceof Error ? error.message : String(error));
}
