// Loading: what a snapshot of one engine gives fills new tables of any other, equal value by value, or the loss named.

import { bigint, bool, decimal, int, real, table, text } from '@holdfast/core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { batchOf } from '../../packages/core/src/archive/columns/batch-rows.ts';
import type { Engine } from '../../packages/core/src/engine/engine.ts';
import type { LossyValue } from '../../packages/core/src/engine/fit-values.ts';
import type { LoadOptions, LoadReport } from '../../packages/core/src/engine/load.ts';
import { openEngine } from '../../packages/core/src/engine/open-engine.ts';
import type { SerialState } from '../../packages/core/src/engine/snapshot.ts';
import type { StoredRow } from '../../packages/core/src/schema/codec.ts';
import { physicalSpecs, type TableSpec } from '../../packages/core/src/schema/spec.ts';
import { engines, type TestEngine } from '../engines.ts';
import { exactRows, kinds, sortRows } from './backup-tables.ts';
import { start } from './processes.ts';

/** References in a circle, and to itself; unique values; gauges; a history. */
const teams = table(
  'teams',
  { id: int(), name: text(40).unique(), headId: int().nullable() },
  {
    key: ['id'],
    history: 'keys',
    foreignKeys: [
      { columns: ['headId'], table: { name: 'people' }, references: ['id'], onDelete: 'set null' },
    ],
  },
);
const people = table(
  'people',
  {
    id: int(),
    name: text(40).unique(),
    bossId: int().nullable(),
    teamId: int().nullable(),
    wage: decimal(9, 2).nullable(),
    weight: real().metric({ resolution: 0.1 }),
  },
  {
    key: ['id'],
    history: 'versions',
    foreignKeys: [
      { columns: ['bossId'], table: { name: 'people' }, references: ['id'] },
      { columns: ['teamId'], table: teams, references: ['id'], onDelete: 'cascade' },
    ],
    indexes: [{ columns: ['teamId', 'name'], unique: true }],
    checks: { wage_positive: 'wage >= 0' },
  },
);
const links = table(
  'links',
  {
    fromId: int().references(people, 'id', 'cascade'),
    toId: int().references(people, 'id', 'cascade'),
    tight: bool(),
  },
  { key: ['fromId', 'toId'] },
);
const specs = [teams.spec, people.spec, links.spec, kinds.spec];
const tables = specs.flatMap(physicalSpecs);
const named = (name: string): TableSpec => tables.find((spec) => spec.name === name)!;

/** Rows by table, new for each load: they are the load's. */
const content = (): Record<string, StoredRow[]> => ({
  teams: [
    [1, 'red', 3],
    [2, 'blue', null],
  ],
  teams_history: [
    [7, 1_772_366_400_000_001, 1, 12n, 99n, 1],
    [9, 1_772_366_400_000_002, 1, null, null, 2],
  ],
  people: [
    [1, 'ann', 2, 1, '12.50'],
    [2, 'bob', 3, 1, null],
    [3, 'cid', 1, 1, '0.00'],
    [4, 'dot', 4, null, '9999999.99'],
  ],
  people_latest: [
    [2, 1_772_366_400_000_000, 0.1 + 0.2],
    [3, 1, null],
  ],
  people_history: [
    [5, 1_772_366_400_000_000, 2, 4_611_686_018_427_387_905n, 3n, 1, 'ann', null, null, '1.00'],
  ],
  links: [
    [1, 2, true],
    [2, 1, false],
    [3, 3, true],
  ],
  kinds: exactRows(),
});
const serials: readonly SerialState[] = [
  { table: 'people_history', column: 'journal_seq', next: 1_000n },
  { table: 'teams_history', column: 'journal_seq', next: 4n },
];

