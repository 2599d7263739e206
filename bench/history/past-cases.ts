// The past of ten thousand guests that each changed a hundred times: one of them, all of them, pages of the timeline
// and of a difference; each as of a moment in the middle, against the same query on a plain copy of that moment.

import { now } from '@holdfast/core';
import { listAsOf, listDiff, listHistory, recordAsOf } from '@holdfast/core/history';
import type { Case, Settings } from '../harness/area.ts';
import type { BenchEngine } from '../harness/engines.ts';
import { interleave } from '../harness/interleave.ts';
import { type Line, makeLine } from '../harness/line.ts';
import { digestOf, requireSame } from '../harness/same.ts';
import {
  type BenchStore,
  copyRecords,
  guestResource,
  guests,
  guestsThen,
  guestTables,
  makeGuests,
  openGuests,
} from './guests.ts';

const versions = 100;

interface Past {
  readonly store: BenchStore;
  /** Half of the versions are later. */
  readonly middle: number;
  /** Shortly after the middle. */
  readonly next: number;
}

/** An instant between what was written and what is written next. */
async function between(): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 3));
  const at = now();
  await new Promise((resolve) => setTimeout(resolve, 3));
  return at;
}

/** Written by the store, through its triggers, and copied in the middle. */
async function makePast(engine: BenchEngine, url: string, count: number): Promise<Past> {
  const store = await openGuests(url);
  const repository = store.repository(guests);
  let [middle, next] = [0, 0];
  for (let version = 0; version < versions; version++) {
    await repository.upsertMany(makeGuests(count, version));
    if (version === versions / 2) {
      middle = await between();
      await copyRecords(store, guests, guestsThen);
    }
    if (version === versions / 2 + 1) next = await between();
  }
  await engine.settle(store, guestTables);
  return { store, middle, next };
}

/** Times a question is asked in one round, so that a round is long enough to be timed. */
async function asked(times: number, work: (time: number) => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  for (let time = 0; time < times; time++) await work(time);
  return (performance.now() - begin) / times;
}

async function past(engine: BenchEngine, { size = 10_000, runs }: Settings): Promise<Line[]> {
  const url = await engine.make('past');
  const { store, middle, next } = await makePast(engine, url, size);
  const limit = Math.min(size, 10_000);
  const then = store.repository(guestsThen);
  requireSame('all guests as of the middle', {
    ours: digestOf((await listAsOf(store, guests, middle, { limit })).items),
    copy: digestOf((await then.list({ limit })).items),
  });
  const keyOf = (time: number) => ({ source: 'lab', vmid: 100 + ((time * 7_919) % size) });
  for (let time = 0; time < 20; time++)
    requireSame('a guest as of the middle', {
      ours: await recordAsOf(store, guests, keyOf(time), middle),
      copy: await then.get(keyOf(time)),
    });
  const compare = async (
    name: string,
    times: number,
    ours: (time: number) => Promise<unknown>,
    copy: (time: number) => Promise<unknown>,
    most: number | undefined,
  ): Promise<Line[]> => {
    const [own, reference] = await interleave(
      [{ run: () => asked(times, ours) }, { run: () => asked(times, copy) }],
      runs,
    );
    const line = {
      case: `past: ${size} guests, ${versions} versions, ${name}`,
      unit: 'ms',
      lessIsBetter: true,
    };
    const lines = [
      makeLine('history', engine.name, {
        ...line,
        against: 'plain copy of the moment',
        ours: own,
        reference,
      }),
    ];
    if (most !== undefined)
      lines.push(
        makeLine('history', engine.name, {
          ...line,
          against: `target of ${most} ms`,
          ours: own,
          reference: most,
          target: 1,
        }),
      );
    return lines;
  };
  const page = () => listAsOf(store, guests, middle);
  const lines = [
    ...(await compare(
      'one guest as of the middle',
      500,
      (time) => recordAsOf(store, guests, keyOf(time), middle),
      (time) => then.get(keyOf(time)),
      0.1,
    )),
    ...(await compare('a page of 50 as of the middle', 50, page, () => then.list(), undefined)),
    ...(await compare(
      'all as of the middle',
      3,
      () => listAsOf(store, guests, middle, { limit }),
      () => then.list({ limit }),
      25,
    )),
  ];
  const resources = [guestResource];
  const pages = [
    ['page of the timeline, 50 newest', 20, () => listHistory(store, { resources })],
    ['page of a difference, one version', 20, () => listDiff(store, { resources, from: middle, to: next })],
    [
      'page of a difference, the newest half',
      5,
      () => listDiff(store, { resources, from: middle, to: now() }),
    ],
  ] as const;
  for (const [name, times, work] of pages)
    lines.push(
      ...(await compare(name, times, work, () => then.list(), undefined)).map((line) => ({
        ...line,
        against: '50 records of the copy',
      })),
    );
  await store.repository(guests).delete(keyOf(0));
  requireSame('a page as of the middle, one guest deleted since', {
    ours: digestOf((await page()).items),
    copy: digestOf((await then.list()).items),
  });
  lines.push(
    ...(await compare(
      'a page of 50 as of the middle, one of all deleted since',
      50,
      page,
      () => then.list(),
      undefined,
    )),
  );
  await store.close();
  await engine.remove(url);
  return lines;
}

export const pastCases = (engine: BenchEngine): readonly Case[] => [
  { name: `${engine.name}: past`, run: (settings) => past(engine, settings) },
];
