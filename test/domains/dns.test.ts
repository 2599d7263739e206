// DNS records: found by name in any spelling, ours told from others', and orphans by their own clock.

import type { Insert, Store } from '@holdfast/core';
import {
  clearOrphaned,
  dns,
  dnsRecords,
  dnsTrackedRecords,
  markOrphaned,
  orphanedRecords,
  ownRecords,
  recordFingerprint,
  recordsNamed,
  trackedRecord,
} from '@holdfast/domains/dns';
import { makeDnsRecord, makeTrackedRecord } from '@holdfast/domains/dns/factories';
import { makeRandom } from '@holdfast/domains/random';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { refusal } from '../conformance/refusal.ts';
import { engines } from '../engines.ts';
import { openDomain } from './open-domain.ts';

const record = (recordId: string, more: Partial<Insert<typeof dnsRecords>> = {}) => ({
  ...makeDnsRecord('home', 0, makeRandom(1)),
  recordId,
  ...more,
});
const tracked = (recordId: string, more: Partial<Insert<typeof dnsTrackedRecords>> = {}) => ({
  ...makeTrackedRecord(record(recordId), makeRandom(1)),
  orphanedAt: null,
  ownership: 'owned' as const,
  ...more,
});
const ids = (rows: readonly { recordId: string }[]) => rows.map(({ recordId }) => recordId);
const key = (recordId: string) => ({ source: 'home', zone: 'home.example', recordId });

describe.each(engines)('$name', (engine) => {
  const opened = (): Promise<Store> => openDomain(engine, dns);

  test('records of a name are found in every zone, in any spelling, those that are gone left out', async () => {
    const store = await opened();
    await store
      .repository(dnsRecords)
      .insertMany([
        record('1', { name: 'nas.home.example', type: 'A' }),
        record('2', { name: 'nas.home.example', type: 'AAAA' }),
        record('2', { zone: 'example', name: 'nas.home.example', type: 'A' }),
        record('3', { name: 'nas.home.example', type: 'A', absentSince: 5 }),
        record('4', { name: 'other.home.example' }),
      ]);
    expect(ids(await recordsNamed(store, 'NAS.home.example.'))).toHaveLength(3);
    expect(ids(await recordsNamed(store, 'nas.home.example', 'AAAA'))).toEqual(['2']);
    expect(await recordsNamed(store, 'nas')).toEqual([]);
  });

  test('what we know of a record outlives it, and only what is ours counts as ours', async () => {
    const store = await opened();
    await store
      .repository(dnsTrackedRecords)
      .insertMany([
        tracked('1'),
        tracked('2', { ownership: 'adopted', content: null }),
        tracked('3', { ownership: 'observed' }),
        tracked('4', { ownership: 'foreign' }),
      ]);
    expect(ids((await ownRecords(store, 'home')).items)).toEqual(['1', '2']);
    expect(ids((await ownRecords(store, 'elsewhere')).items)).toEqual([]);
    expect(await trackedRecord(store, key('2'))).toMatchObject({ content: null, ownership: 'adopted' });
    expect(await trackedRecord(store, key('9'))).toBeUndefined();
  });

  test('the clock of an orphan starts once, and stops when something asks for the record again', async () => {
    const store = await opened();
    await store.repository(dnsTrackedRecords).insertMany(['1', '2', '3'].map((id) => tracked(id)));
    expect(await markOrphaned(store, key('1'), 1_000)).toBe(true);
    expect(await markOrphaned(store, key('1'), 9_000)).toBe(false);
    expect(await markOrphaned(store, key('3'), 500)).toBe(true);
    expect(await markOrphaned(store, key('9'), 500)).toBe(false);
    expect(ids((await orphanedRecords(store, 'home')).items)).toEqual(['3', '1']);
    expect(ids((await orphanedRecords(store, 'home', { until: 500 })).items)).toEqual(['3']);
    const page = await orphanedRecords(store, 'home', { limit: 1 });
    expect(ids((await orphanedRecords(store, 'home', { limit: 1, after: page.next })).items)).toEqual(['1']);
    expect(await clearOrphaned(store, key('1'))).toBe(true);
    expect(await clearOrphaned(store, key('1'))).toBe(false);
    expect(ids((await orphanedRecords(store, 'home')).items)).toEqual(['3']);
  });

  test('values that cannot be are refused', async () => {
    const store = await opened();
    const repository = store.repository(dnsRecords);
    expect((await refusal(repository.insert(record('1', { ttl: -1 })))).code).toBe('CHECK_FAILED');
    expect((await refusal(repository.insert(record('1', { name: '' })))).code).toBe('CHECK_FAILED');
    expect((await refusal(repository.insert(record('1', { port: 65_536 })))).code).toBe('CHECK_FAILED');
    expect((await refusal(repository.insert(record('1', { source: 'nobody' })))).code).toBe(
      'REFERENCE_MISSING',
    );
  });
});

test('fingerprints are equal exactly where the records are, whatever stands in them', () => {
  const part = fc.constantFrom('a', 'a::b', '::', '', 'b', '2001:db8::1');
  const optional = fc.option(fc.integer({ min: 0, max: 2 }), { nil: null });
  const value = fc.record({ type: part, name: part, content: part, ttl: optional, priority: optional });
  fc.assert(
    fc.property(value, value, (one, other) => {
      const same = Object.entries(one).every(([name, each]) => each === other[name as keyof typeof other]);
      expect(recordFingerprint(one) === recordFingerprint(other)).toBe(same);
    }),
  );
});
