// @holdfast/core/drift: what records should be, and where they are not.

export type {
  CheckedRecord,
  DriftStatus,
  FoundDifference,
} from './check.ts';
export type { DriftDescriptor } from './descriptor.ts';
export {
  clearDesired,
  type DesiredState,
  desiredFromActual,
  getDesired,
  type NewDesired,
  setDesired,
} from './desired.ts';
export {
  type DriftCategory,
  type DriftSeverity,
  driftCategories,
  driftSeverities,
} from './difference.ts';
export {
  acknowledgeDrift,
  type DriftRuleRecord,
  ignoreDrift,
  listDriftRules,
  type NewDriftRule,
  removeDriftRule,
  unacknowledgeDrift,
} from './drift-rules.ts';
export { findRecord, findRecordIfAny } from './find-record.ts';
export type { DriftHook, DriftRun } from './hook.ts';
export { type DriftItem, itemDifference } from './items.ts';
export { type DriftParams, driftKind, putDriftSchedule, resourcesOf } from './jobs.ts';
export { pathSegments } from './path.ts';
export { driftDays, type PrunedDrift, previewDriftPrune, pruneDrift } from './prune-drift.ts';
export type { DriftLevel, DriftReport, DriftTotals } from './report.ts';
export { type DriftRule, defaultRules } from './rules.ts';
export { type DriftProgress, type DriftResult, type DriftRunOptions, runDrift } from './run.ts';
export type { State, Stored } from './state.ts';
export { driftSubject } from './subject.ts';
