// What a sweep held back, as a plan: shown, agreed to, and then written exactly as it was shown, or not at all.

import { HoldfastError } from '../errors.ts';
import type { AtomicKind, PlanContext } from '../plan/kinds.ts';
import { type Effects, type Hazard, makePlan, type Plan, type PlanDraft } from '../plan/shape.ts';
import type { HeldScope } from './held-scope.ts';
import type { HeldEffect } from './observation.ts';

/** The `kind` of these plans. */
export const sweepKind = 'sweep';

/** What a plan of a sweep is about; the hash of each scope covers every record and every value. */
export type HeldSubject = {
  source: string;
  scopes: {
    scope: string;
    hash: string;
    effects: { table: string; change: string; count: number; ids: string[] }[];
  }[];
};

const operations = { deleted: 'absent', changed: 'update' } as const;

export function heldEffects(effects: readonly HeldEffect[]): Effects {
  const counted: Record<string, Record<string, number>> = {};
  for (const { table, change, count } of effects) {
    counted[table] ??= {};
    counted[table][operations[change]] = (counted[table][operations[change]] ?? 0) + count;
  }
  return counted;
}

const inOrder = (held: readonly HeldScope[]): HeldScope[] =>
  held.toSorted((a, b) => (a.scope < b.scope ? -1 : 1));

/** Without the size of the scope: a record that comes in meanwhile makes no other plan. */
const hazardsOf = ({ scope, deleted, changed }: HeldScope): Hazard[] => [
  ...(deleted > 0
    ? [{ code: 'MANY_ABSENT', severity: 'danger' as const, what: `${scope}: ${deleted} would be absent` }]
    : []),
  ...(changed > 0
    ? [{ code: 'MANY_CHANGED', severity: 'warning' as const, what: `${scope}: ${changed} would change` }]
    : []),
];

/** The same for the same effects, in whichever sweep and order they were found. */
export function heldDraft(source: string, held: readonly HeldScope[]): PlanDraft<HeldSubject> {
  const ordered = inOrder(held);
  const total = (count: 'deleted' | 'changed'): number => ordered.reduce((sum, each) => sum + each[count], 0);
  const words = [
    ...(total('deleted') > 0 ? [`${total('deleted')} records absent`] : []),
    ...(total('changed') > 0 ? [`${total('changed')} records changed`] : []),
  ];
  return {
    kind: sweepKind,
    title: `Sweep of ${source}: ${words.join(', ')}`,
    steps: ordered.map(({ scope, effects }) => ({ id: scope, title: scope, effects: heldEffects(effects) })),
    hazards: ordered.flatMap(hazardsOf),
    subject: {
      source,
      scopes: ordered.map(({ scope, hash, effects }) => ({
        scope,
        hash,
        effects: effects.map(({ ids, ...effect }) => ({ ...effect, ids: [...ids] })),
      })),
    },
  };
}

export const heldPlan = (source: string, held: readonly HeldScope[], at: number): Plan<HeldSubject> =>
  makePlan(heldDraft(source, held), { at });

/** How the scopes of one sweep are compared anew and written, in a transaction that is given. */
export interface HeldWork {
  /** What the scope would do now; undefined when it is no longer too much. */
  compare(held: HeldScope, context: PlanContext): Promise<HeldScope | undefined>;
  /** Writes what was held back, exactly that. @throws PLAN_STALE */
  write(held: HeldScope, context: PlanContext): Promise<void>;
}

/** A sweep's held scopes as something that can be applied: all of them in one transaction. */
export const heldKind = (
  source: string,
  held: readonly HeldScope[],
  { compare, write }: HeldWork,
): AtomicKind<HeldSubject> => ({
  kind: sweepKind,
  atomic: true,
  async revise(_plan, context) {
    // Outside the transaction this sweep's own answers are as new as it gets.
    if (context.transaction === undefined) return heldDraft(source, held);
    const now: HeldScope[] = [];
    for (const each of held) {
      const found = await compare(each, context);
      if (found !== undefined) now.push(found);
    }
    return heldDraft(source, now);
  },
  gates: () => [],
  async step({ id }, _plan, context) {
    const scope = held.find((each) => each.scope === id)!;
    await write(scope, context);
    return heldEffects(scope.effects);
  },
});

/** The kind as it is known to whoever finds a plan that was broken off: its one transaction was not committed. */
export const sweepPlans: AtomicKind<HeldSubject> = heldKind('', [], {
  compare: async () => undefined,
  write: async () => undefined,
});

/** A plan of this kind. @throws PLAN_KIND_UNKNOWN for another one */
export function requireSweepPlan(plan: Plan): Plan<HeldSubject> {
  if (plan.kind === sweepKind) return plan as unknown as Plan<HeldSubject>;
  throw new HoldfastError('PLAN_KIND_UNKNOWN', `this is no plan of a sweep: ${plan.title}`, {
    hint: 'holdfast sync names the plans of what it held back',
  });
}
