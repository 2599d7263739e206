// A move: a living database to another engine while it is written to; before or after, wherever it is killed.
// HOLDFAST_KILLS, set to anything, kills at every step of every pair of engines.

import { existsSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isHoldfastError, openStore, type Store } from '@holdfast/core';
import { locationOf, type MoveReport, moveDraft, reopen } from '@holdfast/core/move';
import { applyPlan, giveConsent, makePlan, recoverIntents } from '@holdfast/core/plan';
import { leases, plans } from '@holdfast/core/system';
import { describe, expect, onTestFinished, test } from 'vitest';
import { engines, scratchFolder, type TestEngine } from '../engines.ts';
import { contentOf, doors, furnish, house, notes, rooms } from './fixtures/move-tables.ts';
import { arrived, type MovePlace, moving, underWay } from './fixtures/moving.ts';
import { start } from './processes.ts';

const count = 60;

interface Home {
  /** Of the database that moves. */
  readonly url: string;
  readonly place: MovePlace;
}

async function home(from: TestEngine, to: TestEngine): Promise<Home> {
  const folder = mkdtempSync(join(scratchFolder(), 'move-'));
  const keyFile = join(folder, 'secret.key');
  const url = await from.url();
  await using store = await openStore({ url, keyFile, domains: [house] });
  await furnish(store, count);
  const target = to.name === 'sqlite' ? `sqlite:${join(folder, 'moved.db')}` : await to.url();
  return { url, place: { url: target, keyFile, folder } };
}

const open = async (url: string, keyFile: string): Promise<Store> => {
  const store = await openStore({ url, keyFile, domains: [house], mustExist: true });
  onTestFinished(() => store.close());
  return store;
};

async function apply(
  { url, place }: Home,
  more: Parameters<typeof moving>[2] & { dryRun?: boolean; signal?: AbortSignal } = {},
  onStep?: Parameters<typeof moving>[1],
): Promise<MoveReport> {
  // How long it takes is no matter here; machines differ.
  const { dryRun = false, signal, ...options } = { freezeMs: 30_000, ...more };
  await using store = await openStore({ url, keyFile: place.keyFile, domains: [house], mustExist: true });
  const kind = moving(place, onStep, options);
  const lossy = options.lossy ?? 'refuse';
  const plan = makePlan(await moveDraft(store, { to: await locationOf(place.url), lossy }));
  try {
    await applyPlan({
      ...{ store, kind, plan, dryRun, signal, actor: { name: 'test', via: 'app' } },
      intents: join(place.folder, 'intents'),
      consent: giveConsent(plan, { by: 'test', via: 'app' }),
    });
    return kind.report;
  } finally {
    await kind.close();
    await kind.successor?.()?.close();
  }
}

/** Writes until it is refused, one after the other. @returns what the tables held when the last write was acknowledged */
async function write(store: Store, writes: { acknowledged: number }): Promise<unknown> {
  let content: unknown;
  const write = async (work: () => Promise<unknown>): Promise<void> => {
    await work();
    writes.acknowledged++;
  };
  try {
    for (let turn = 1; ; turn++) {
      const id = (turn % count) + 1;
      // As fast as the machine can, it would only be more of the same.
      await setTimeout(2);
      await write(() => store.repository(rooms).update({ id }, { note: `turn ${turn}`, key: `new ${turn}` }));
      await write(() => store.repository(notes).update({ id }, { body: { turn } }));
      await write(() =>
        store.repository(notes).insert({ id: count + turn, roomId: id, code: `n${turn}`, body: 1 }),
      );
      await write(() => store.repository(rooms).upsert({ id, name: `room ${id}`, warmth: turn / 8 }));
      if (turn % 7 !== 0) continue;
      const other = ((turn + 20) % count) + 1;
      await write(() =>
        store.transaction(async (transaction) => {
          // Two notes exchange what is unique.
          const [one, two] = [
            await transaction.repository(notes).get({ id }),
            await transaction.repository(notes).get({ id: other }),
          ];
          if (one === undefined || two === undefined || id === other) return;
          await transaction.repository(notes).update({ id }, { code: 'between' });
          await transaction.repository(notes).update({ id: other }, { code: one.code });
          await transaction.repository(notes).update({ id }, { code: two.code });
        }),
      );
      // A room goes with its doors and notes, and comes again without them.
      await write(() => store.repository(rooms).delete({ id: other }));
      await write(() => store.repository(rooms).insert({ id: other, name: `again ${turn}` }));
      await write(() => store.repository(doors).upsert({ id: BigInt(turn), roomId: id }));
    }
  } catch (error) {
    if (!isHoldfastError(error) || error.code !== 'DATABASE_MOVED') throw error;
    content = await contentOf(store);
  }
  return content;
}

