// Schedules of drift detection: the domain's own rows, run as schedules of drift jobs.

import type { Row, Store } from '@holdfast/core';
import { putDriftSchedule } from '@holdfast/core/drift';
import { listSchedules, removeSchedule, type ScheduleRecord } from '@holdfast/core/job';
import { driftDetectionSchedules } from '../tables.ts';

type Declared = Row<typeof driftDetectionSchedules>;

const prefix = 'shelly/';

/** The row that a schedule runs for, by the schedule's name. */
export const scheduleIdOf = (schedule: string | undefined): string | undefined =>
  schedule?.startsWith(prefix) ? schedule.slice(prefix.length) : undefined;

/**
 * Brings the schedules that run in line with the rows of `shelly_drift_detection_schedules`, which are where they
 * are declared: new and changed ones are stored, those without a row removed. The rows are told their next run.
 * @throws SETTING_INVALID for a row whose cron expression is none
 */
export async function mirrorSchedules(store: Store): Promise<void> {
  const rows: Declared[] = [];
  for await (const some of store.repository(driftDetectionSchedules).stream()) rows.push(...some);
  const stored = new Map(
    (await listSchedules(store))
      .filter(({ name }) => name.startsWith(prefix))
      .map((each) => [each.name, each]),
  );
  for (const row of rows) {
    const name = `${prefix}${row.id}`;
    const before = stored.get(name);
    stored.delete(name);
    await store.transaction(async (transaction) => {
      if (!isMirrored(row, before))
        await putDriftSchedule(transaction, {
          ...{ name, cron: row.cronSpec, enabled: row.enabled },
          params: paramsOf(row),
        });
      const [schedule] = (await listSchedules(transaction)).filter((each) => each.name === name);
      const nextRun = schedule?.nextRunAt ?? null;
      if (nextRun !== row.nextRun)
        await transaction.repository(driftDetectionSchedules).update({ id: row.id }, { nextRun });
    });
  }
  for (const name of stored.keys()) await removeSchedule(store, name);
}

const paramsOf = ({ deviceFilter }: Declared) => ({
  resource: 'shelly.device',
  ...(deviceFilter === null ? {} : { filter: deviceFilter }),
});

function isMirrored(row: Declared, stored: ScheduleRecord | undefined): boolean {
  if (stored === undefined) return false;
  const { filter } = stored.params ?? {};
  return (
    stored.cron === row.cronSpec &&
    stored.enabled === row.enabled &&
    JSON.stringify(filter ?? null) === JSON.stringify(row.deviceFilter)
  );
}
