// Schedules and runs of drift detection, reports, and differences over time.

import type { Insert } from '@holdfast/core';
import type { driftDetectionRuns, driftDetectionSchedules, driftReports, driftTrends } from '../tables.ts';
import { chance, deviceOf, differences, idOfRecord, kinds, minute, type Place, start } from './place.ts';

const day = 1_440 * minute;

export const makeDriftSchedule = (place: Place, index: number): Insert<typeof driftDetectionSchedules> => ({
  id: idOfRecord(place, kinds.driftSchedule, index),
  name: `${place.source} drift schedule ${index}`,
  cronSpec: `${index % 60} */6 * * *`,
  deviceFilter: { generations: [1, 2, 3, 4] },
  lastRun: start,
  nextRun: start + day,
  runCount: index,
});

export function makeDriftRun(place: Place, index: number): Insert<typeof driftDetectionRuns> {
  const random = chance(place, kinds.driftRun, index);
  const failed = random.next() < 0.05;
  const startedAt = start + index * 360 * minute;
  return {
    id: idOfRecord(place, kinds.driftRun, index),
    scheduleId: idOfRecord(place, kinds.driftSchedule, 0),
    status: failed ? 'failed' : 'completed',
    startedAt,
    completedAt: startedAt + 20_000_000,
    results: failed ? null : { total: place.devices, drifted: random.between(0, place.devices) },
    error: failed ? 'no device answered' : null,
  };
}

export function makeDriftReport(place: Place, index: number): Insert<typeof driftReports> {
  const random = chance(place, kinds.report, index);
  const single = index % 3 === 0;
  const total = single ? 1 : place.devices;
  const drifted = random.between(0, total);
  const [common] = differences;
  return {
    id: idOfRecord(place, kinds.report, index),
    reportType: single ? 'device' : index % 3 === 1 ? 'bulk' : 'scheduled',
    ...(single ? deviceOf(place, index) : {}),
    scheduleId: single ? null : idOfRecord(place, kinds.driftSchedule, 0),
    totalDevices: total,
    devicesInSync: total - drifted,
    devicesDrifted: drifted,
    criticalIssues: random.between(0, 3),
    warningIssues: drifted,
    categoriesAffected: ['network'],
    mostCommonDrifts: [{ path: common!.path, type: 'modified', devices: drifted }],
    recommendations: ['Look at the devices with critical differences first'],
    generatedAt: start + index * 360 * minute,
  };
}

export function makeDriftTrend(place: Place, index: number): Insert<typeof driftTrends> {
  const random = chance(place, kinds.trend, index);
  const { path, category, severity } = random.pick(differences);
  const resolved = random.next() < 0.6;
  const firstSeen = start + index * minute;
  const lastSeen = firstSeen + random.between(0, 30) * day;
  return {
    id: idOfRecord(place, kinds.trend, index),
    ...deviceOf(place, index),
    path,
    category,
    severity,
    firstSeen,
    lastSeen,
    occurrences: random.between(1, 60),
    resolved,
    resolvedAt: resolved ? lastSeen + day : null,
  };
}