const opened = async (engine: TestEngine): Promise<Engine> => {
  const target = await openEngine(await engine.url(), {});
  onTestFinished(() => target.close());
  return target;
};
const fill = async (
  target: Engine,
  rows: Readonly<Record<string, readonly StoredRow[]>>,
  options: Partial<LoadOptions> = {},
  { chunk = 3, declared = specs } = {},
): Promise<LoadReport> => {
  const load = await target.load(declared, { lossy: 'refuse', ...options });
  for (const [name, all] of Object.entries(rows))
    for (let from = 0; from < all.length; from += chunk) {
      const [spec, some] = [named(name), all.slice(from, from + chunk)];
      // As columns and as rows, by turns.
      if ((from / chunk) % 2 === 0) await load.batch(spec, batchOf(spec.columns, some));
      else await load.rows(spec, some);
    }
  return load.finish(serials);
};
/** Without the marks, which are the engine's own. */
const contentOf = async (target: Engine): Promise<Record<string, readonly (readonly unknown[])[]>> => {
  const snapshot = await target.snapshot(specs);
  const found: Record<string, readonly (readonly unknown[])[]> = {};
  for (const spec of tables) {
    const rows: StoredRow[] = [];
    for await (const some of snapshot.rows(spec)) rows.push(...some);
    found[spec.name] = sortRows(unmarked(spec, rows));
  }
  await snapshot.close();
  return found;
};
const unmarked = ({ copies }: TableSpec, rows: readonly StoredRow[]): StoredRow[] =>
  copies ? rows.map((row) => [...row.slice(0, 4), ...row.slice(5)]) : rows.map((row) => [...row]);
const expected = (rows: Readonly<Record<string, readonly StoredRow[]>>) =>
  Object.fromEntries(Object.entries(rows).map(([name, all]) => [name, sortRows(unmarked(named(name), all))]));
/** One row of `kinds`. */
const kind = (id: number, some: Record<string, StoredRow[number]>): StoredRow =>
  kinds.spec.columns.map(({ name }) => (name === 'id' ? id : (some[name] ?? null)));

describe.each(engines)('from $name', (source) => {
  test.each(engines)('to $name and back: every kind, every trap', async (destination) => {
    const [from, to, back] = [await opened(source), await opened(destination), await opened(source)];
    await fill(from, content());
    expect(await contentOf(from)).toEqual(expected(content()));
    for (const [one, other] of [
      [from, to],
      [to, back],
    ] as const) {
      const rows: Record<string, StoredRow[]> = {};
      const snapshot = await one.snapshot(specs);
      for (const spec of tables) {
        rows[spec.name] = [];
        for await (const some of snapshot.rows(spec)) rows[spec.name]!.push(...some);
      }
      await snapshot.close();
      const report = await fill(other, rows, {}, { chunk: 1_000 });
      expect(report.tables.map(({ rows: count, lossy }) => [count, lossy])).toEqual(
        tables.map(({ name }) => [content()[name]!.length, 0]),
      );
    }
    expect(await contentOf(back)).toEqual(expected(content()));
  });
});

