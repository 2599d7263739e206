// @holdfast/core/system: Holdfast's own tables and what works on them.

export {
  cancelJob,
  createJob,
  finishJob,
  interruptStaleJobs,
  type JobEnd,
  type JobProgress,
  type JobRecord,
  type NewJob,
  reportProgress,
  startJob,
} from '../job/jobs.ts';
export { acquireLease, type Lease, type LeaseOptions, releaseLease, renewLease } from '../job/leases.ts';
export {
  type Actor,
  type AuditEntry,
  type AuditQuery,
  type AuditRecord,
  appendAudit,
  listAudit,
  pruneAudit,
} from './audit.ts';
export { keyFindings } from './key-findings.ts';
export { hashPassword, verifyPassword } from './passwords.ts';
export { type LastSweep, lastConfirmed, lastSweeps } from './run-reports.ts';
export {
  findSession,
  isRevoked,
  pruneTokens,
  type Revocation,
  revokeSessions,
  revokeToken,
  tokenHash,
} from './sessions.ts';
export { clearSetting, getSetting, type Setting, setSetting, storedSettings } from './settings.ts';
export {
  addSource,
  type Connection,
  countRecords,
  credentialsOf,
  listConnections,
  listSources,
  type NewSource,
  putSource,
  removeSource,
  requireConnection,
  requireSource,
  type SourceRecord,
} from './sources.ts';
export * from './tables.ts';
export {
  canonicalUsername,
  changePassword,
  createUser,
  findUser,
  type NewUser,
  type Role,
  recordLogin,
  type UserRecord,
} from './users.ts';
