// The end of a source's sweep that held something back: the plan is kept until somebody agrees, or, where somebody
// has agreed to exactly this plan, applied.

import { type ApplyOptions, applyPlan } from '../plan/apply.ts';
import type { Plan } from '../plan/shape.ts';
import { discardPlan, storePlan, undecided } from '../plan/store.ts';
import { plans, runScopes } from '../system/tables.ts';
import { applyHeld, compareHeld, type Run, type SourceRules } from './apply-observation.ts';
import { type HeldSubject, heldKind, heldPlan, sweepKind } from './held-plan.ts';
import type { ScopeResult } from './observation.ts';

/** A plan of an earlier sweep that somebody agreed to. */
export interface AcceptedPlan
  extends Pick<ApplyOptions<HeldSubject>, 'plan' | 'consent' | 'actor' | 'intents'> {
  readonly id: string;
}

/** What became of it. */
export interface Acceptance {
  readonly plan: string;
  readonly applied: boolean;
  /** Why not. */
  readonly reason?: 'changed' | 'nothing is held back any more';
}

export interface SettledSource {
  readonly scopes: readonly ScopeResult[];
  readonly accepted?: Acceptance;
}

/**
 * 1. Makes the plan of what was held back. 2. Where that is the accepted one, applies it: all scopes in one
 * transaction, each compared once more inside it; PLAN_STALE takes all of it back, and what the sweep has written
 * before stays. 3. Else keeps the plan, in the place of an older one of this source.
 */
export async function settleHeld(
  run: Run & { readonly rules: SourceRules },
  source: string,
  scopes: readonly ScopeResult[],
  accept: AcceptedPlan | undefined,
): Promise<SettledSource> {
  const { held } = run.rules;
  if (held.length === 0) {
    if (accept === undefined) return { scopes };
    await discardPlan(run.store, accept.id);
    return {
      scopes,
      accepted: { plan: accept.id, applied: false, reason: 'nothing is held back any more' },
    };
  }
  const plan = heldPlan(source, held, run.at);
  if (accept?.plan.hash === plan.hash) {
    const written = new Map<string, ScopeResult>();
    const kind = heldKind(source, held, {
      compare: (each, { transaction }) => compareHeld(run, transaction!, source, each),
      write: async (each, { transaction }) => {
        const before = scopes.find(({ scope }) => scope === each.scope)!;
        written.set(each.scope, await applyHeld(run, transaction!, source, each, before));
      },
    });
    const { name: actor, via } = accept.actor;
    // What somebody agreed to is that person's change; the run says where it was seen.
    await run.store.as({ actor, via, source, run: run.id, reason: `plan ${accept.id}` }, () =>
      applyPlan({ ...accept, store: run.store, kind, signal: run.signal }),
    );
    return {
      scopes: scopes.map((result) => written.get(result.scope) ?? result),
      accepted: { plan: accept.id, applied: true },
    };
  }
  const id = await keepPlan(run, source, plan);
  const named = new Map(held.map((each) => [each.scope, each]));
  return {
    scopes: scopes.map((result) => {
      const each = named.get(result.scope);
      if (each === undefined) return result;
      const { deleted, changed, effects } = each;
      const error =
        result.error?.code === 'SWEEP_HELD'
          ? { error: { ...result.error, hint: `holdfast sync --accept ${id}` } }
          : {};
      return { ...result, ...error, heldBack: { plan: id, deleted, changed, effects } };
    }),
    ...(accept === undefined
      ? {}
      : { accepted: { plan: accept.id, applied: false, reason: 'changed' as const } }),
  };
}

/** An open plan that says the same is kept; one that says something else is void. @returns the plan's id */
async function keepPlan(
  { store, id: runId, at }: Run,
  source: string,
  plan: Plan<HeldSubject>,
): Promise<string> {
  return store.transaction(async (transaction) => {
    const { items } = await transaction
      .repository(plans)
      .list({ where: { ...undecided, kind: sweepKind }, limit: 10_000 });
    const ours = items.filter(
      (record) => (record.plan as unknown as Plan<HeldSubject>).subject.source === source,
    );
    const same = ours.find(({ hash, expiresAt }) => hash === plan.hash && expiresAt > at);
    for (const record of ours) if (record !== same) await discardPlan(transaction, record.id);
    const id = same?.id ?? (await storePlan(transaction, plan));
    const scopes = transaction.repository(runScopes);
    for (const { scope } of plan.subject.scopes) {
      const row = await scopes.get({ runId, source, scope });
      if (row?.errorCode === 'SWEEP_HELD')
        await scopes.update({ runId, source, scope }, { errorMessage: `${row.errorMessage}; plan ${id}` });
    }
    return id;
  });
}
