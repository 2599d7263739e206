// Holdfast's own tables, in every store. Parents stand before their children.

import { revokedTokens, sessions, users } from './tables/accounts.ts';
import { archives } from './tables/archives.ts';
import { runScopes, runs } from './tables/runs.ts';
import { auditLogs, settings } from './tables/settings.ts';
import { sources } from './tables/sources.ts';
import { updates } from './tables/updates.ts';
import { jobs, leases } from './tables/work.ts';

export {
  archives,
  auditLogs,
  jobs,
  leases,
  revokedTokens,
  runScopes,
  runs,
  sessions,
  settings,
  sources,
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
] as const;
