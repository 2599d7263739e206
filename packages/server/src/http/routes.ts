// All routes there are, group by group.

import { readRoutes } from './reads/read-routes.ts';
import type { Route } from './route.ts';
import { adminRoutes } from './routes/admin.ts';
import { backupKeepingRoutes } from './routes/backup-keeping.ts';
import { backupScheduleRoutes } from './routes/backup-schedule.ts';
import { backupRoutes } from './routes/backups.ts';
import { driftRoutes } from './routes/drift.ts';
import { jobRoutes } from './routes/jobs.ts';
import { moveRoutes } from './routes/move.ts';
import { oidcRoutes } from './routes/oidc.ts';
import { planRoutes } from './routes/plans.ts';
import { recordRoutes } from './routes/records.ts';
import { restoreRoutes } from './routes/restore.ts';
import { sessionRoutes } from './routes/session.ts';
import { sourceRoutes } from './routes/sources.ts';
import { systemRoutes } from './routes/system.ts';
import { uploadRoutes } from './routes/uploads.ts';

export const routes: readonly Route[] = [
  ...systemRoutes,
  ...sessionRoutes,
  ...oidcRoutes,
  ...readRoutes,
  ...recordRoutes,
  ...driftRoutes,
  ...sourceRoutes,
  ...planRoutes,
  ...jobRoutes,
  ...backupRoutes,
  ...backupKeepingRoutes,
  ...backupScheduleRoutes,
  ...uploadRoutes,
  ...restoreRoutes,
  ...moveRoutes,
  ...adminRoutes,
];