const sound = async (store: Store): Promise<void> => {
  expect(await store.doctor()).toEqual([]);
  expect(await store.check()).toEqual([]);
};

const pairs = engines.flatMap((from) => engines.map((to) => [from.name, to.name, from, to] as const));

describe.each(pairs)('%s to %s', (_, __, from, to) => {
  test('it moves while it is written to: nothing is lost, and the old one takes no more', async () => {
    const moves = await home(from, to);
    const { url, place } = moves;
    const writer = await open(url, place.keyFile);
    const writes = { acknowledged: 0 };
    const written = write(writer, writes);
    const atSteps: number[] = [];
    const report = await apply(moves, {}, () => void atSteps.push(writes.acknowledged));
    const left = await written;
    expect(atSteps.at(-1)! - atSteps[0]!, 'it was written to meanwhile').toBeGreaterThan(0);
    expect(report.freezeMs).toBeGreaterThanOrEqual(0);
    await writer.close();

    const there = await open(place.url, place.keyFile);
    expect(await contentOf(there)).toEqual(left);
    await sound(there);
    await there.repository(rooms).update({ id: 1 }, { note: 'at the new place' });
    expect(existsSync(arrived(place.folder))).toBe(true);
    expect(existsSync(underWay(place.folder))).toBe(false);

    await expect(openStore({ url, keyFile: place.keyFile, domains: [house] })).rejects.toMatchObject({
      code: 'DATABASE_MOVED',
    });
    for (const sql of ["UPDATE rooms SET note = 'late'", 'DELETE FROM notes'])
      await expect(from.exec(url, sql)).rejects.toThrow(/moved to/);
    expect(await reopen(url, [house])).toBe(true);
    expect(await reopen(url, [house])).toBe(false);
    const back = await open(url, place.keyFile);
    expect(await contentOf(back)).toEqual(left);
    await back.repository(notes).update({ id: 1 }, { body: 'late' });
    await sound(back);
  });
});

/** What a program does that finds a move broken off, or under way. @returns the store, and what was told */
async function recovered({ url, place }: Home): Promise<{ store: Store; told: readonly string[] }> {
  const { keyFile, folder } = place;
  const current = existsSync(arrived(folder)) ? place.url : url;
  const settings = { keyFile, domains: [house], mustExist: true };
  const store = await openStore({ ...settings, url: current }).catch((error: unknown) => {
    if (!isHoldfastError(error) || error.code !== 'DATABASE_MOVED' || !existsSync(underWay(folder)))
      throw error;
    return openStore({ ...settings, url: place.url, restoring: true });
  });
  const { plans, setAside } = await recoverIntents({
    store,
    intents: join(folder, 'intents'),
    kinds: [moving(place)],
  });
  expect(setAside).toEqual([]);
  return { store, told: plans.map(({ outcome }) => outcome) };
}

/** @returns the store that is the one from now on */
async function nextStart(home: Home): Promise<Store> {
  const { url, place } = home;
  const { store } = await recovered(home);
  await store.close();
  return open(existsSync(arrived(place.folder)) ? place.url : url, place.keyFile);
}

const all = process.env['HOLDFAST_KILLS'] !== undefined;
const around = engines.map(
  (from, at) =>
    [from.name, engines[(at + 1) % engines.length]!.name, from, engines[(at + 1) % engines.length]!] as const,
);

test.each(all ? pairs : around)(
  'killed at any step, from %s to %s, it is as before or as after',
  async (_, __, from, to) => {
    const first = await home(from, to);
    const arguments_ = ({ url, place }: Home): string[] => [url, place.keyFile, place.folder, place.url];
    const whole = start('move', ...arguments_(first), 'none');
    const { steps } = (await whole.message()) as { steps: string[] };
    expect(await whole.ended).toEqual({ exit: 0, signal: null, errors: '' });
    expect(steps.length).toBeGreaterThan(10);
    const outcomes = new Set<string>();
    // Of three pairs each takes another third.
    const mine = steps.filter((_step, at) => all || at % 3 === engines.indexOf(from) % 3);
    for (const step of mine) {
      const moves = await home(from, to);
      const running = start('move', ...arguments_(moves), step);
      expect(await running.ended).toEqual({ exit: null, signal: 'SIGKILL', errors: '' });
      const store = await nextStart(moves);
      const outcome = existsSync(arrived(moves.place.folder)) ? 'after' : 'before';
      outcomes.add(outcome);
      expect(existsSync(underWay(moves.place.folder)), step).toBe(false);
      expect(
        Object.values((await contentOf(store)) as object).map((each: unknown[]) => each.length),
        step,
      ).toEqual([count, count, count]);
      await sound(store);
      await store.repository(notes).update({ id: 1 }, { body: 'on' });
      await store.close();
      if (outcome === 'before' && (all || step === mine[0])) {
        // Nothing is in the way of the next one.
        await apply(moves);
        await sound(await open(moves.place.url, moves.place.keyFile));
      }
    }
    expect([...outcomes].toSorted()).toEqual(['after', 'before']);
  },
  240_000,
);

