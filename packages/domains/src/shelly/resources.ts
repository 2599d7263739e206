// The kinds of records of the domain, under the names that people type.

import type { Resource } from '@holdfast/core';
import { configDrift, deviceDrift } from './drift/device-drift.ts';
import {
  configHistory,
  configTemplates,
  deviceConfigs,
  devices,
  driftDetectionRuns,
  driftDetectionSchedules,
  driftReports,
  driftTrends,
  notificationChannels,
  notificationHistory,
  notificationRules,
  notificationTemplates,
  resolutionHistory,
  resolutionMetrics,
  resolutionPolicies,
  resolutionRequests,
  resolutionSchedules,
} from './tables.ts';

/** A device's record and its configuration are confirmed by the same answers. */
const scopeOf: Resource['scopeOf'] = (row) => `device/${row['mac']}`;

export const shellyResources: readonly Resource[] = [
  {
    name: 'shelly.device',
    table: devices,
    summary: [
      'source',
      'mac',
      'name',
      'model',
      'generation',
      'firmwareVersion',
      'address',
      'power',
      'rssi',
      'uptime',
    ],
    scopeOf,
    drift: deviceDrift,
  },
  {
    name: 'shelly.config',
    table: deviceConfigs,
    summary: ['source', 'mac', 'syncStatus', 'templateId', 'configDigest', 'updatedAt'],
    scopeOf,
    drift: configDrift,
  },
  {
    name: 'shelly.config_history',
    table: configHistory,
    summary: ['at', 'source', 'mac', 'action', 'changedBy'],
  },
  {
    name: 'shelly.template',
    editable: true,
    table: configTemplates,
    summary: ['id', 'name', 'scope', 'deviceType', 'generation', 'isDefault'],
  },
  {
    name: 'shelly.notification_channel',
    editable: true,
    table: notificationChannels,
    summary: ['id', 'name', 'type', 'enabled'],
  },
  {
    name: 'shelly.notification_rule',
    editable: true,
    table: notificationRules,
    summary: ['id', 'name', 'enabled', 'channelId', 'alertLevel', 'minSeverity'],
  },
  {
    name: 'shelly.notification',
    table: notificationHistory,
    summary: ['at', 'alertLevel', 'triggerType', 'status', 'subject', 'retryCount'],
  },
  {
    name: 'shelly.notification_template',
    editable: true,
    table: notificationTemplates,
    summary: ['id', 'name', 'type', 'isDefault'],
  },
  {
    name: 'shelly.resolution_policy',
    editable: true,
    table: resolutionPolicies,
    summary: ['id', 'name', 'enabled', 'autoFixEnabled', 'safeMode', 'approvalRequired'],
  },
  {
    name: 'shelly.resolution_request',
    table: resolutionRequests,
    summary: ['id', 'source', 'mac', 'path', 'severity', 'priority', 'status'],
  },
  {
    name: 'shelly.resolution',
    table: resolutionHistory,
    summary: ['executedAt', 'source', 'mac', 'path', 'type', 'success'],
  },
  {
    name: 'shelly.resolution_schedule',
    editable: true,
    table: resolutionSchedules,
    summary: ['id', 'name', 'enabled', 'cronSpec', 'timezone', 'nextRun'],
  },
  {
    name: 'shelly.resolution_metric',
    table: resolutionMetrics,
    summary: ['source', 'day', 'requestsCreated', 'requestsResolved', 'requestsPending', 'autoFixRate'],
  },
  {
    name: 'shelly.drift_schedule',
    editable: true,
    table: driftDetectionSchedules,
    summary: ['id', 'name', 'enabled', 'cronSpec', 'lastRun', 'nextRun', 'runCount'],
  },
  {
    name: 'shelly.drift_run',
    table: driftDetectionRuns,
    summary: ['startedAt', 'scheduleId', 'status', 'completedAt'],
  },
  {
    name: 'shelly.drift_report',
    table: driftReports,
    summary: [
      'generatedAt',
      'reportType',
      'totalDevices',
      'devicesDrifted',
      'criticalIssues',
      'warningIssues',
    ],
  },
  {
    name: 'shelly.drift_trend',
    table: driftTrends,
    summary: ['source', 'mac', 'path', 'severity', 'firstSeen', 'lastSeen', 'occurrences', 'resolved'],
  },
];
