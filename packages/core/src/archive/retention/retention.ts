// @holdfast/core/retention: which archives are kept, which are due, which bring a moment back, and how far behind they are.

export { adoptArchives, type Leftovers, removeLeftovers } from '../prune/leftovers.ts';
export {
  type Retention,
  readRetention,
  retentionSetting,
  type StoredRetention,
} from '../prune/policy-setting.ts';
export { pruneArchivesKind } from '../prune/prune-kind.ts';
export { type Preview, type PruneSubject, previewPrune } from '../prune/prune-plan.ts';
export {
  checkSchedule,
  keySetting,
  type ScheduleSettings,
  scheduledKey,
  scheduleSetting,
} from '../schedule/backup-settings.ts';
export { backupFindings, backupState, type ClassState } from '../schedule/backup-state.ts';
export { type Drilled, type DrillOptions, drill } from '../schedule/drill.ts';
export { type DueBackup, findDue, type RanDue, type RunDueOptions, runDue } from '../schedule/run-due.ts';
export { type ChainOptions, chainAt, chainTo } from './chain.ts';
export type { ArchiveFacts, ArchiveType } from './facts.ts';
export { defaultPolicies, type RetentionPolicies, type RetentionPolicy, retentionPolicy } from './policy.ts';
export { type Retained, type RetainOptions, retain } from './retain.ts';
export { type BackupSchedule, type Due, type DueOptions, defaultSchedule, due } from './schedule.ts';