describe.each(engines)('from $name', (from) => {
  const to = engines.find(({ name }) => name !== from.name)!;
  const asBefore = async ({ url, place }: Home, left: unknown): Promise<void> => {
    const store = await open(url, place.keyFile);
    expect(await contentOf(store)).toEqual(left);
    await sound(store);
    expect(existsSync(underWay(place.folder))).toBe(false);
    await store.close();
  };
  const contentAt = async ({ url, place }: Home): Promise<unknown> =>
    contentOf(await open(url, place.keyFile));

  test('whoever looks while it goes on leaves it alone, at the old place and at the new one', async () => {
    const moves = await home(from, to);
    const told = new Map<string, readonly string[]>();
    const { digest } = await apply(moves, {}, async (step) => {
      // In between, the old one takes nobody in.
      if (step === 'hold' || step === 'finish' || step === 'settle' || step === 'seal') return;
      const looked = await recovered(moves);
      told.set(step, looked.told);
      await looked.store.close();
    });
    expect([...told.keys()]).toEqual(expect.arrayContaining(['copy', 'arrive', 'switch', 'prove']));
    expect([...told.values()].flat()).toEqual([...told.keys()].map(() => 'running'));
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    const there = await open(moves.place.url, moves.place.keyFile);
    expect(await there.repository(leases).list({ limit: 10 })).toMatchObject({ items: [] });
    expect(await there.repository(plans).list({ limit: 10 })).toMatchObject({
      items: [{ state: 'applied' }],
    });
    await sound(there);
  });

  test('a place that is not free, and a cancellation, leave both as they were', async () => {
    const moves = await home(from, to);
    const left = await contentAt(moves);
    const busy = { ...moves, place: { ...moves.place, url: (await home(to, from)).url } };
    await expect(apply(busy)).rejects.toMatchObject({ code: 'RESTORE_NOT_EMPTY' });
    await asBefore(moves, left);
    for (const step of ['copy', 'follow', 'hold']) {
      const cancel = new AbortController();
      const cancelled = apply(moves, { signal: cancel.signal }, (at) => {
        if (at === step) cancel.abort();
      });
      await expect(cancelled, step).rejects.toMatchObject({ code: 'CANCELLED' });
      await asBefore(moves, left);
    }
    await apply(moves);
    expect(await contentOf(await open(moves.place.url, moves.place.keyFile))).toEqual(left);
  });

  test('writers never wait longer than they may: the move is given up instead', async () => {
    const moves = await home(from, to);
    const left = await contentAt(moves);
    await expect(apply(moves, { freezeMs: 0 })).rejects.toMatchObject({ code: 'MOVE_UNSETTLED' });
    await asBefore(moves, left);
  });
});

test('a value that the other engine cannot keep is counted by the dry run, refused, or kept as the nearest', async () => {
  const [sqlite, postgres] = [engines[0]!, engines[1]!];
  const moves = await home(sqlite, postgres);
  const store = await open(moves.url, moves.place.keyFile);
  await store.repository(rooms).update({ id: 7 }, { note: 'nul \u0000 here' });
  await store.close();
  const tried = await apply(moves, { dryRun: true });
  expect(tried.losses).toMatchObject([{ table: 'rooms', column: 'note', key: [7] }]);
  await expect(apply(moves)).rejects.toMatchObject({ code: 'VALUE_LOSSY' });
  const moved = await apply(moves, { lossy: 'nearest' });
  expect(moved.losses).toEqual(tried.losses);
  expect(moved.tables.find(({ table }) => table === 'rooms')).toMatchObject({ lossy: 1, rows: count });
  const there = await open(moves.place.url, moves.place.keyFile);
  expect(await there.repository(rooms).get({ id: 7 })).not.toMatchObject({ note: 'nul \u0000 here' });
  await sound(there);
});