describe.each(engines)('$name', (engine) => {
  test('the schema is as migrations make it, capture works, and numbers go on behind those recorded', async () => {
    const target = await opened(engine);
    // No migration makes a circle.
    const declared = [{ ...teams.spec, foreignKeys: [] }, ...specs.slice(1)];
    const report = await fill(target, content(), {}, { declared });
    const wanted = await target.describe(declared);
    const found = (await target.introspect()).filter(({ name }) => tables.some((spec) => spec.name === name));
    const shape = ({ name, columns, key, foreignKeys, indexes, checks }: (typeof found)[number]) => ({
      name,
      columns,
      key,
      foreignKeys,
      checks,
      indexes: indexes
        .map(({ definition }) => definition)
        .filter((text) => !/journal_mark|journal_op = 9/.test(text))
        .toSorted(),
    });
    const byName = (all: typeof found) => all.map(shape).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    expect(byName(found)).toEqual(byName(wanted));
    expect(await target.captureFaults(declared)).toEqual([]);
    const recorded = new Map(report.serials.map((state) => [state.table, state]));
    const state = recorded.get('people_history')!;
    expect(state.next === 1_000n).toBe(state.kept);
    expect(recorded.get('teams_history')).toMatchObject({ next: 10n, kept: true });
    expect(report.unprobed.map(({ table: name }) => name)).toEqual(['people_latest', 'links']);

    const before = await target.snapshot(specs);
    await before.close();
    await target.autocommit((session) => session.exec("UPDATE people SET name = 'eve' WHERE id = 4"));
    const after = await target.snapshot(specs, { position: before.position });
    const changed = [];
    for await (const some of after.changedKeys(people.spec, before.position)) changed.push(...some);
    expect(changed).toEqual([{ key: [4], present: true }]);
    const added: StoredRow[] = [];
    for await (const some of after.rows(named('people_history'), { since: before.position }))
      added.push(...some);
    expect(added).toHaveLength(1);
    expect(BigInt(added[0]![0] as number)).toBe(state.next);
    expect(added[0]![1]).toBeGreaterThan(1_772_366_400_000_000);
    await after.close();
  });

  test('what the engine cannot keep is named first, and counted alike by the dry run', async () => {
    const hostile = (): StoredRow[] => [
      kind(1, { text: 'a\0b', short: 'thirteen sign', real: Number.POSITIVE_INFINITY }),
      kind(2, { text: Uint8Array.of(97, 255, 98), int: 2n ** 60n, instant: 'infinity', date: '2023-02-30' }),
      kind(3, {
        int: 'seven',
        bigint: 2n ** 64n,
        real: Number.NaN,
        decimal: '1.00005',
        bool: 2,
        bytes: 'text',
      }),
      kind(4, {
        json: '{"a":',
        uuid: 'FFFFFFFF-FFFF-4FFF-BFFF-FFFFFFFFFFFF',
        word: 'maybe',
        date: 'infinity',
      }),
      kind(5, {
        decimal: '-99999999999999999.5',
        instant: -(2n ** 57n),
        text: Uint8Array.of(97, 98),
        date: '0044-03-15 BC',
      }),
      kind(6, {
        text: '\ud800x',
        int: 1.5,
        real: -0.5,
        decimal: '7',
        json: '{"a":1,"a":2,"n":12345678901234567890.10}',
      }),
    ];
    const kept: Record<string, string[]> = {
      sqlite: [
        '1.text',
        '1.short',
        '1.real',
        '2.text',
        '2.int',
        '2.date',
        '3.decimal',
        '4.date',
        '4.uuid',
        '5.decimal',
        '5.date',
        '5.instant',
      ],
      postgres: ['1.real', '2.int', '2.instant', '3.real', '4.date', '5.instant', '5.date'],
      mysql: ['1.text', '2.int', '5.instant'],
    };
    const all = [
      '1.text',
      '1.short',
      '1.real',
      '2.text',
      '2.int',
      '2.instant',
      '2.date',
      '3.int',
      '3.bigint',
      '3.real',
      '3.decimal',
      '3.bool',
      '3.bytes',
      '4.json',
      '4.uuid',
      '4.word',
      '4.date',
      '5.decimal',
      '5.instant',
      '5.text',
      '5.date',
      '6.text',
      '6.int',
    ];
    const lossy = all
      .filter((each) => !kept[engine.name]!.includes(each) && !(engine.name === 'mysql' && each === '4.json'))
      .toSorted();
    const target = await opened(engine);
    const losses: LossyValue[] = [];
    const onLoss = (loss: LossyValue): void => void losses.push(loss);
    const told = (): string[] =>
      losses
        .splice(0)
        .map(({ key, column }) => `${key[0]}.${column}`)
        .toSorted();

    const dry = await fill(target, { kinds: hostile() }, { dryRun: true, onLoss });
    expect(told()).toEqual(lossy);
    expect(await target.introspect()).toEqual([]);
    await expect(fill(target, { kinds: hostile() }, { onLoss })).rejects.toMatchObject({
      code: 'VALUE_LOSSY',
      details: { table: 'kinds', count: lossy.length },
    });
    expect(told()).toEqual(lossy);
    expect((await target.introspect()).map(({ name }) => name)).toEqual([]);
    const report = await fill(target, { kinds: hostile() }, { lossy: 'nearest', onLoss });
    expect(told()).toEqual(lossy);
    expect(report.tables).toEqual(dry.tables);

    // What is kept is kept exactly, what is near is what the loss says it is.
    const { kinds: found } = await contentOf(target);
    const given = hostile();
    for (const [index, row] of found!.entries())
      for (const [at, { name }] of kinds.spec.columns.entries()) {
        const value = given[index]![at]!;
        const spelled = name === 'decimal' && value === '7' && engine.name !== 'sqlite' ? '7.0000' : value;
        if (!lossy.includes(`${index + 1}.${name}`)) expect(row[at], `${index + 1}.${name}`).toEqual(spelled);
        else expect(row[at], `${index + 1}.${name}`).not.toEqual(value);
      }
    const near = (id: number, column: string): unknown =>
      found![id - 1]![kinds.spec.columns.findIndex(({ name }) => name === column)];
    expect(near(6, 'text')).toBe('\ufffdx');
    expect(near(6, 'int')).toBe(2);
    expect(near(3, 'bool')).toBe(true);
    expect(near(3, 'bigint')).toBe(2n ** 63n - 1n);
    expect(near(4, 'word')).toBeNull();
    if (engine.name !== 'sqlite') {
      expect(near(2, 'date')).toBe('2023-02-28');
      expect(near(1, 'short')).toBe('thirteen sig');
      expect(near(3, 'decimal')).toBe('1.0001');
      expect(near(5, 'decimal')).toBe('-9999999999999999.9999');
      expect(near(4, 'uuid')).toBe('ffffffff-ffff-4fff-bfff-ffffffffffff');
    }
  });

  test('a reference to nothing, and a key that comes twice, are refused; nothing is left', async () => {
    const target = await opened(engine);
    const orphan = { ...content(), people: [...content()['people']!, [9, 'lost', 77, null, null]] };
    await expect(fill(target, orphan)).rejects.toMatchObject({ code: 'REFERENCE_MISSING' });
    expect(await target.introspect()).toEqual([]);
    const twice = { ...content(), kinds: [...exactRows(), kind(3, {})] };
    await expect(fill(target, twice)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await target.introspect()).toEqual([]);
    const unique = { ...content(), teams: [...content()['teams']!, [3, 'red', null]] };
    await expect(fill(target, unique)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await target.introspect()).toEqual([]);
    await fill(target, content());
    expect(await contentOf(target)).toEqual(expected(content()));
    await expect(fill(target, content())).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await contentOf(target)).toEqual(expected(content()));
    expect(await target.check()).toEqual([]);
  });

  test('cancelled, it is as if nothing had been', async () => {
    const target = await opened(engine);
    const controller = new AbortController();
    const load = await target.load(specs, { lossy: 'refuse', signal: controller.signal });
    await load.rows(named('kinds'), exactRows());
    controller.abort();
    await expect(load.rows(named('kinds'), exactRows())).rejects.toMatchObject({ code: 'CANCELLED' });
    await load.abort();
    expect(await target.introspect()).toEqual([]);
    await fill(target, content());
  });
});

