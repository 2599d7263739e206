// For how long archives of a data class are kept. Defaults follow how much a loss would cost.

import * as z from 'zod';
import type { DataClass } from '../../schema/spec.ts';

const count = z.int().min(0).default(0);
const days = z.number().min(0).default(0);

/** Archives of a data class. What any rule keeps is kept. */
export const retentionPolicy = z.strictObject({
  /** The newest so many. */
  keepLast: count,
  /** The last of each of the newest so many hours, days, weeks, months, years that have any. */
  hourly: count,
  daily: count,
  weekly: count,
  monthly: count,
  yearly: count,
  /** All that are at most so many days older than the newest one; zero for none. */
  keepWithin: days,
  /** Segments, which no rule above speaks of: those at most so many days older than the newest archive. */
  segmentsWithin: days,
});

export type RetentionPolicy = z.output<typeof retentionPolicy>;
export type RetentionPolicies = Readonly<Record<DataClass, RetentionPolicy>>;

const policy = (rules: z.input<typeof retentionPolicy>): RetentionPolicy => retentionPolicy.parse(rules);

export const defaultPolicies: RetentionPolicies = {
  /** To the minute for a week, to the day for a month. */
  critical: policy({
    segmentsWithin: 7,
    keepLast: 3,
    hourly: 24,
    daily: 30,
    weekly: 8,
    monthly: 12,
    yearly: 3,
  }),
  important: policy({ keepLast: 3, daily: 14, weekly: 8, monthly: 12 }),
  operational: policy({ keepLast: 2, weekly: 8, monthly: 6 }),
  informational: policy({ keepLast: 1, monthly: 3 }),
};
