// Where a made-up record belongs: its source, its number, and chance that depends on nothing but both and the seed.

import { createHash } from 'node:crypto';
import { makeRandom, type Random } from '../../random.ts';
import { macOf } from '../simulator/make-fleet.ts';

export interface Place {
  readonly source: string;
  readonly seed: number;
  /** How many devices there are to speak of. */
  readonly devices: number;
}

/** Chance for one record of one kind. */
export const chance = ({ seed }: Place, kind: number, index: number): Random =>
  makeRandom(seed * 1_000_003 + kind * 7_368_787 + index);

/** The id of a record: whatever the seed, so that seeding again replaces. @param kind tells the tables apart */
export function idOfRecord({ source }: Place, kind: number, index: number): string {
  const hex = createHash('sha256').update(`${source} ${kind} ${index}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The device that a record is about. */
export const deviceOf = (
  { source, seed, devices }: Place,
  index: number,
): { source: string; mac: string } => ({
  source,
  mac: macOf(index % Math.max(1, devices), seed),
});

/** Microseconds; made-up events are a minute apart. */
export const minute = 60_000_000;
export const start = 1_780_000_000_000_000;

export const kinds = {
  template: 1,
  change: 2,
  channel: 3,
  rule: 4,
  notification: 5,
  message: 6,
  policy: 7,
  request: 8,
  resolution: 9,
  resolutionSchedule: 10,
  figures: 11,
  driftSchedule: 12,
  driftRun: 13,
  report: 14,
  trend: 15,
} as const;

/** A leaf that differs, with what is right and what is there. */
export interface Difference {
  readonly path: string;
  readonly category: 'security' | 'network' | 'device' | 'system' | 'metadata';
  readonly severity: 'critical' | 'warning' | 'info';
  readonly expected: unknown;
  readonly actual: unknown;
}

export const differences: readonly Difference[] = [
  { path: 'wifi.sta.ssid', category: 'network', severity: 'warning', expected: 'iot', actual: 'guest' },
  { path: 'login.enabled', category: 'security', severity: 'critical', expected: true, actual: false },
  { path: 'mqtt.enable', category: 'network', severity: 'info', expected: true, actual: false },
  {
    path: 'sys.device.name',
    category: 'device',
    severity: 'warning',
    expected: 'Hall lamp',
    actual: 'Shelly',
  },
  { path: 'sys.location.tz', category: 'system', severity: 'info', expected: 'Europe/Berlin', actual: 'UTC' },
  { path: 'switch:0.auto_off', category: 'device', severity: 'warning', expected: false, actual: true },
];
