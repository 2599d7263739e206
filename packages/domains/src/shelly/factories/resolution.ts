// Policies, requests, what was done about them, and the figures of each day.

import type { Insert } from '@holdfast/core';
import type {
  resolutionHistory,
  resolutionMetrics,
  resolutionPolicies,
  resolutionRequests,
  resolutionSchedules,
} from '../tables.ts';
import { chance, deviceOf, differences, idOfRecord, kinds, minute, type Place, start } from './place.ts';

export const makeResolutionPolicy = (place: Place, index: number): Insert<typeof resolutionPolicies> => ({
  id: idOfRecord(place, kinds.policy, index),
  name: `${place.source} policy ${index}`,
  autoFixEnabled: index % 2 === 0,
  safeMode: index % 2 === 0,
  categories: ['network', 'device'],
  severities: ['warning', 'info'],
  autoFixCategories: ['device'],
  excludedPaths: ['wifi.sta'],
  maxAgeDays: 30,
  retryIntervalMinutes: 60,
});

export function makeResolutionRequest(place: Place, index: number): Insert<typeof resolutionRequests> {
  const random = chance(place, kinds.request, index);
  const { path, category, severity, expected, actual } = random.pick(differences);
  const status = random.pick([
    'pending',
    'approved',
    'rejected',
    'completed',
    'failed',
    'scheduled',
  ] as const);
  return {
    id: idOfRecord(place, kinds.request, index),
    ...deviceOf(place, index),
    policyId: idOfRecord(place, kinds.policy, 0),
    requestType: random.pick(['manual_review', 'auto_fix_failed', 'policy_conflict'] as const),
    priority: ({ critical: 'critical', warning: 'high', info: 'medium' } as const)[severity],
    category,
    severity,
    path,
    currentValue: actual,
    expectedValue: expected,
    strategy: random.pick(['restore', 'update', 'ignore'] as const),
    status,
    scheduledAt: status === 'scheduled' ? start + index * minute : null,
    completedAt: status === 'completed' ? start + index * minute : null,
  };
}

export function makeResolution(place: Place, index: number): Insert<typeof resolutionHistory> {
  const random = chance(place, kinds.resolution, index);
  const { path, category, severity, expected, actual } = random.pick(differences);
  const success = random.next() < 0.9;
  return {
    id: idOfRecord(place, kinds.resolution, index),
    ...deviceOf(place, index),
    policyId: idOfRecord(place, kinds.policy, 0),
    type: random.pick(['auto_fix', 'manual', 'scheduled'] as const),
    category,
    severity,
    path,
    oldValue: actual,
    newValue: expected,
    changeType: 'restore',
    method: 'api_call',
    success,
    error: success ? null : 'the device did not answer',
    durationMs: random.between(50, 4_000),
    triggeredBy: 'schedule',
    executedAt: start + index * minute,
  };
}

export const makeResolutionSchedule = (place: Place, index: number): Insert<typeof resolutionSchedules> => ({
  id: idOfRecord(place, kinds.resolutionSchedule, index),
  name: `${place.source} resolution schedule ${index}`,
  cronSpec: `${index % 60} 3 * * *`,
  timezone: 'Europe/Berlin',
  maintenanceWindow: { start: '03:00', end: '05:00' },
  categories: ['network', 'device'],
  nextRun: start + 1_440 * minute,
});

/** One day; day 0 is 2026-01-01. */
export function makeResolutionFigures(place: Place, index: number): Insert<typeof resolutionMetrics> {
  const random = chance(place, kinds.figures, index);
  const attempts = random.between(1, 40);
  const successes = random.between(0, attempts);
  return {
    source: place.source,
    day: new Date(Date.UTC(2026, 0, 1 + index)).toISOString().slice(0, 10),
    requestsCreated: random.between(0, 50),
    requestsResolved: random.between(0, 50),
    requestsPending: random.between(0, 20),
    autoFixAttempts: attempts,
    autoFixSuccesses: successes,
    autoFixFailures: attempts - successes,
    autoFixRate: successes / attempts,
    manualReviews: random.between(0, 10),
    networkIssues: random.between(0, 20),
    deviceIssues: random.between(0, 20),
  };
}
