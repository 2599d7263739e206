// What the API answers of how archives are kept.

import type { When } from '../../api/types.ts';

export const dataClasses = ['critical', 'important', 'operational', 'informational'] as const;
export type DataClass = (typeof dataClasses)[number];

export const rules = [
  'keepLast',
  'hourly',
  'daily',
  'weekly',
  'monthly',
  'yearly',
  'keepWithin',
  'segmentsWithin',
] as const;
export type Rules = Readonly<Record<(typeof rules)[number], number>>;

export interface Retention {
  readonly zone: string;
  readonly policies: Readonly<Record<DataClass, Rules>>;
  readonly set: Readonly<Partial<Record<DataClass, Partial<Rules>>>>;
  readonly default: Readonly<Record<DataClass, Rules>>;
}

export interface Target {
  readonly name: string;
  readonly kind: string;
  readonly url: string;
  readonly createdAt: When;
  readonly archives: number;
  /** Archives that are to get there yet. */
  readonly waiting: number;
}

/** Times in seconds; null: none of that kind. */
export interface ScheduleSettings {
  readonly everythingSeconds: number;
  readonly fullSeconds: number;
  readonly partialSeconds: number | null;
  readonly segmentSeconds: number | null;
  readonly targets: readonly string[];
  readonly encrypted: boolean;
  readonly drillKeyFile: string | null;
  readonly keyId: string | null;
}

export interface BackupScheduleJson {
  readonly settings: ScheduleSettings | null;
  readonly items: readonly {
    readonly name: string;
    readonly cron: string;
    readonly timeZone: string | null;
    readonly nextRunAt: When | null;
    readonly lastRunAt: When | null;
    readonly lastJob: string | null;
  }[];
}
