// Series of gauges: how many bytes they take against the whole answer of every poll, and how fast they are written and
// read against a row for each sample, written by hand.

import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { type Domain, int, openStore, real, type Store, table, text } from '@holdfast/core';
import { appendSamples, compactSeries, readSeries } from '@holdfast/core/series';
import { series } from '@holdfast/core/system';
import type { Case, Settings } from '../harness/area.ts';
import { interleave } from '../harness/interleave.ts';
import { type Line, makeLine } from '../harness/line.ts';
import { digestOf, requireSame } from '../harness/same.ts';
import { removeDatabase, scratchPath } from '../harness/scratch.ts';
import { pragmas } from '../store/contender.ts';
import { type Written, writeJson } from './json-polls.ts';
import { gaugeNames, makePolls } from './polls.ts';

const guestsPolled = 200;
const dayMicros = 86_400_000_000;
/** Eight in the morning, so that a day of polls lies in two days. */
const start = 20_000 * dayMicros + dayMicros / 3;

/** Gauges of a guest; with resolutions as an operator would choose them: permille, kibibytes, mebibytes. */
const guestTable = (name: string, precise: boolean) => {
  const number = (resolution: number) => real().metric(precise ? { resolution } : {});
  const whole = (resolution: number) => int().metric(precise ? { resolution } : {});
  const pressure = () => number(0.01);
  return table(
    name,
    {
      source: text(64),
      vmid: int(),
      cpuUsage: number(0.001),
      memoryUsage: whole(2 ** 20),
      diskUsage: whole(2 ** 20),
      networkIn: whole(1024),
      networkOut: whole(1024),
      diskRead: whole(1024),
      diskWrite: whole(1024),
      uptime: int().metric(),
      pid: int().metric(),
      memoryHost: whole(2 ** 20),
      pressureCpuSome: pressure(),
      pressureCpuFull: pressure(),
      pressureIoSome: pressure(),
      pressureIoFull: pressure(),
      pressureMemorySome: pressure(),
      pressureMemoryFull: pressure(),
    },
    { key: ['source', 'vmid'] },
  );
};
const lossless = guestTable('bench_guests', false);
const rounded = guestTable('bench_guests_rounded', true);
type GuestTable = typeof lossless;
const domain: Domain = {
  name: 'bench',
  tables: [lossless, rounded],
  resources: [],
  migrations: [{ id: '0001-baseline', steps: [{ createTables: [lossless.spec, rounded.spec] }] }],
};
const open = (path: string): Promise<Store> =>
  openStore({ url: `sqlite:${path}`, domains: [domain] }) as unknown as Promise<Store>;

/** Every poll durable in a transaction of its own; then all of them compacted, a few hours at a time. */
async function writeOurs(declared: GuestTable, polls: number): Promise<Written & { chunkBytes: number }> {
  const path = scratchPath(`${declared.name}.db`);
  removeDatabase(path);
  const store = await open(path);
  let seconds = 0;
  let done = 0;
  for (const { at, rows } of makePolls(guestsPolled, polls, start)) {
    const begin = performance.now();
    await store.transaction((transaction) => appendSamples(store, transaction, declared, at, rows));
    // As a schedule would: every hour, and once more when the last day is over.
    if (++done % 60 === 0) await compactSeries(store, { at });
    seconds += (performance.now() - begin) / 1000;
  }
  const begin = performance.now();
  await compactSeries(store, { at: start + polls * 60_000_000 + dayMicros, retention });
  seconds += (performance.now() - begin) / 1000;
  let chunkBytes = 0;
  for await (const chunks of store.repository(series).stream())
    for (const { data } of chunks) chunkBytes += data.length;
  await store.close();
  return { path, bytes: statSync(path).size, seconds, chunkBytes };
}
/** Nothing is folded: the line is about samples as they were read. */
const retention = { raw: null, minute: null, hour: null, day: null };

/** A row for each sample, as hand-written code keeps them. */
function writeRows(polls: number): Written {
  const path = scratchPath('rows.db');
  removeDatabase(path);
  const db = new DatabaseSync(path);
  db.exec(pragmas);
  db.exec(`CREATE TABLE samples (vmid INTEGER NOT NULL, at INTEGER NOT NULL, ${gaugeNames.join(', ')},
    PRIMARY KEY (vmid, at)) WITHOUT ROWID`);
  const insert = db.prepare(
    `INSERT INTO samples VALUES (${new Array(gaugeNames.length + 2).fill('?').join(', ')})`,
  );
  let seconds = 0;
  for (const { at, rows } of makePolls(guestsPolled, polls, start)) {
    const begin = performance.now();
    db.exec('BEGIN IMMEDIATE');
    for (const row of rows) insert.run(row.vmid, at, ...gaugeNames.map((name) => row[name]));
    db.exec('COMMIT');
    seconds += (performance.now() - begin) / 1000;
  }
  db.close();
  return { path, bytes: statSync(path).size, seconds };
}

const megabytes = (bytes: number): number => bytes / 1e6;

