// Leases: one holder at a time, also among processes; over when they run out; a later owner's token is higher.

import { leaseHolder } from '@holdfast/core/job';
import { acquireLease, releaseLease, renewLease } from '@holdfast/core/system';
import { describe, expect, test } from 'vitest';
import { engines } from '../engines.ts';
import { counters, shared } from './fixtures/tables.ts';
import { start } from './processes.ts';
import { refusal } from './refusal.ts';

const second = 1_000_000;
const ask = (owner: string, at: number) => ({ name: 'sweep', owner, durationMs: 10_000, at });

describe.each(engines)('$name', (engine) => {
  test('a held lease is refused to everybody, its holder included, and named', async () => {
    const store = await engine.open();
    const lease = await acquireLease(store, ask('one', 0));
    expect(lease).toEqual({ name: 'sweep', owner: 'one', token: 1, expiresAt: 10 * second });
    for (const owner of ['one', 'two']) {
      const error = await refusal(acquireLease(store, ask(owner, 10 * second - 1)));
      expect(error).toMatchObject({ code: 'LEASE_HELD', exit: 6 });
      expect(error.message).toContain('one holds the lease sweep until 1970-01-01T00:00:10Z');
    }
    await acquireLease(store, { ...ask('two', 0), name: 'another' });
    const holders = [0, 10 * second - 1, 10 * second].map((at) => leaseHolder(store, 'sweep', at));
    expect(await Promise.all(holders)).toEqual(['one', 'one', undefined]);
    expect(await leaseHolder(store, 'nobody asked', 0)).toBeUndefined();
  });

  test('given back or run out, it goes to the next, whose token is higher', async () => {
    const store = await engine.open();
    const first = await acquireLease(store, ask('one', 0));
    expect(await releaseLease(store, first, 1)).toBe(true);
    expect(await releaseLease(store, first, 1)).toBe(false);
    const next = await acquireLease(store, ask('two', 2));
    expect(next.token).toBe(2);
    expect((await acquireLease(store, ask('three', 2 + 10 * second))).token).toBe(3);
  });

  test('renewed, it holds longer; lost, it cannot be renewed or given back', async () => {
    const store = await engine.open();
    const first = await acquireLease(store, ask('one', 0));
    const renewed = await renewLease(store, first, 10_000, 9 * second);
    expect(renewed).toEqual({ ...first, expiresAt: 19 * second });
    expect((await refusal(acquireLease(store, ask('two', 12 * second)))).code).toBe('LEASE_HELD');
    // Nobody took it while it had run out: it is still his.
    await renewLease(store, renewed, 10_000, 30 * second);
    await acquireLease(store, ask('two', 40 * second));
    expect(await refusal(renewLease(store, renewed, 10_000, 41 * second))).toMatchObject({
      code: 'LEASE_LOST',
      exit: 6,
    });
    expect(await releaseLease(store, renewed)).toBe(false);
    expect((await refusal(acquireLease(store, ask('three', 41 * second)))).code).toBe('LEASE_HELD');
  });

  test('of many that ask at once, one gets it', async () => {
    const store = await engine.open();
    for (const at of [0, 20 * second]) {
      const asked = await Promise.allSettled(
        Array.from({ length: 20 }, (_, index) => acquireLease(store, ask(`p${index}`, at))),
      );
      expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const each of asked)
        if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'LEASE_HELD' });
    }
  });

  test('work of several processes under one lease never overlaps', async () => {
    const url = await engine.url(30_000);
    const running = ['a', 'b', 'c'].map((owner) => start('under-lease', url, owner, '25'));
    for (const { ended } of running) expect(await ended).toEqual({ exit: 0, signal: null, errors: '' });
    const store = await engine.open({ url, domains: [shared] });
    expect(await store.repository(counters).get({ id: 1 })).toEqual({ id: 1, value: 75 });
    expect((await acquireLease(store, { ...ask('last', Date.now() * 1000), name: 'counter' })).token).toBe(
      76,
    );
  });
});
