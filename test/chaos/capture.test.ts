// 16 writers at once, through stores and past them, with sleeps, rollbacks, cascades, REPLACE and TRUNCATE, and two
// readers of changes, all of them killed at any moment: 0 missed, 0 duplicated, 0 torn.
// HOLDFAST_CHANGES sets the least number of changes for each engine (default 4,000).

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Instant, now, type Store } from '@holdfast/core';
import { expect, onTestFinished, test } from 'vitest';
import { engines, scratchFolder, type TestEngine } from '../engines.ts';
import { compareCredits, compareDelivered, compareLedger } from './fixtures/capture-compare.ts';
import { Herd } from './fixtures/capture-herd.ts';
import { type LedgerUnit, readLedger } from './fixtures/capture-ledger.ts';
import { comparePast, comparePresent } from './fixtures/capture-past.ts';
import { captureDomain, captured } from './fixtures/capture-tables.ts';
import { changesByUnit, type TableTruth, tableTruth } from './fixtures/capture-truth.ts';

const changes = Number(process.env['HOLDFAST_CHANGES'] ?? 4_000);
/** One for so many changes. */
const changesPerKill = Math.min(2_000, changes / 8);
/** Of each reader, while others write. */
const leastReadings = 25;
/** Moments of the past that are looked at afterwards. */
const mostMoments = 10;
/** When a reader kills itself: before and after it has kept what it read, in the middle of reading. */
const moments = ['kept', 'any', 'reading', 'written'] as const;

/** A server goes on with what it was sent until it notices that nobody is there. */
async function untilAlone(store: Store): Promise<void> {
  for (;;) {
    const { open, server = open } = (await store.engine.stats()).connections;
    if (server <= open) return;
    await wait(10);
  }
}

async function chaos(engine: TestEngine, url: string, folder: string) {
  const store = (await engine.open({ url, domains: [captureDomain] })) as unknown as Store;
  const herd = new Herd();
  onTestFinished(() => herd.killAll());
  const ledgers = [0, 1, 2, 3].map((index) => join(folder, `ledger ${index}`));
  const folders = ['one', 'two'].map((name) => join(folder, name));
  for (const each of folders) mkdirSync(each);
  const readers = folders.map((path, index) =>
    herd.start('capture-read', (life) => {
      const moment = moments[(life + index) % moments.length]!;
      return [url, path, moment, 3 + (life % 4) * 3];
    }),
  );

  while (readers.some(({ begun }) => !begun) && herd.errors === '') await wait(10);
  const writers = ledgers.map((path, index) =>
    herd.start('capture-write', (life) => [url, path, 1 + index * 4, life]),
  );

  const noted: Instant[] = [];
  const isEnough = (): boolean =>
    herd.told >= changes && readers.every(({ messages }) => messages >= leastReadings);
  const noting = (async () => {
    for (; !isEnough() && herd.errors === ''; await wait(100)) noted.push(now());
  })();
  await Promise.all([noting, herd.harass(writers, changesPerKill, isEnough)]);
  await Promise.all(writers.map((writer) => writer.stop()));
  for (const reader of readers) {
    reader.over = true;
    reader.kill();
    await reader.endedByItself();
  }
  expect(herd.errors).toBe('');
  await untilAlone(store);
  // What is left to read.
  await Promise.all(
    folders.map((path) => herd.start('capture-read', () => [url, path, 'end', 0]).endedByItself()),
  );
  expect(herd.errors).toBe('');
  const ledger = new Map<number, LedgerUnit>(ledgers.flatMap((path) => [...readLedger(path)]));
  return { store, ledger, folders, noted, kills: herd.kills };
}

const title = `$name: ${changes} changes by 16 writers, each seen once and whole`;
test.for(engines)(title, { timeout: 120_000 + changes * 5 }, async (engine) => {
  const url = await engine.url(60_000);
  const { store, ledger, folders, noted, kills } = await chaos(engine, url, scratchFolder());
  const faults: string[] = [];
  const tables: TableTruth[] = [];
  for (const table of captured) tables.push(await tableTruth(engine, url, table, faults));
  const byUnit = changesByUnit(tables);
  compareLedger(ledger, byUnit, faults);
  const journal = await engine.query(url, 'SELECT txn, request FROM holdfast_journal');
  compareCredits(
    ledger,
    byUnit,
    new Map(journal.map(([txn, request]) => [String(txn), String(request)])),
    faults,
  );
  const delivered = folders.map((folder) => compareDelivered(tables, folder, faults));
  const every = Math.max(1, noted.length / mostMoments);
  for (let index = 0; index < noted.length; index += every)
    await comparePast(store, noted[Math.floor(index)]!, ledger, faults);
  await comparePresent(store, now(), faults);

  const total = tables.reduce((sum, table) => sum + table.changes.length, 0);
  const sum = (count: 'missed' | 'duplicated' | 'torn'): number =>
    delivered.reduce((before, each) => before + each[count], 0);
  const ends = (wanted: LedgerUnit['end']): number =>
    [...ledger.values()].filter(({ end }) => end === wanted).length;
  process.stdout.write(
    `capture ${engine.name}: ${total.toLocaleString('en')} changes, ${sum('missed')} missed, ${sum('duplicated')} duplicated, ${sum('torn')} torn, ${kills} kills ` +
      `(${ends('committed')} units, ${ends('taken back')} taken back, ${ends('unknown')} cut off, ${delivered.map(({ batches }) => batches).join(' and ')} batches)\n`,
  );
  expect(faults.slice(0, 20)).toEqual([]);
  expect(total).toBeGreaterThanOrEqual(changes);
  expect(kills).toBeGreaterThan(4);
  for (const end of ['committed', 'taken back', 'unknown'] as const) expect(ends(end)).toBeGreaterThan(0);
});
