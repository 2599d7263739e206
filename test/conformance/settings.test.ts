// Settings and audit: typed values with defaults, every change told, and the log found by who, what and when.

import type { Store } from '@holdfast/core';
import {
  appendAudit,
  auditLogs,
  getSetting,
  listAudit,
  pruneAudit,
  type Setting,
  setSetting,
  settings,
  storedSettings,
} from '@holdfast/core/system';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { engines } from '../engines.ts';
import { refusal } from './refusal.ts';

const interval: Setting<{ seconds: number; jitter?: number | undefined }> = {
  name: 'dns.interval',
  schema: z.strictObject({ seconds: z.int().positive(), jitter: z.number().optional() }),
  default: { seconds: 60 },
};
const ann = { name: 'ann', via: 'cli' };
const ids = (items: readonly { entityId: string | null }[]) => items.map(({ entityId }) => entityId);

describe.each(engines)('$name', (engine) => {
  const opened = async (): Promise<Store> => (await engine.open()) as unknown as Store;

  test('a setting has its default until it is set, and what is set is read back', async () => {
    const store = await opened();
    expect(await getSetting(store, interval)).toEqual({ seconds: 60 });
    await setSetting(store, interval, { seconds: 5, jitter: 0.5 }, ann);
    expect(await getSetting(store, interval)).toEqual({ seconds: 5, jitter: 0.5 });
    expect(await storedSettings(store)).toEqual({ 'dns.interval': { seconds: 5, jitter: 0.5 } });
  });

  test('null is a value of its own, where the declaration takes it', async () => {
    const store = await opened();
    const days: Setting<number | null> = { name: 'drift.days', schema: z.int().nullable(), default: 90 };
    await setSetting(store, days, null, ann);
    expect(await getSetting(store, days)).toBeNull();
    expect(await storedSettings(store)).toEqual({ 'drift.days': null });
    await setSetting(store, days, 30, ann);
    expect(await getSetting(store, days)).toBe(30);
    expect((await refusal(setSetting(store, interval, null as never, ann))).code).toBe('SETTING_INVALID');
  });

  test('a value that does not fit is refused by name, and neither stored nor told', async () => {
    const store = await opened();
    const error = await refusal(setSetting(store, interval, { seconds: -1 }, ann));
    expect(error).toMatchObject({ code: 'SETTING_INVALID', exit: 2 });
    expect(error.message).toMatch(/^dns\.interval: .*seconds/s);
    expect(await storedSettings(store)).toEqual({});
    expect(await store.repository(auditLogs).count()).toBe(0);
    // Another program may have written it.
    await store.repository(settings).insert({ name: interval.name, value: 'soon' });
    expect((await refusal(getSetting(store, interval))).code).toBe('SETTING_INVALID');
  });

  test('a change is told with who, how, and only what differs', async () => {
    const store = await opened();
    await setSetting(store, interval, { seconds: 5, jitter: 0.5 }, ann);
    await setSetting(store, interval, { seconds: 7, jitter: 0.5 }, ann);
    const { items } = await listAudit(store, { entity: 'setting', entityId: 'dns.interval' });
    expect(items).toHaveLength(2);
    expect(items.map(({ before, after }) => ({ before, after }))).toContainEqual({
      before: { seconds: 5 },
      after: { seconds: 7 },
    });
    expect(items[0]).toMatchObject({ actor: 'ann', via: 'cli', action: 'update' });
  });

  test('an entry and what it tells of are stored together or not at all', async () => {
    const store = await opened();
    const failing = store.transaction(async (tx) => {
      await appendAudit(tx, ann, { action: 'delete', entity: 'dns.record', entityId: 'x' });
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect((await listAudit(store)).items).toEqual([]);
  });

  test('entries are found by actor, action, thing and time, newest first, page by page', async () => {
    const store = await opened();
    const rows = Array.from({ length: 30 }, (_, index) => ({
      id: crypto.randomUUID(),
      at: index * 1_000,
      actor: index % 3 === 0 ? 'ann' : 'reconcile',
      via: 'schedule',
      action: index % 2 === 0 ? 'update' : 'delete',
      entity: 'dns.record',
      entityId: `r${index}`,
    }));
    await store.repository(auditLogs).insertMany(rows);
    expect(ids((await listAudit(store, { actor: 'ann' }, { limit: 3 })).items)).toEqual([
      'r27',
      'r24',
      'r21',
    ]);
    expect(ids((await listAudit(store, { entity: 'dns.record', entityId: 'r7' })).items)).toEqual(['r7']);
    expect(ids((await listAudit(store, { from: 10_000, to: 13_000 })).items)).toEqual(['r12', 'r11', 'r10']);
    expect(ids((await listAudit(store, { action: 'delete', to: 4_000 })).items)).toEqual(['r3', 'r1']);
    const first = await listAudit(store, {}, { limit: 20 });
    const rest = await listAudit(store, {}, { limit: 20, after: first.next });
    expect([...ids(first.items), ...ids(rest.items)]).toEqual(rows.map(({ entityId }) => entityId).reverse());
    expect(await pruneAudit(store, 28_000)).toBe(28);
    expect(ids((await listAudit(store)).items)).toEqual(['r29', 'r28']);
  });
});
