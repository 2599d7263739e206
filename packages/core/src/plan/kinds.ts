// Kinds of plans: who can say what would be done, do it, and prove it.

import { HoldfastError } from '../errors.ts';
import type { HeldLease } from '../job/held-lease.ts';
import type { Instant } from '../schema/instant.ts';
import type { Store } from '../store/open-store.ts';
import type { Repositories } from '../store/repository.ts';
import type { Transaction } from '../store/transaction.ts';
import type { Gate } from './gate.ts';
import type { StepDone } from './intent-file.ts';
import type { Json } from './json.ts';
import type { Effects, Plan, PlanDraft, PlanStep } from './shape.ts';

export interface PlanContext {
  readonly store: Store;
  /** The transaction where there is one, else the store. Work of an atomic kind uses nothing else. */
  readonly repositories: Repositories;
  readonly transaction: Transaction | undefined;
  readonly at: Instant;
  readonly signal: AbortSignal | undefined;
  /** Everything up to the write. Of an atomic kind the writes too: they are taken back. */
  readonly dryRun: boolean;
  /** Of the plan while it is applied: a kind that has another store take the place of this one carries it there. */
  readonly lease?: Pick<HeldLease, 'carry'> | undefined;
}

interface CommonKind<S extends Json> {
  readonly kind: string;
  /** The plan anew, from what there is now. Another hash than the one shown, and nothing is done. */
  revise(plan: Plan<S>, context: PlanContext): Promise<PlanDraft<S>>;
  /** Checks that can refuse. They only read. */
  gates(plan: Plan<S>, context: PlanContext): readonly Gate[];
  /** Does one step. @returns what it did, counted as the plan counts it */
  step(step: PlanStep, plan: Plan<S>, context: PlanContext): Promise<Effects>;
  /** Looks at the outcome itself, beyond the counts. @returns what differs, in words; none: proven */
  prove?(plan: Plan<S>, done: readonly StepDone[], context: PlanContext): Promise<readonly string[]>;
}

/**
 * All steps and their proof are one transaction of the store: done or not done, whatever dies.
 * Its work may be run again from the first step, so that it must do nothing else that counts.
 */
export interface AtomicKind<S extends Json = Json> extends CommonKind<S> {
  readonly atomic: true;
}

/** Steps outside the database, or too long for one transaction. */
export interface StepwiseKind<S extends Json = Json> extends CommonKind<S> {
  readonly atomic: false;
  /**
   * Brings what was broken off to an end: does the rest, takes back what was done, or finds all done. The step
   * after those in `done` may have been begun. Called again when it is killed itself.
   * @returns which of the two it is now. What it throws leaves the intent for the next start.
   */
  recover(plan: Plan<S>, done: readonly StepDone[], context: PlanContext): Promise<'before' | 'after'>;
  /** Where the outcome is stored, when the steps have made another store take the place of this one. */
  successor?(): Store | undefined;
}

export type PlanKind<S extends Json = Json> = AtomicKind<S> | StepwiseKind<S>;

/** Kinds of different subjects in one list. */
// biome-ignore lint/suspicious/noExplicitAny: each kind is only ever given plans of its own.
export type AnyPlanKind = PlanKind<any>;

/** @throws PLAN_KIND_UNKNOWN */
export function requirePlanKind(kinds: readonly AnyPlanKind[], name: string): AnyPlanKind {
  const found = kinds.find(({ kind }) => kind === name);
  if (found !== undefined) return found;
  throw new HoldfastError('PLAN_KIND_UNKNOWN', `this program cannot apply plans of the kind ${name}`);
}
