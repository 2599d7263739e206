// What drift runs leave in the domain's own tables: runs, reports, trends, and whether a configuration is in sync.

import type { Repositories } from '@holdfast/core';
import { now } from '@holdfast/core';
import type { CheckedRecord, DriftHook, DriftReport, DriftRun } from '@holdfast/core/drift';
import { uuid7 } from '@holdfast/core/sync';
import { deviceConfigs, driftDetectionRuns, driftDetectionSchedules, driftReports } from '../tables.ts';
import { scheduleIdOf } from './schedules.ts';
import { storeTrends } from './trends.ts';

export const deviceDriftHook: DriftHook = {
  async started(store, run) {
    await store.repository(driftDetectionRuns).insert({
      ...{ id: run.id, startedAt: run.at, status: 'running' },
      scheduleId: (await knownSchedule(store, run)) ?? null,
    });
  },
  async stored(transaction, run, records) {
    const told = records.filter(({ status }) => status !== 'unknown' && status !== 'errored');
    await storeTrends(transaction, run, told);
    await markConfigs(transaction, told);
  },
  async finished(store, run, report) {
    const completedAt = now();
    await store.transaction(async (transaction) => {
      const runs = transaction.repository(driftDetectionRuns);
      if (report === undefined) {
        await runs.update(
          { id: run.id },
          { status: 'failed', completedAt, error: 'broken off: see the drift run' },
        );
        return;
      }
      const { checked: total, inSync, drifted, acknowledged, unknown, errored } = report;
      const results = { total, inSync, drifted, acknowledged, unknown, errored };
      await runs.update({ id: run.id }, { status: 'completed', completedAt, results });
      const scheduleId = await knownSchedule(transaction, run);
      await transaction.repository(driftReports).insert(reportRow(run, report, scheduleId));
      if (scheduleId === undefined) return;
      const schedules = transaction.repository(driftDetectionSchedules);
      const schedule = await schedules.get({ id: scheduleId });
      await schedules.update(
        { id: scheduleId },
        { lastRun: run.at, runCount: (schedule?.runCount ?? 0) + 1 },
      );
    });
  },
};

/** The schedule may have been deleted since. */
async function knownSchedule(repositories: Repositories, run: DriftRun): Promise<string | undefined> {
  const id = scheduleIdOf(run.schedule);
  if (id === undefined) return undefined;
  return (await repositories.repository(driftDetectionSchedules).get({ id }))?.id;
}

/** What nobody can tell counts among the devices that could not be compared. */
function reportRow(run: DriftRun, report: DriftReport, scheduleId: string | undefined) {
  const { byCategory, mostCommon, records, recommendations } = report;
  const [source, mac] = run.recordId?.split('/') ?? [];
  return {
    id: uuid7(run.at / 1000),
    reportType: run.recordId !== undefined ? 'device' : run.schedule !== undefined ? 'scheduled' : 'bulk',
    ...{ source: source ?? null, mac: mac ?? null, scheduleId: scheduleId ?? null, generatedAt: run.at },
    totalDevices: report.checked,
    devicesInSync: report.inSync + report.acknowledged,
    devicesDrifted: report.drifted,
    devicesErrored: report.errored + report.unknown,
    criticalIssues: report.critical,
    warningIssues: report.warning,
    infoIssues: report.info,
    securityConcerns: byCategory.security,
    networkChanges: byCategory.network,
    categoriesAffected: Object.entries(byCategory).flatMap(([category, count]) =>
      count > 0 ? [category] : [],
    ),
    ...{ mostCommonDrifts: mostCommon, devices: records, recommendations },
  } as const;
}

/** A configuration is in sync, or has drifted. One that waits to be written, or failed to be, stays so. */
async function markConfigs(repositories: Repositories, records: readonly CheckedRecord[]): Promise<void> {
  const configs = repositories.repository(deviceConfigs);
  const inConfig = ({ differences }: CheckedRecord): boolean =>
    differences.some(({ path }) => path.startsWith('config.'));
  for (const [source, own] of Map.groupBy(records, (record) => record.source ?? '')) {
    const macs = (drifted: boolean): string[] =>
      own.flatMap((record) => (inConfig(record) === drifted ? [String(record.row!['mac'])] : []));
    const mark = (mac: string[], from: 'synced' | 'drift', to: 'synced' | 'drift'): Promise<unknown> =>
      configs.updateMany({ source, mac: { in: mac }, syncStatus: from }, { syncStatus: to });
    await mark(macs(true), 'synced', 'drift');
    await mark(macs(false), 'drift', 'synced');
  }
}