async function sizes({ size: polls = 1_440 }: Settings): Promise<Line[]> {
  const json = writeJson(makePolls(guestsPolled, polls, start));
  const rows = writeRows(polls);
  const ours = await writeOurs(lossless, polls);
  const coarse = await writeOurs(rounded, polls);
  await requireLossless(ours.path, rows.path, polls);
  const what = `${guestsPolled} guests polled ${polls} times`;
  const samples = guestsPolled * polls;
  const line = (name: string, against: string, own: number, reference: number, target?: number): Line =>
    makeLine('history', 'sqlite', {
      case: `series: ${what}, ${name}`,
      against,
      ours: megabytes(own),
      reference: megabytes(reference),
      unit: 'MB',
      lessIsBetter: true,
      ...(target === undefined ? {} : { target }),
    });
  // Targets are for a day of polls, and hold for any other number in proportion.
  const share = polls / 1_440;
  const lines = [
    line('lossless, whole database', 'full JSON per poll', ours.bytes, json.bytes),
    line('lossless, whole database', 'target of 17 MB', ours.bytes, 17e6 * share, 1),
    line('lossless, chunks alone', 'a row per sample', ours.chunkBytes, rows.bytes),
    line('declared resolution, whole database', 'full JSON per poll', coarse.bytes, json.bytes),
    line('declared resolution, whole database', 'target of 8 MB', coarse.bytes, 8e6 * share, 1),
    line('declared resolution, chunks alone', 'a row per sample', coarse.chunkBytes, rows.bytes),
    makeLine('history', 'sqlite', {
      case: `series: ${what}, written and compacted`,
      against: 'a row per sample',
      ours: samples / ours.seconds,
      reference: samples / rows.seconds,
      unit: 'samples/s',
    }),
  ];
  for (const { path } of [json, rows, ours, coarse]) removeDatabase(path);
  return lines;
}

const oneGuest = { source: 'lab', vmid: 142 };

/** Columns of one guest by hand: arrays, as ours. */
function handRead(db: DatabaseSync, vmid: number): unknown[][] {
  const statement = db.prepare(
    `SELECT at, ${gaugeNames.join(', ')} FROM samples WHERE vmid = ? AND at >= ? AND at < ? ORDER BY at`,
  );
  statement.setReturnArrays(true);
  const found = statement.all(vmid, start, start + 2 * dayMicros) as unknown as unknown[][];
  return Array.from({ length: gaugeNames.length + 1 }, (_, column) => found.map((row) => row[column]));
}

async function ourRead(store: Store, vmid: number): Promise<unknown[][]> {
  const { instants, metrics } = await readSeries(store, lossless, { source: 'lab', vmid }, whole);
  return [instants, ...gaugeNames.map((name) => metrics[name]!.values)];
}
const whole = { from: start, to: start + 2 * dayMicros, tier: 'raw' } as const;

/** Every sample of every guest, bit by bit. */
async function requireLossless(ours: string, rows: string, polls: number): Promise<void> {
  const db = new DatabaseSync(rows);
  await using store = await open(ours);
  for (let vmid = 100; vmid < 100 + guestsPolled; vmid++) {
    const found = await ourRead(store, vmid);
    if (found[0]!.length !== polls) throw new Error(`guest ${vmid} has ${found[0]!.length} samples`);
    requireSame(`samples of guest ${vmid}`, { ours: digestOf(found), rows: digestOf(handRead(db, vmid)) });
  }
  db.close();
}

async function reads({ size: polls = 1_440, runs }: Settings): Promise<Line[]> {
  const rows = writeRows(polls);
  const ours = await writeOurs(lossless, polls);
  const db = new DatabaseSync(rows.path);
  const lines: Line[] = [];
  {
    await using store = await open(ours.path);
    const times = 50;
    const millis = async (work: () => unknown): Promise<number> => {
      const begin = performance.now();
      for (let time = 0; time < times; time++) await work();
      return (performance.now() - begin) / times;
    };
    const sides = (own: () => unknown, hand: () => unknown) =>
      interleave([{ run: () => millis(own) }, { run: () => millis(hand) }], runs);
    const line = (name: string, [own, reference]: readonly [number, number]): Line =>
      makeLine('history', 'sqlite', {
        case: `series: one guest, ${polls} polls, ${name}`,
        against: 'a row per sample',
        ours: own,
        reference,
        unit: 'ms',
        lessIsBetter: true,
      });
    const all = await sides(
      () => ourRead(store, oneGuest.vmid),
      () => handRead(db, oneGuest.vmid),
    );
    const one = db.prepare('SELECT at, cpuUsage FROM samples WHERE vmid = ? ORDER BY at');
    one.setReturnArrays(true);
    const single = await sides(
      () => readSeries(store, lossless, oneGuest, { ...whole, metrics: ['cpuUsage'] }),
      () => one.all(oneGuest.vmid),
    );
    const hours =
      db.prepare(`SELECT at / 3600000000 AS hour, min(cpuUsage), max(cpuUsage), avg(cpuUsage), count(*)
      FROM samples WHERE vmid = ? GROUP BY hour`);
    hours.setReturnArrays(true);
    const rolled = await sides(
      () => readSeries(store, lossless, oneGuest, { ...whole, tier: 'hour', metrics: ['cpuUsage'] }),
      () => hours.all(oneGuest.vmid),
    );
    lines.push(line('all gauges', all), line('one gauge', single), line('one gauge by the hour', rolled));
  }
  db.close();
  for (const { path } of [rows, ours]) removeDatabase(path);
  return lines;
}

export const seriesCases: readonly Case[] = [
  { name: 'series: size and writes', run: sizes },
  { name: 'series: reads', run: reads },
];
