// Holdfast's own tables, in every store. Parents stand before their children.

import { absences, tombstones } from './tables/absences.ts';
import { identities, revokedTokens, sessions, users } from './tables/accounts.ts';
import { archiveCopies, archiveMarks, backupTargets, knownTargets } from './tables/archive-places.ts';
import { archives } from './tables/archives.ts';
import { desired, driftItems, driftRules, driftRuns } from './tables/drift.ts';
import { jobLogs, jobProgress, schedules } from './tables/job-reports.ts';
import { historyGaps, journal, trackedTables } from './tables/journal.ts';
import { plans } from './tables/plans.ts';
import { answeredRequests, signInTries } from './tables/requests.ts';
import { runScopes, runs } from './tables/runs.ts';
import { samples, series } from './tables/series.ts';
import { auditLogs, settings } from './tables/settings.ts';
import { sourceNotes } from './tables/source-notes.ts';
import { connections, sources } from './tables/sources.ts';
import { updates } from './tables/updates.ts';
import { jobs, leases } from './tables/work.ts';

export {
  absences,
  answeredRequests,
  archiveCopies,
  archiveMarks,
  archives,
  auditLogs,
  backupTargets,
  connections,
  desired,
  driftItems,
  driftRules,
  driftRuns,
  historyGaps,
  identities,
  jobLogs,
  jobProgress,
  jobs,
  journal,
  knownTargets,
  leases,
  plans,
  revokedTokens,
  runScopes,
  runs,
  samples,
  schedules,
  series,
  sessions,
  settings,
  signInTries,
  sourceNotes,
  sources,
  tombstones,
  trackedTables,
  updates,
  users,
};

export const systemTables = [
  sources,
  runs,
  runScopes,
  users,
  sessions,
  revokedTokens,
  settings,
  auditLogs,
  leases,
  jobs,
  archives,
  updates,
  journal,
  trackedTables,
  historyGaps,
  plans,
  jobLogs,
  jobProgress,
  schedules,
  desired,
  driftRules,
  driftRuns,
  driftItems,
  samples,
  series,
  absences,
  tombstones,
  sourceNotes,
  backupTargets,
  archiveCopies,
  archiveMarks,
  identities,
  answeredRequests,
  signInTries,
] as const;
