// @holdfast/core/retention: which archives are kept, which are due, and which bring a moment back.

export { type ChainOptions, chainAt, chainTo } from './chain.ts';
export type { ArchiveFacts, ArchiveType } from './facts.ts';
export { defaultPolicies, type RetentionPolicies, type RetentionPolicy, retentionPolicy } from './policy.ts';
export { type Retained, type RetainOptions, retain } from './retain.ts';
export { type BackupSchedule, type Due, type DueOptions, defaultSchedule, due } from './schedule.ts';
