// What the server cannot index, and names that it would cut.

import { describe, expect, test } from 'vitest';
import { int, text } from '../../schema/column.ts';
import { table } from '../../schema/table.ts';
import { ddlOf, indexesOf } from './ddl.ts';
import { flavourOf } from './flavour.ts';
import { parseCreateTable } from './show-create.ts';
import { admin, open, scratchUrl, withoutServer } from './test-store.ts';

const ddl = ddlOf(flavourOf('10.11.19-MariaDB'));

test('a key longer than the server indexes is refused by name', () => {
  const long = table('long', { a: text(500), b: text(500) }, { key: ['a', 'b'] });
  expect(() => ddl.createTable(long.spec)).toThrow(/long: the key is longer than the 768 signs/);
});

test('a unique value under a condition is refused by name', () => {
  const partly = table(
    'partly',
    { id: int(), area: int() },
    { key: ['id'], indexes: [{ columns: ['area'], unique: true, where: 'area > 0' }] },
  );
  expect(() => ddl.createTable(partly.spec)).toThrow(/partly_area_part_key is unique under a condition/);
});

test('the server has a spelling of its own for each flavour', () => {
  const plain = table('plain', { id: int() }, { key: ['id'] });
  const [mysql] = ddlOf(flavourOf('8.4.2')).createTable(plain.spec);
  expect(mysql).toContain('utf8mb4_0900_bin');
  expect(ddl.createTable(plain.spec)[0]).toContain('utf8mb4_nopad_bin');
});

describe.skipIf(withoutServer)('on a server', () => {
  test('long names and long texts are indexed all the same, and doctor finds nothing', async () => {
    const name = 'a_table_with_a_name_that_is_as_long_as_they_may';
    const tables = table(
      name,
      { id: int(), aColumnWithALongNameAsWell: text(40).unique(), note: text(), remark: text(2_000) },
      {
        key: ['id'],
        indexes: [{ columns: ['note'] }, { columns: ['remark', 'note', 'aColumnWithALongNameAsWell'] }],
      },
    );
    const store = await open(await scratchUrl(), { tables: [tables] });
    expect(await store.doctor()).toEqual([]);
    const names = indexesOf(tables.spec).map((index) => index.name);
    expect(new Set(names).size).toBe(3);
    expect(names.every((each) => each.length <= 64)).toBe(true);
    const row = {
      id: 1,
      aColumnWithALongNameAsWell: 'x',
      note: 'n'.repeat(9_000),
      remark: 'é'.repeat(2_000),
    };
    await store.repository(tables).insert(row);
    expect(await store.repository(tables).get({ id: 1 })).toEqual(row);
  });

  test('a table as the server writes it down is read whole', async () => {
    const url = await scratchUrl();
    await admin(
      `CREATE TABLE \`odd name\` (
        \`a\`\`b\` int(11) unsigned NOT NULL COMMENT 'one, two (three)',
        c varchar(20) CHARACTER SET latin1 DEFAULT 'it''s, NOT NULL',
        d datetime(6) NOT NULL DEFAULT current_timestamp(6),
        PRIMARY KEY (\`a\`\`b\`), UNIQUE KEY u (c(5), d), FULLTEXT KEY f (c),
        CONSTRAINT positive CHECK (\`a\`\`b\` > 0 AND c <> ',')
      ) ENGINE=InnoDB COMMENT='of another program'`,
      url,
    );
    const [[, sql]] = (await admin('SHOW CREATE TABLE `odd name`', url)) as [[string, string]];
    const found = parseCreateTable('odd name', sql);
    expect(found).toMatchObject({
      key: ['a`b'],
      columns: [
        { name: 'a`b', type: 'int unsigned', nullable: false, default: null },
        { name: 'c', nullable: true, default: "'it''s, NOT NULL'" },
        { name: 'd', type: 'datetime(6)', nullable: false, default: 'current_timestamp(6)' },
      ],
    });
    expect(found.columns[1]!.type).toMatch(/^varchar\(20\) CHARACTER SET latin1/);
    expect(found.indexes.map(({ name, definition }) => `${name}: ${definition}`)).toEqual([
      'f: fulltext (c)',
      'u: unique (c(5), d)',
    ]);
    expect(found.checks).toHaveLength(1);
    expect(found.options).toMatch(/^ENGINE=InnoDB/);
  });
});
