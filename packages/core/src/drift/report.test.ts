import { expect, test } from 'vitest';
import type { CheckedRecord, FoundDifference } from './check.ts';
import { healthOf, riskOf, severityOf, Tally } from './report.ts';

const difference = (more: Partial<FoundDifference>): FoundDifference => ({
  ...{ path: 'a', type: 'modified', expected: 1, actual: 2, secret: false, category: 'system' },
  ...{ severity: 'info', description: '', suggestion: '', fingerprint: '', acknowledged: false },
  ...more,
});
const record = (id: number, more: Partial<CheckedRecord> = {}): CheckedRecord => ({
  ...{ resource: 'test.thing', id: String(id), source: null, row: undefined, status: 'in_sync' },
  ...{ reason: null, differences: [], confirmedAt: null },
  ...more,
});

test.each([
  [{ critical: 0, warning: 0, info: 0 }, 100, 'low', 'none'],
  [{ critical: 0, warning: 0, info: 10 }, 80, 'low', 'low'],
  [{ critical: 0, warning: 0, info: 11 }, 78, 'medium', 'low'],
  [{ critical: 0, warning: 1, info: 0 }, 90, 'medium', 'medium'],
  [{ critical: 0, warning: 4, info: 0 }, 60, 'medium', 'high'],
  [{ critical: 0, warning: 6, info: 0 }, 40, 'high', 'high'],
  [{ critical: 1, warning: 0, info: 0 }, 80, 'critical', 'critical'],
  [{ critical: 9, warning: 9, info: 9 }, 0, 'critical', 'critical'],
])('%j is health %i, risk %s, and a record of %s', (counts, health, risk, level) => {
  expect(healthOf(counts)).toBe(health);
  expect(riskOf(counts, health)).toBe(risk);
  expect(severityOf(counts)).toBe(level);
});

test('it adds up what it was given, and nothing acknowledged', () => {
  const tally = new Tally();
  tally.add(record(1, { confirmedAt: 5 }));
  tally.add(record(2, { status: 'unknown', reason: 'absent', confirmedAt: 3 }));
  const wifi = difference({ path: 'wifi', category: 'network', severity: 'warning' });
  for (const id of [3, 4, 5, 6]) tally.add(record(id, { status: 'drifted', differences: [wifi] }));
  const known = difference({ path: 'b', severity: 'critical', acknowledged: true });
  tally.add(
    record(7, {
      status: 'drifted',
      differences: [wifi, known, difference({ category: 'security', severity: 'critical' })],
    }),
  );
  tally.add(record(8, { status: 'acknowledged', differences: [known] }));
  tally.unmanaged(40);
  const report = tally.report();
  expect(report).toMatchObject({
    ...{ checked: 8, inSync: 1, drifted: 5, acknowledged: 1, unknown: 1, errored: 0, unmanaged: 40 },
    ...{ critical: 1, warning: 5, info: 0, health: 30, risk: 'critical' },
    byCategory: { security: 1, network: 5, device: 0 },
    byResource: { 'test.thing': { checked: 8, inSync: 1, drifted: 5, unknown: 1 } },
    mostCommon: [
      { path: 'wifi', type: 'modified', records: 5, share: 1 },
      { path: 'a', type: 'modified', records: 1, share: 0.2 },
    ],
    reasons: { absent: 1 },
    confirmed: { oldest: 3, newest: 5, never: 6 },
  });
  expect(report.records.map(({ severity }) => severity)).toEqual([
    'medium',
    'medium',
    'medium',
    'medium',
    'critical',
  ]);
  expect(report.recommendations.map(({ code }) => code)).toEqual([
    ...['security', 'critical-records', 'network', 'in-bulk', 'unknown'],
  ]);
});

test('however many kinds of difference there are, the common ones stay', () => {
  const tally = new Tally();
  const common = difference({ path: 'common' });
  for (let id = 0; id < 30_000; id++)
    tally.add(record(id, { status: 'drifted', differences: [difference({ path: `rare ${id}` }), common] }));
  expect(tally.report().mostCommon[0]).toMatchObject({ path: 'common', records: 30_000, share: 1 });
  expect(tally.report().records).toHaveLength(100);
});
