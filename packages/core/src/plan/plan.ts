// @holdfast/core/plan: the shape of everything dangerous: plan, gates, consent, intent, steps, proof.

export { type ApplyOptions, type ApplyResult, applyPlan } from './apply.ts';
export { type Consent, type ConsentOptions, giveConsent } from './consent.ts';
export { type Gate, type GateAnswer, type GateReport, requireGates, runGates } from './gate.ts';
export type { StepDone } from './intent-file.ts';
export { listUnfinished, type SetAside, type Unfinished, type UnfinishedIntent } from './intents.ts';
export type { Json } from './json.ts';
export {
  type AnyPlanKind,
  type AtomicKind,
  type PlanContext,
  type PlanKind,
  requirePlanKind,
  type StepwiseKind,
} from './kinds.ts';
export { type Recovered, type RecoverOptions, type Recovery, recoverIntents } from './recover.ts';
export {
  type Effects,
  type Estimate,
  type Hazard,
  makePlan,
  type Plan,
  type PlanDraft,
  type PlanOptions,
  type PlanStep,
  sumEffects,
} from './shape.ts';
export {
  consentToPlan,
  discardPlan,
  expirePlans,
  listPlans,
  type PlanQuery,
  type PlanRecord,
  type PlanState,
  requirePlan,
  type StoredPlan,
  storePlan,
} from './store.ts';
