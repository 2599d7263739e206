// Removing archives that no rule keeps, for the verb and for the job: planned, tried, agreed to, done and proven.

import { formatInstant, now, type Store } from '@holdfast/core';
import {
  type ApplyResult,
  applyPlan,
  type Consent,
  giveConsent,
  makePlan,
  type Plan,
  requirePlan,
  requirePlanKind,
} from '@holdfast/core/plan';
import {
  type Leftovers,
  type Preview,
  type PruneSubject,
  previewPrune,
  pruneArchivesKind,
  type Retention,
  readRetention,
  removeLeftovers,
} from '@holdfast/core/retention';

/** What was not touched for so long, nobody goes on with. */
const leftoverAge = 86_400_000_000;

export interface PrunePlan {
  readonly plan: Plan<PruneSubject>;
  readonly retained: Preview['retained'];
}

/** @param retention default: the one in force */
export async function planPrune(store: Store, retention?: Retention): Promise<PrunePlan> {
  const { draft, retained } = await previewPrune(store, retention ?? (await readRetention(store)));
  return { plan: makePlan(draft), retained };
}

export interface PruneOptions {
  readonly actor: { readonly name: string; readonly via: string };
  readonly intents: string;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  /** Of a plan that is stored, and was agreed to. */
  readonly stored?: { readonly id: string; readonly consent: Consent | undefined } | undefined;
}

export const applyPrune = (
  store: Store,
  { plan }: Pick<PrunePlan, 'plan'>,
  { actor, stored, ...options }: PruneOptions,
): Promise<ApplyResult> =>
  applyPlan({
    ...{ store, plan, actor, ...options },
    kind: pruneArchivesKind,
    ...(stored ?? { consent: giveConsent(plan, { by: actor.name, via: actor.via }) }),
  });

/** One that somebody agreed to. @throws PLAN_NOT_FOUND, PLAN_KIND_UNKNOWN */
export async function acceptedPrune(store: Store, id: string) {
  const { plan, consent } = await requirePlan(store, id);
  requirePlanKind([pruneArchivesKind], plan.kind);
  const actor = { name: consent?.by ?? 'nobody', via: consent?.via ?? 'api' };
  return { plan: plan as unknown as Plan<PruneSubject>, actor, stored: { id, consent } };
}

/** What goes and why the rest stays, in `backup prune --json`. */
export const pruneJson = ({ plan, retained }: PrunePlan) => ({
  removed: retained.filter(({ keep }) => !keep).length,
  bytes: plan.estimate.bytes ?? 0,
  archives: retained.map(({ archive, keep, reasons }) => ({
    ...{ id: archive.id, type: archive.type, at: formatInstant(archive.at), keep, reasons },
  })),
});

export const sweepLeftovers = (store: Store, folder: string): Promise<Leftovers> =>
  removeLeftovers(store, folder, now() - leftoverAge);
