// Cron expressions: when the next slot is.

import { HoldfastError } from '../errors.ts';
import { cronerPackage } from '../optional-package.ts';
import { fromDate, type Instant, toDate } from '../schema/instant.ts';

export interface CronTimes {
  /** Five fields, or six with seconds first. */
  readonly cron: string;
  /** As `Europe/Berlin`. Where clocks go forward, a slot that does not exist comes right after; none comes twice. */
  readonly timeZone: string;
}

/** The first slot after an instant, null when there is none. @throws SETTING_INVALID, DRIVER_MISSING */
export function nextSlot({ cron, timeZone }: CronTimes, after: Instant): Instant | null {
  const { Cron } = cronerPackage();
  try {
    // Nothing is started: it only computes.
    const next = new Cron(cron, { timezone: timeZone, paused: true }).nextRun(toDate(after));
    return next === null ? null : fromDate(next);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new HoldfastError(
      'SETTING_INVALID',
      `no schedule: ${JSON.stringify(cron)} in ${timeZone}: ${why}`,
      {
        hint: 'Write five fields, as 30 2 * * 1 for Mondays at 02:30, and a time zone as Europe/Berlin',
        cause,
      },
    );
  }
}

/** How many slots lie after one instant and not after another, counted up to a thousand. */
export function slotsBetween(times: CronTimes, after: Instant, to: Instant): number {
  let count = 0;
  for (let slot = nextSlot(times, after); slot !== null && slot <= to && count < 1_000; count++)
    slot = nextSlot(times, slot);
  return count;
}
