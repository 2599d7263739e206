// How often, or for how long, complete sweeps must miss a record before it is absent; and what is kept of that.

import { afterEach, describe, expect, test, vi } from 'vitest';
import { setSetting } from '../system/settings.ts';
import { putSource } from '../system/sources.ts';
import { absences, tombstones } from '../system/tables.ts';
import { type PolicySettings, policyOf, sweepSetting } from './sweep-policy.ts';
import { actor, failure, guest, ofNode, openSystem, type System } from './test-sync.ts';

const ruled = async (policy: PolicySettings): Promise<System> => {
  const system = await openSystem();
  await setSetting(system.store, sweepSetting, policy, actor);
  await system.guests([guest(1), guest(2)]);
  return system;
};
const waiting = async (system: System): Promise<unknown[]> =>
  (await system.stored(absences)).map(({ recordKey, timesMissed }) => [recordKey, timesMissed]);

describe('after three complete sweeps', () => {
  test('a record is absent, and not before', async () => {
    const system = await ruled({ confirmSweeps: 3 });
    expect(await system.guests([guest(1)])).toMatchObject({ complete: true, deleted: 0, unconfirmed: 1 });
    expect(await system.guests([guest(1)])).toMatchObject({ deleted: 0, unconfirmed: 1 });
    expect(await waiting(system)).toEqual([[['lab', 2], 2]]);
    const last = await system.guests([guest(1)]);
    expect(last).toMatchObject({ deleted: 1, unchanged: 1 });
    expect(last).not.toHaveProperty('unconfirmed');
    expect(await waiting(system)).toEqual([]);
    expect((await system.stored()).map(({ absentSince }) => absentSince === null)).toEqual([true, false]);
  });

  test('one that is shown in between begins anew', async () => {
    const system = await ruled({ confirmSweeps: 2 });
    await system.guests([guest(1)]);
    await system.guests([guest(1), guest(2)]);
    expect(await waiting(system)).toEqual([]);
    expect(await system.guests([guest(1)])).toMatchObject({ deleted: 0, unconfirmed: 1 });
    expect(await system.guests([guest(1)])).toMatchObject({ deleted: 1 });
  });

  test('one that an incomplete scope shows begins anew as well', async () => {
    const system = await ruled({ confirmSweeps: 2 });
    await system.guests([guest(1)]);
    await system.guests([guest(2)], { error: failure });
    expect(await system.guests([guest(1)])).toMatchObject({ deleted: 0 });
  });

  test('one that another scope of a group shows begins anew as well', async () => {
    const system = await ruled({ confirmSweeps: 2 });
    await system.guests([guest(1)]);
    const alone = (id: number) => ({
      scope: `guest/${id}`,
      batches: [{ table: ofNode('a', []).batches[0]!.table, rows: [guest(id)] }],
    });
    await system.sweep([[alone(1), alone(2)]]);
    expect(await waiting(system)).toEqual([]);
  });

  test('an incomplete scope neither counts nor starts again', async () => {
    const system = await ruled({ confirmSweeps: 2 });
    await system.guests([guest(1)]);
    for (let again = 0; again < 3; again++) await system.guests([], { error: failure });
    await system.guests([guest(1)], { rejected: [{ id: 'x', message: 'odd' }] });
    expect(await waiting(system)).toEqual([[['lab', 2], 1]]);
    expect(await system.guests([guest(1)])).toMatchObject({ deleted: 1 });
  });

  test('two scopes of one sweep that miss the same record are one miss', async () => {
    const system = await ruled({ confirmSweeps: 2 });
    await system.sweep([ofNode('a', [guest(1)]), { ...ofNode('a', [guest(1)]), scope: 'node/a again' }]);
    expect(await waiting(system)).toEqual([[['lab', 2], 1]]);
  });

  test('what waits when the setting goes back to one is absent in the next sweep', async () => {
    const system = await ruled({ confirmSweeps: 5 });
    await system.guests([guest(1)]);
    await setSetting(system.store, sweepSetting, {}, actor);
    expect(await system.guests([guest(1)])).toMatchObject({ deleted: 1 });
    expect(await waiting(system)).toEqual([]);
  });
});

describe('after an age', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test('a record is absent in the first complete sweep past it', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const system = await ruled({ confirmAgeMs: 60_000 });
    const later = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1_000);
    later(1);
    for (const seconds of [10, 20, 29]) {
      expect(await system.guests([guest(1)])).toMatchObject({ deleted: 0, unconfirmed: 1 });
      later(seconds);
    }
    later(1);
    expect(await system.guests([], { error: failure })).toMatchObject({ deleted: 0 });
    expect(await system.guests([guest(1)])).toMatchObject({ deleted: 1 });
  });

  test('or of sweeps, whichever comes first', async () => {
    const system = await ruled({ confirmAgeMs: 3_600_000, confirmSweeps: 2 });
    await system.guests([guest(1)]);
    expect(await system.guests([guest(1)])).toMatchObject({ deleted: 1 });
  });
});

describe('the policy', () => {
  test('of a source goes before that of the store, and both before the defaults', async () => {
    const system = await ruled({ confirmSweeps: 3 });
    const settings = { sweep: { confirmSweeps: 1 } };
    await putSource(system.store, { name: 'lab', domain: 'test', settings, credentials: {} });
    expect(await system.guests([guest(1)])).toMatchObject({ deleted: 1 });
    expect(policyOf({ deletedRecords: 5 }, { deletedRecords: 7 }, {})).toEqual({
      confirmSweeps: 1,
      confirmAgeMs: null,
      deletedPercent: 30,
      deletedRecords: 7,
      changedPercent: 80,
      changedRecords: 50,
    });
    expect(policyOf({ confirmAgeMs: 5 })).toMatchObject({ confirmSweeps: null, confirmAgeMs: 5 });
  });

  test('that does not fit is named, and nothing is swept', async () => {
    const system = await ruled({});
    const settings = { sweep: { confirmSweeps: 0 } };
    await putSource(system.store, { name: 'lab', domain: 'test', settings, credentials: {} });
    await expect(system.guests([])).rejects.toMatchObject({
      code: 'SETTING_INVALID',
      message: expect.stringContaining('sweep of lab'),
    });
    expect(await system.stored()).toMatchObject([{ absentSince: null }, { absentSince: null }]);
  });
});

describe('a tombstone', () => {
  test('says which sweep found the record gone, and what ended it', async () => {
    const system = await ruled({});
    const owns = { source: 'lab', node: 'a' };
    const [batch] = ofNode('a', []).batches;
    const causeOf = ([, id]: readonly unknown[]) => (id === 2 ? 'task 7' : undefined);
    const { run } = await system.sweep([
      { scope: 'node/a', batches: [{ table: batch!.table, rows: [], owns, causeOf }] },
    ]);
    const stones = await system.stored(tombstones);
    expect(stones.map(({ recordKey, cause }) => [recordKey, cause]).sort()).toEqual([
      [['lab', 1], null],
      [['lab', 2], 'task 7'],
    ]);
    for (const stone of stones)
      expect(stone).toMatchObject({
        runId: run.id,
        tableName: 'guests',
        source: 'lab',
        scope: 'node/a',
        absentSince: run.startedAt,
        firstMissedAt: run.startedAt,
      });
  });

  test('stays when the record is back, and there is another for the next time', async () => {
    const system = await ruled({});
    for (let times = 1; times <= 2; times++) {
      await system.guests([guest(1)]);
      await system.guests([guest(1), guest(2)]);
      expect(await system.stored(tombstones)).toHaveLength(times);
    }
  });
});
