// The settings that this program reads, with what each is for.

import { driftDays } from '@holdfast/core/drift';
import { historyDays, historyDetailDays, runDays } from '@holdfast/core/history';
import { seriesRetention } from '@holdfast/core/series';
import { sweepSetting } from '@holdfast/core/sync';
import type { Setting } from '@holdfast/core/system';

export interface KnownSetting {
  readonly setting: Setting<unknown>;
  readonly summary: string;
}

const known = <T>(setting: Setting<T>, summary: string): KnownSetting => ({
  setting: setting as unknown as Setting<unknown>,
  summary,
});

export const knownSettings: readonly KnownSetting[] = [
  known(historyDays, 'days of history; null for all of it'),
  known(
    historyDetailDays,
    'days in which each change is kept by itself; before them one of each record and day',
  ),
  known(runDays, "days of sweeps' results; null for all of them"),
  known(driftDays, 'days of drift runs and of resolved differences; null for all of them'),
  known(seriesRetention, 'days that each tier of a series keeps; null for ever'),
  known(sweepSetting, 'when a record counts as gone, and how much one sweep may do unasked'),
];
