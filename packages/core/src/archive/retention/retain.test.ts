// What is kept, and in which words; and what holds for any set of archives and any policy.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultPolicies, type RetentionPolicies, type RetentionPolicy, retentionPolicy } from './policy.ts';
import { type Retained, retain } from './retain.ts';
import { archive, day, hour, someArchives } from './test-archives.ts';

const none = retentionPolicy.parse({});
const policies = (rules: Partial<RetentionPolicy>): RetentionPolicies => ({
  critical: { ...none, ...rules },
  important: none,
  operational: none,
  informational: none,
});
const keptIds = (result: readonly Retained[]) =>
  result.filter(({ keep }) => keep).map(({ archive: { id } }) => id);
const reasonsOf = (result: readonly Retained[], id: string) =>
  result.find(({ archive: each }) => each.id === id)?.reasons;

describe('words', () => {
  const archives = [
    archive('old', '2025-01-01T12:00:00Z', { proven: true }),
    archive('monday', '2025-03-03T08:00:00Z'),
    archive('monday-late', '2025-03-03T23:59:59Z', { baseId: 'monday' }),
    archive('tuesday', '2025-03-04T01:00:00Z'),
  ];

  test('say which rule keeps what', () => {
    const result = retain(archives, { policies: policies({ daily: 2, monthly: 1, keepLast: 1 }) });
    expect(result.map(({ archive: { id } }) => id)).toEqual(['tuesday', 'monday-late', 'monday', 'old']);
    expect(reasonsOf(result, 'tuesday')).toEqual([
      'the newest (critical)',
      'the last of Tuesday 4 March 2025 (critical)',
      'the last of March 2025 (critical)',
    ]);
    expect(reasonsOf(result, 'monday-late')).toEqual(['the last of Monday 3 March 2025 (critical)']);
    expect(reasonsOf(result, 'monday')).toEqual(['base of monday-late']);
    expect(reasonsOf(result, 'old')).toEqual(['the newest proven full archive']);
  });

  test('say that no rule does', () => {
    const result = retain(archives, { policies: policies({ keepLast: 1 }) });
    expect(result.find(({ archive: { id } }) => id === 'monday-late')).toMatchObject({
      keep: false,
      reasons: ['no rule keeps it'],
    });
  });

  test('name weeks, years, hours and ages', () => {
    const result = retain(archives, {
      policies: policies({ weekly: 1, yearly: 1, hourly: 1, keepWithin: 1, keepLast: 2 }),
    });
    expect(reasonsOf(result, 'tuesday')).toEqual([
      'one of the newest 2 (critical)',
      'the last of the hour from 01:00 UTC on Tuesday 4 March 2025 (critical)',
      'the last of the week from Monday 3 March 2025 (critical)',
      'the last of 2025 (critical)',
      'at most 1 day older than the newest (critical)',
    ]);
  });

  test('of a chain of segments are few', () => {
    const start = archives[3]!.at;
    const segments = Array.from({ length: 5_000 }, (_, index) =>
      archive(`s${index}`, start + (index + 1) * 60_000_000, {
        type: 'segment',
        baseId: index === 0 ? 'tuesday' : `s${index - 1}`,
      }),
    );
    const result = retain([...archives, ...segments], { policies: policies({ segmentsWithin: 1 }) });
    // Those of the last day, and all that they continue.
    expect(keptIds(result)).toContain('s0');
    expect(Math.max(...result.map(({ reasons }) => reasons.length))).toBeLessThan(4);
  });
});

test('a segment that no other archive covers yet stays, and all that it continues', () => {
  const archives = [
    archive('full', '2025-01-01T00:00:00Z'),
    archive('old', '2025-01-01T12:00:00Z', { type: 'segment', baseId: 'full' }),
    archive('next', '2025-01-02T00:00:00Z', { type: 'incremental', baseId: 'full' }),
    archive('first', '2025-01-02T00:01:00Z', { type: 'segment', baseId: 'next' }),
    archive('last', '2025-01-02T00:02:00Z', { type: 'segment', baseId: 'first' }),
  ];
  const result = retain(archives, { policies: policies({}) });
  expect(keptIds(result)).toEqual(['last', 'first', 'next', 'full']);
  expect(reasonsOf(result, 'last')).toEqual(['nothing else has it yet']);
});

test('each data class has its own policy, and one is enough', () => {
  const archives = [
    archive('a', '2025-01-01T00:00:00Z', { dataClasses: ['informational'] }),
    archive('b', '2025-01-02T00:00:00Z', { dataClasses: ['critical'] }),
    archive('c', '2025-01-03T00:00:00Z', { dataClasses: ['critical'] }),
  ];
  const result = retain(archives, {
    policies: { ...policies({ keepLast: 1 }), informational: { ...none, keepLast: 1 } },
  });
  expect(keptIds(result)).toEqual(['c', 'a']);
});

test('without a proven full archive the newest full one stays; pinned ones stay', () => {
  const archives = [
    archive('a', '2025-01-01T00:00:00Z', { pinned: true }),
    archive('b', '2025-01-02T00:00:00Z'),
    archive('c', '2025-01-03T00:00:00Z'),
  ];
  const result = retain(archives, { policies: policies({}) });
  expect(keptIds(result)).toEqual(['c', 'a']);
  expect(reasonsOf(result, 'a')).toEqual(['pinned']);
});

