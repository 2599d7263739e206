// @holdfast/core/sync: collectors, observations and sweeps.

export { canonicalJson } from '../schema/canonical-json.ts';
export { uuid7 } from '../schema/uuid7.ts';
export { applyObservation, type Run } from './apply-observation.ts';
export type { CollectContext, Collector, CollectProgress } from './collector.ts';
export type { Observation, ObservedBatch, ObservedRow, Rejection, ScopeResult } from './observation.ts';
export { type SourceResult, type SweepOptions, type SweepResult, sweep } from './sweep.ts';
