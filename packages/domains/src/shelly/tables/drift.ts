// Where devices differ from what they should be: when it was looked for, what was found, and for how long it stands.

import { bool, instant, int, json, oneOf, table, text, timestamps, uuid } from '@holdfast/core';
import type { DeviceFilter } from './notifications.ts';

export const driftDetectionSchedules = table(
  'shelly_drift_detection_schedules',
  {
    id: uuid(),
    name: text(191).unique(),
    description: text().nullable(),
    enabled: bool().default(true),
    /** Five fields: minute, hour, day, month, weekday. */
    cronSpec: text(191),
    deviceFilter: json<DeviceFilter>().nullable(),
    lastRun: instant().nullable(),
    nextRun: instant().nullable(),
    runCount: int().default(0),
    ...timestamps,
  },
  {
    key: ['id'],
    dataClass: 'informational',
    history: 'versions',
    indexes: [{ columns: ['enabled', 'nextRun'] }],
  },
);

export const driftDetectionRuns = table(
  'shelly_drift_detection_runs',
  {
    id: uuid(),
    scheduleId: uuid().nullable().references(driftDetectionSchedules, 'id', 'set null'),
    status: oneOf('running', 'completed', 'failed').default('running'),
    startedAt: instant(),
    completedAt: instant().nullable(),
    results: json<Readonly<Record<string, unknown>>>().nullable(),
    error: text().nullable(),
    ...timestamps,
  },
  {
    key: ['id'],
    dataClass: 'informational',
    indexes: [{ columns: ['scheduleId', 'startedAt'] }, { columns: ['startedAt'] }, { columns: ['status'] }],
  },
);

export const driftReports = table(
  'shelly_drift_reports',
  {
    id: uuid(),
    reportType: oneOf('device', 'bulk', 'scheduled'),
    /** The device, where the report is about one. */
    source: text(64).nullable(),
    mac: text(12).nullable(),
    scheduleId: uuid().nullable().references(driftDetectionSchedules, 'id', 'set null'),
    totalDevices: int().default(0),
    devicesInSync: int().default(0),
    devicesDrifted: int().default(0),
    devicesErrored: int().default(0),
    criticalIssues: int().default(0),
    warningIssues: int().default(0),
    infoIssues: int().default(0),
    securityConcerns: int().default(0),
    networkChanges: int().default(0),
    categoriesAffected: json<string[]>().nullable(),
    mostCommonDrifts: json<readonly unknown[]>().nullable(),
    devices: json<readonly unknown[]>().nullable(),
    recommendations: json<readonly unknown[]>().nullable(),
    generatedAt: instant(),
    ...timestamps,
  },
  {
    key: ['id'],
    dataClass: 'informational',
    indexes: [
      { columns: ['generatedAt'] },
      { columns: ['source', 'mac', 'generatedAt'] },
      { columns: ['scheduleId'] },
    ],
  },
);

/** One differing leaf of one device, from when it was first seen until it is resolved. */
export const driftTrends = table(
  'shelly_drift_trends',
  {
    id: uuid(),
    source: text(64),
    mac: text(12),
    path: text(255),
    category: oneOf('security', 'network', 'device', 'system', 'metadata'),
    severity: oneOf('critical', 'warning', 'info'),
    firstSeen: instant(),
    lastSeen: instant(),
    occurrences: int().default(1),
    resolved: bool().default(false),
    resolvedAt: instant().nullable(),
    ...timestamps,
  },
  {
    key: ['id'],
    dataClass: 'informational',
    indexes: [
      { columns: ['source', 'mac', 'path', 'resolved'] },
      { columns: ['resolved', 'severity', 'lastSeen'] },
      { columns: ['path'] },
    ],
    checks: { occurredAtLeastOnce: 'occurrences >= 1' },
  },
);
