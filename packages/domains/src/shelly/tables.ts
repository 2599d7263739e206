// All tables of the domain, parents before children.

import { configHistory, configTemplates, deviceConfigs, devices } from './tables/devices.ts';
import { driftDetectionRuns, driftDetectionSchedules, driftReports, driftTrends } from './tables/drift.ts';
import {
  notificationChannels,
  notificationHistory,
  notificationRules,
  notificationTemplates,
} from './tables/notifications.ts';
import {
  resolutionHistory,
  resolutionMetrics,
  resolutionPolicies,
  resolutionRequests,
  resolutionSchedules,
} from './tables/resolution.ts';

export * from './tables/devices.ts';
export * from './tables/drift.ts';
export * from './tables/notifications.ts';
export * from './tables/resolution.ts';

export const shellyTables = [
  devices,
  configTemplates,
  deviceConfigs,
  configHistory,
  notificationChannels,
  notificationRules,
  notificationHistory,
  notificationTemplates,
  resolutionPolicies,
  resolutionRequests,
  resolutionHistory,
  resolutionSchedules,
  resolutionMetrics,
  driftDetectionSchedules,
  driftDetectionRuns,
  driftReports,
  driftTrends,
] as const;