test('a counter is recorded and given back', async () => {
  for (const engine of engines) {
    const [from, to] = [await opened(engine), await opened(engine)];
    const loaded = await fill(from, content());
    const snapshot = await from.snapshot(specs);
    const states = await snapshot.serials(tables);
    await snapshot.close();
    expect(states.map(({ table: name, next }) => [name, next])).toEqual(
      loaded.serials.map(({ table: name, next }) => [name, next]),
    );
    const load = await to.load(specs, { lossy: 'refuse' });
    expect((await load.finish(states)).serials.map(({ next }) => next)).toEqual(
      engine.name === 'sqlite' ? [1n, 1n] : states.map(({ next }) => next),
    );
  }
});

test('no value of a bigint column passes through a double', async () => {
  const wide = table('wide', { id: bigint(), other: bigint() }, { key: ['id'] });
  const rows = (): StoredRow[] => [
    [2n ** 53n + 1n, -(2n ** 63n)],
    [-(2n ** 53n) - 1n, 2n ** 63n - 1n],
    [3n, 0n],
  ];
  for (const engine of engines) {
    const target = await opened(engine);
    const load = await target.load([wide.spec], { lossy: 'refuse' });
    await load.rows(wide.spec, rows());
    await load.finish();
    const snapshot = await target.snapshot([wide.spec]);
    const found: StoredRow[] = [];
    for await (const some of snapshot.rows(wide.spec)) found.push(...some);
    for await (const some of snapshot.rowsByKeys(wide.spec, [[2n ** 53n + 1n], [4n]]))
      expect(some).toEqual([rows()[0]]);
    await snapshot.close();
    expect(sortRows(found)).toEqual(sortRows(rows()));
  }
});

test.each(engines)(
  '$name: a hundred thousand rows pass through, wide ones among them, a few at a time',
  {
    timeout: 120_000,
  },
  async (engine) => {
    const { child, ended } = start('copy-rows', await engine.url(), await engine.url(), '100000');
    const told = new Promise<{ rows: number; bytes: number; peak: number }>((resolve) => {
      child.once('message', (message: { rows: number; bytes: number; peak: number }) => resolve(message));
    });
    expect(await ended).toEqual({ exit: 0, signal: null, errors: '' });
    const { rows, bytes, peak } = await told;
    expect(rows).toBe(100_000);
    expect(bytes).toBeGreaterThan(25_000_000);
    expect(peak).toBeLessThan(16_000_000);
  },
);
