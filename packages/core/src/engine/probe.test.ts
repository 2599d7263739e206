// Rows that are tried on tables: of every kind of key, and what is told where none can be made up, or none goes in.

import { describe, expect, onTestFinished, test } from 'vitest';
import { type ColumnSpec, type Kind, kinds, type TableSpec } from '../schema/spec.ts';
import { probe, type Unprobed } from './probe.ts';
import { connectSqlite } from './sqlite/connect.ts';
import { ddl } from './sqlite/ddl.ts';

const specOf = (columns: readonly ColumnSpec[], more: Partial<TableSpec> = {}): TableSpec => ({
  ...{ name: 'things', dataClass: 'important', columns, key: [columns[0]!.name] },
  ...{ foreignKeys: [], indexes: [], checks: [], metrics: [] },
  ...more,
});
const columnOf = (name: string, kind: Kind): ColumnSpec => ({
  ...{ name, kind },
  ...(kind === 'decimal' ? { precision: 20, scale: 4 } : {}),
  ...(kind === 'enum' ? { values: ['on', 'off'] } : {}),
});

/** Makes the tables, and tries them, in a transaction that is taken back. */
async function tried(specs: readonly TableSpec[], ...more: readonly string[]): Promise<Unprobed[]> {
  const engine = await connectSqlite('sqlite::memory:', { adopt: true });
  onTestFinished(() => engine.close());
  const { session, rollback } = await engine.begin();
  for (const spec of specs) for (const sql of ddl.createTable(spec)) await session.exec(sql);
  for (const sql of more) await session.exec(sql);
  try {
    return await probe(session, engine, specs);
  } finally {
    await rollback();
  }
}

const rest = kinds.map((kind) => columnOf(`a_${kind}`, kind));
const insert: Readonly<Partial<Record<Kind, string>>> = {
  ...{ int: '1', instant: '1', bigint: '1', real: '0.5', text: "'a'", bytes: "x'01'", decimal: "'1.0000'" },
  uuid: "'00000000-0000-0000-0000-000000000001'",
};
const values = `0, 0, 0, 0, '0.0000', 0, 0, '1970-01-01', '{}', x'', '00000000-0000-0000-0000-000000000000', 'on'`;

describe.each(Object.keys(insert) as Kind[])('a key of %s', (kind) => {
  const spec = specOf([columnOf('id', kind), ...rest]);

  test('of an empty table, and beside a row that is there', async () => {
    expect(await tried([spec])).toEqual([]);
    expect(
      await tried([spec], `INSERT INTO things VALUES (${insert[kind]}, ${values.replace('0', "''")})`),
    ).toEqual([]);
  });
});

test.each<[string, ColumnSpec]>([
  ['is one of few', columnOf('id', 'enum')],
  ['is true or false', columnOf('id', 'bool')],
  ['is too short to be made up', { name: 'id', kind: 'text', maxLength: 4 }],
  ['has too few digits to be made up', { name: 'id', kind: 'decimal', precision: 6, scale: 2 }],
])('a key that %s is not tried', async (_, id) => {
  expect(await tried([specOf([id])])).toEqual([{ table: 'things', why: 'its rows refer to others' }]);
});

test('a number that SQLite gives, with nothing beside it', async () => {
  expect(await tried([specOf([{ name: 'id', kind: 'int', serial: true }])])).toEqual([]);
  expect(await tried([specOf([{ name: 'id', kind: 'int', serial: true }, columnOf('on', 'bool')])])).toEqual(
    [],
  );
});

test('a decimal without a fraction, and values that are unique beside the key', async () => {
  const spec = specOf(
    [
      { name: 'id', kind: 'decimal', precision: 12, scale: 0 },
      { name: 'badge', kind: 'int', unique: true },
      { name: 'word', kind: 'text', maxLength: 20 },
    ],
    { indexes: [{ name: 'words', columns: ['word'], unique: true }] },
  );
  expect(await tried([spec], `INSERT INTO things VALUES ('5', 5, 'five')`)).toEqual([]);
});

describe('references', () => {
  const rooms = specOf([columnOf('id', 'int')], { name: 'rooms' });
  const to = { table: 'rooms', references: ['id'], onDelete: 'cascade' } as const;
  const lamps = specOf([columnOf('id', 'int'), columnOf('room', 'int')], {
    foreignKeys: [{ ...to, columns: ['room'] }],
  });

  test('are those of a row that is there; of an empty table none can be made up', async () => {
    expect(await tried([rooms, lamps])).toEqual([{ table: 'things', why: 'its rows refer to others' }]);
    const rows = ['INSERT INTO rooms VALUES (1)', 'INSERT INTO things VALUES (1, 1)'];
    expect(await tried([rooms, lamps], ...rows)).toEqual([]);
    const free = {
      ...lamps,
      columns: [lamps.columns[0]!, { ...lamps.columns[1]!, nullable: true as const }],
    };
    expect(await tried([rooms, free])).toEqual([]);
    const links = { ...lamps, key: ['room'] };
    expect(await tried([rooms, links], ...rows)).toEqual([
      { table: 'things', why: 'its rows refer to others' },
    ]);
  });
});

test('a check that wants certain values is told, and no failure; a trigger that fails is one', async () => {
  const checked = specOf([columnOf('id', 'int'), columnOf('level', 'int')], {
    checks: [{ name: 'high', sql: 'level > 5' }],
  });
  expect(await tried([checked])).toEqual([{ table: 'things', why: expect.stringContaining('high') }]);
  expect(await tried([checked], 'INSERT INTO things VALUES (1, 6)')).toEqual([]);
  const trigger = `CREATE TRIGGER no BEFORE INSERT ON things BEGIN INSERT INTO nowhere VALUES (1); END`;
  await expect(tried([specOf([columnOf('id', 'int')])], trigger)).rejects.toMatchObject({
    code: 'PROOF_FAILED',
    message: expect.stringContaining('no row can be added to things'),
  });
});
