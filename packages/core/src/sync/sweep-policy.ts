// When a record counts as gone, and how much one sweep may take away or change without being asked.

import { z } from 'zod';
import { HoldfastError } from '../errors.ts';
import type { Store } from '../store/open-store.ts';
import { getSetting, type Setting } from '../system/settings.ts';
import type { SourceRecord } from '../system/sources.ts';
import type { Collector } from './collector.ts';

/** What a sweep goes by. */
export interface SweepPolicy {
  /** Complete sweeps in a row that must miss a record; null: only its age counts. */
  readonly confirmSweeps: number | null;
  /** Milliseconds after the first miss; a later complete sweep that misses it too is enough. Null: does not count. */
  readonly confirmAgeMs: number | null;
  /** A scope is held back when more than this share of its records would be marked absent, percent. */
  readonly deletedPercent: number;
  /** … and at least so many of them. */
  readonly deletedRecords: number;
  /** The same for records that would change. */
  readonly changedPercent: number;
  readonly changedRecords: number;
}

const share = z.number().min(0).max(100).optional();
const records = z.number().int().min(1).optional();

const policySchema = z.strictObject({
  confirmSweeps: z.number().int().min(1).max(1_000).optional(),
  confirmAgeMs: z.number().int().min(0).optional(),
  deletedPercent: share,
  deletedRecords: records,
  changedPercent: share,
  changedRecords: records,
});

/** What is set of a policy; the rest comes from further out. */
export type PolicySettings = z.infer<typeof policySchema>;

/** The policy of all sources of a store. A source's own, as `sweep` among its settings, goes before it. */
export const sweepSetting: Setting<PolicySettings> = {
  name: 'sync.sweep',
  schema: policySchema,
  default: {},
};

const defaults = { deletedPercent: 30, deletedRecords: 10, changedPercent: 80, changedRecords: 50 };

/** Nothing but an age given means that sweeps alone, however many, confirm nothing. */
export function policyOf(...layers: readonly PolicySettings[]): SweepPolicy {
  const set: PolicySettings = Object.assign({}, ...layers);
  const { confirmAgeMs, confirmSweeps, ...limits } = set;
  return {
    ...defaults,
    ...(limits as Partial<typeof defaults>),
    confirmSweeps: confirmSweeps ?? (confirmAgeMs === undefined ? 1 : null),
    confirmAgeMs: confirmAgeMs ?? null,
  };
}

/** The source's own settings over those of the store over its collector's. @throws SETTING_INVALID */
export async function readPolicy(
  store: Store,
  { name, settings }: Pick<SourceRecord, 'name' | 'settings'>,
  collector: Pick<Collector, 'sweep'>,
): Promise<SweepPolicy> {
  const own = parsePolicy(settings['sweep'] ?? {}, `sweep of ${name}`);
  return policyOf(collector.sweep ?? {}, await getSetting(store, sweepSetting), own);
}

/** @throws SETTING_INVALID naming what does not fit */
export function parsePolicy(value: unknown, what: string): PolicySettings {
  const read = policySchema.safeParse(value);
  if (read.success) return read.data;
  throw new HoldfastError('SETTING_INVALID', `${what}: ${z.prettifyError(read.error)}`);
}

/** Whether one miss is enough. */
export const confirmsAtOnce = ({ confirmSweeps, confirmAgeMs }: SweepPolicy): boolean =>
  confirmSweeps === 1 || confirmAgeMs === 0;

/** Is this many out of so many more than may pass unasked? Both limits must be passed. */
export const isTooMuch = (count: number, of: number, percent: number, atLeast: number): boolean =>
  count >= atLeast && count * 100 > percent * of;
