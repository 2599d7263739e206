// Tiers of a series: how wide their buckets are, how their chunks are cut, and how long each keeps what it has.

import { z } from 'zod';
import type { Instant } from '../../schema/instant.ts';
import type { Repositories } from '../../store/repository.ts';
import { getSetting, type Setting } from '../../system/settings.ts';

const second = 1_000_000;
export const day = 86_400 * second;

/** From the finest to the coarsest. What one no longer keeps is folded into the next. */
export const tiers = ['raw', 'minute', 'hour', 'day'] as const;
export type Tier = (typeof tiers)[number];

/** Microseconds of a bucket; a raw sample has none. */
export const bucketOf: Readonly<Record<Tier, number>> = {
  raw: 0,
  minute: 60 * second,
  hour: 3_600 * second,
  day,
};

/** Microseconds that a chunk of the tier spans: whole buckets of the next tier, and some hundreds of rows. */
export const windowOf: Readonly<Record<Tier, number>> = {
  raw: day,
  minute: day,
  hour: 16 * day,
  day: 128 * day,
};

/** Beginning of the stretch of `width` microseconds that an instant lies in. */
export const floorTo = (at: Instant, width: number): Instant => Math.floor(at / width) * width;

export const nextTier = (tier: Tier): Tier | undefined => tiers[tiers.indexOf(tier) + 1];

/** Days for which each tier keeps what it has; null means for ever. */
export type SeriesRetention = Readonly<Record<Tier, number | null>>;

const days = z.number().min(0).max(36_500).nullable();
const ascending = (retention: SeriesRetention): boolean => {
  const all = tiers.map((tier) => retention[tier] ?? Number.POSITIVE_INFINITY);
  return all.every((each, index) => index === 0 || each >= all[index - 1]!);
};

/**
 * How old samples become in each tier, counted in days from when they were read, before they are folded into the next
 * one; of the last, before they are removed. A tier keeps whole windows, so a little longer than it says.
 */
export const seriesRetention: Setting<SeriesRetention> = {
  name: 'series.retention',
  schema: z
    .strictObject({ raw: days, minute: days, hour: days, day: days })
    .refine(ascending, 'a coarser tier keeps at least as long as a finer one'),
  default: { raw: 2, minute: 7, hour: 90, day: null },
};

/** The retention in force. @throws SETTING_INVALID */
export const retentionOf = (repositories: Repositories): Promise<SeriesRetention> =>
  getSetting(repositories, seriesRetention);