test('what continues an archive that is elsewhere is kept, and does not stand for its day', () => {
  const archives = [
    archive('good', '2025-01-01T08:00:00Z'),
    archive('broken', '2025-01-01T20:00:00Z', { baseId: 'elsewhere' }),
  ];
  const result = retain(archives, { policies: policies({ daily: 1 }) });
  expect(reasonsOf(result, 'good')).toContain('the last of Wednesday 1 January 2025 (critical)');
  expect(reasonsOf(result, 'broken')).toEqual([
    'what it continues (elsewhere) is not here: it may be elsewhere',
  ]);
});

describe('days', () => {
  // Clocks of Berlin show 2:30 twice on 26 October 2025; the 26th has 25 hours.
  const start = Date.UTC(2025, 9, 25, 22) * 1000;
  const archives = Array.from({ length: 26 }, (_, index) => archive(`h${index}`, start + index * hour));

  test('are those of the zone, however long', () => {
    const berlin = retain(archives, { policies: policies({ daily: 2 }), zone: 'Europe/Berlin' });
    expect(keptIds(berlin)).toEqual(['h25', 'h24']);
    const utc = retain(archives, { policies: policies({ daily: 2 }) });
    expect(keptIds(utc)).toEqual(['h25', 'h1']);
  });

  test('have as many hours as passed', () => {
    const berlin = retain(archives, { policies: policies({ hourly: 26 }), zone: 'Europe/Berlin' });
    expect(keptIds(berlin)).toHaveLength(26);
  });
});

describe('for any archives and policies', () => {
  const count = fc.integer({ min: 0, max: 8 });
  const somePolicy: fc.Arbitrary<RetentionPolicy> = fc.record({
    ...{ keepLast: count, hourly: count, daily: count, weekly: count, monthly: count, yearly: count },
    ...{ keepWithin: fc.integer({ min: 0, max: 90 }), segmentsWithin: fc.integer({ min: 0, max: 90 }) },
  });
  const somePolicies: fc.Arbitrary<RetentionPolicies> = fc.record({
    ...{ critical: somePolicy, important: somePolicy, operational: somePolicy, informational: somePolicy },
  });
  const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/St_Johns', 'Pacific/Apia');

  test('nothing that is kept loses what it continues', () => {
    fc.assert(
      fc.property(someArchives, somePolicies, zone, (archives, chosen, where) => {
        const kept = new Set(keptIds(retain(archives, { policies: chosen, zone: where })));
        const there = new Set(archives.map(({ id }) => id));
        for (const { id, baseId } of archives)
          if (kept.has(id) && baseId !== null && there.has(baseId)) expect(kept).toContain(baseId);
      }),
      { numRuns: 300 },
    );
  });

  test('the newest proven full archive stays', () => {
    fc.assert(
      fc.property(someArchives, somePolicies, (archives, chosen) => {
        const proven = archives.filter(({ type, proven: is }) => type === 'full' && is);
        const newest = Math.max(...proven.map(({ at }) => at));
        const kept = retain(archives, { policies: chosen }).filter(({ keep }) => keep);
        if (proven.length > 0)
          expect(
            kept.some(({ archive: each }) => each.proven && each.type === 'full' && each.at === newest),
          ).toBe(true);
      }),
    );
  });

  test('a second run removes nothing more', () => {
    fc.assert(
      fc.property(someArchives, somePolicies, zone, (archives, chosen, where) => {
        const options = { policies: chosen, zone: where };
        const kept = retain(archives, options).filter(({ keep }) => keep);
        const again = retain(
          kept.map(({ archive: each }) => each),
          options,
        );
        expect(keptIds(again)).toEqual(kept.map(({ archive: { id } }) => id));
      }),
      { numRuns: 300 },
    );
  });

  test('larger numbers never remove more', () => {
    fc.assert(
      fc.property(someArchives, somePolicies, somePolicies, (archives, less, more) => {
        const larger = Object.fromEntries(
          Object.entries(less).map(([dataClass, rules]) => [
            dataClass,
            Object.fromEntries(
              Object.entries(rules).map(([rule, number]) => [
                rule,
                number + more[dataClass as 'critical'][rule as 'daily'],
              ]),
            ),
          ]),
        ) as unknown as RetentionPolicies;
        const kept = new Set(keptIds(retain(archives, { policies: larger })));
        for (const id of keptIds(retain(archives, { policies: less }))) expect(kept).toContain(id);
      }),
      { numRuns: 300 },
    );
  });

  test('the order in which they are given does not matter', () => {
    fc.assert(
      fc.property(someArchives, (archives) => {
        const turned = retain(archives.toReversed());
        expect(turned.map(({ archive: { id }, keep }) => [id, keep])).toEqual(
          retain(archives).map(({ archive: { id }, keep }) => [id, keep]),
        );
      }),
    );
  });
});

test('the defaults keep minutes for a week, days for a month and months for a year', () => {
  const start = Date.UTC(2025, 0, 1) * 1000;
  const archives = Array.from({ length: 400 }, (_, index) => archive(`d${index}`, start + index * day));
  const result = retain(archives, { policies: defaultPolicies });
  const kept = result.filter(({ keep }) => keep).length;
  expect(kept).toBeGreaterThanOrEqual(30 + 8);
  expect(kept).toBeLessThan(60);
});
