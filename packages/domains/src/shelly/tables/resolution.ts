// How differences between desired and actual are settled: policies, requests, what was done, and figures of it.

import { bool, date, instant, int, json, oneOf, real, table, text, timestamps, uuid } from '@holdfast/core';
import { sources } from '@holdfast/core/system';
import type { DeviceFilter } from './notifications.ts';

const severity = () => oneOf('critical', 'warning', 'info');
const category = () => oneOf('security', 'network', 'device', 'system', 'metadata');

export const resolutionPolicies = table(
  'shelly_resolution_policies',
  {
    id: uuid(),
    name: text(191).unique(),
    description: text().nullable(),
    enabled: bool().default(true),
    autoFixEnabled: bool().default(false),
    /** Corrects only what cannot harm the device. */
    safeMode: bool().default(true),
    approvalRequired: bool().default(true),
    categories: json<string[]>().nullable(),
    severities: json<string[]>().nullable(),
    autoFixCategories: json<string[]>().nullable(),
    excludedPaths: json<string[]>().nullable(),
    deviceFilter: json<DeviceFilter>().nullable(),
    maxAgeDays: int().nullable(),
    retryIntervalMinutes: int().nullable(),
    maxRetries: int().default(3),
    ...timestamps,
  },
  { key: ['id'], dataClass: 'operational', history: 'versions', indexes: [{ columns: ['enabled'] }] },
);

export const resolutionRequests = table(
  'shelly_resolution_requests',
  {
    id: uuid(),
    source: text(64),
    mac: text(12),
    deviceName: text().nullable(),
    policyId: uuid().nullable().references(resolutionPolicies, 'id', 'set null'),
    trendId: uuid().nullable(),
    reportId: uuid().nullable(),
    requestType: oneOf('manual_review', 'auto_fix_failed', 'policy_conflict'),
    priority: oneOf('low', 'medium', 'high', 'critical').default('medium'),
    category: category(),
    severity: severity(),
    /** The leaf that differs, as `wifi.sta.ssid`. */
    path: text(255),
    currentValue: json().nullable(),
    expectedValue: json().nullable(),
    description: text().nullable(),
    impact: text().nullable(),
    strategy: oneOf('restore', 'update', 'ignore', 'custom').default('restore'),
    proposedValue: json().nullable(),
    justification: text().nullable(),
    status: oneOf('pending', 'approved', 'rejected', 'completed', 'failed', 'scheduled').default('pending'),
    assignedTo: text().nullable(),
    reviewedBy: text().nullable(),
    reviewedAt: instant().nullable(),
    reviewNotes: text().nullable(),
    scheduledAt: instant().nullable(),
    completedAt: instant().nullable(),
    result: text().nullable(),
    error: text().nullable(),
    ...timestamps,
  },
  {
    key: ['id'],
    dataClass: 'operational',
    indexes: [
      { columns: ['status', 'scheduledAt'] },
      { columns: ['source', 'mac', 'path'] },
      { columns: ['policyId'] },
    ],
  },
);

export const resolutionHistory = table(
  'shelly_resolution_history',
  {
    id: uuid(),
    source: text(64),
    mac: text(12),
    deviceName: text().nullable(),
    requestId: uuid().nullable().references(resolutionRequests, 'id', 'set null'),
    policyId: uuid().nullable().references(resolutionPolicies, 'id', 'set null'),
    type: oneOf('auto_fix', 'manual', 'scheduled'),
    category: category(),
    severity: severity(),
    path: text(255),
    oldValue: json().nullable(),
    newValue: json().nullable(),
    changeType: oneOf('restore', 'update', 'remove'),
    method: oneOf('config_export', 'api_call', 'manual'),
    success: bool(),
    error: text().nullable(),
    durationMs: int().nullable(),
    triggeredBy: text().nullable(),
    justification: text().nullable(),
    executedAt: instant(),
    ...timestamps,
  },
  {
    key: ['id'],
    dataClass: 'operational',
    indexes: [
      { columns: ['executedAt'] },
      { columns: ['source', 'mac', 'executedAt'] },
      { columns: ['requestId'] },
      { columns: ['policyId'] },
    ],
  },
);

export const resolutionSchedules = table(
  'shelly_resolution_schedules',
  {
    id: uuid(),
    name: text(191).unique(),
    description: text().nullable(),
    enabled: bool().default(true),
    /** Five fields: minute, hour, day, month, weekday. */
    cronSpec: text(191),
    timezone: text(64).default('UTC'),
    maintenanceWindow: json<Readonly<Record<string, unknown>>>().nullable(),
    autoApprove: bool().default(false),
    maxResolutions: int().default(10),
    categories: json<string[]>().nullable(),
    lastRun: instant().nullable(),
    nextRun: instant().nullable(),
    ...timestamps,
  },
  {
    key: ['id'],
    dataClass: 'operational',
    history: 'versions',
    indexes: [{ columns: ['enabled', 'nextRun'] }],
  },
);

/** Figures of one day of one source. */
export const resolutionMetrics = table(
  'shelly_resolution_metrics',
  {
    source: text(64).references(sources, 'name', 'cascade'),
    day: date(),
    requestsCreated: int().default(0),
    requestsResolved: int().default(0),
    requestsPending: int().default(0),
    autoFixAttempts: int().default(0),
    autoFixSuccesses: int().default(0),
    autoFixFailures: int().default(0),
    /** 0 to 1, null where nothing was attempted. */
    autoFixRate: real().nullable(),
    manualReviews: int().default(0),
    approvalRate: real().nullable(),
    /** Seconds. */
    avgReviewTime: real().nullable(),
    securityIssues: int().default(0),
    networkIssues: int().default(0),
    deviceIssues: int().default(0),
    systemIssues: int().default(0),
    metadataIssues: int().default(0),
    ...timestamps,
  },
  { key: ['source', 'day'], dataClass: 'operational', indexes: [{ columns: ['day'] }] },
);
