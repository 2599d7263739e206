// @holdfast/core/sync: collectors, observations and sweeps.

export { canonicalJson } from '../schema/canonical-json.ts';
export { uuid7 } from '../schema/uuid7.ts';
export { applyObservation, type Run } from './apply-observation.ts';
export type { CollectContext, Collector, CollectProgress } from './collector.ts';
export { type HeldSubject, requireSweepPlan, sweepPlans } from './held-plan.ts';
export type {
  HeldBack,
  HeldEffect,
  Observation,
  ObservedBatch,
  ObservedRow,
  Rejection,
  ScopeResult,
} from './observation.ts';
export type { Acceptance, AcceptedPlan } from './settle-held.ts';
export { type SourceResult, type SweepOptions, type SweepResult, sweep } from './sweep.ts';
export {
  type PolicySettings,
  parsePolicy,
  readPolicy,
  type SweepPolicy,
  sweepSetting,
} from './sweep-policy.ts';
