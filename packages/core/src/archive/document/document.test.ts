// Documents: what is written is read back exactly, by us and by any reader of YAML; what was changed or is a bomb is refused.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { isHoldfastError } from '../../errors.ts';
import type { Kind } from '../../schema/spec.ts';
import { type OpenDocument, type ReadDocumentOptions, readDocument } from './read-document.ts';
import type { Cell, DocumentColumn, DocumentHeader, TableBatch } from './shape.ts';
import { writeDocument } from './write-document.ts';

const header: DocumentHeader = {
  createdAt: Date.UTC(2024, 0, 19, 10) * 1000,
  programVersion: '0.5.1',
  schemaVersion: '2024.01.01',
  compression: 'zstd',
  encryption: 'aes-256-gcm',
  type: 'full',
  engine: 'sqlite',
};

interface TableRows {
  readonly table: string;
  readonly columns: readonly DocumentColumn[];
  readonly rows: readonly (readonly Cell[])[];
}

const batches = (tables: readonly TableRows[], size = 3) =>
  async function* (): AsyncIterable<TableBatch> {
    for (const { table, columns, rows } of tables) {
      if (rows.length === 0) yield { table, columns, rows };
      for (let at = 0; at < rows.length; at += size)
        yield { table, columns, rows: rows.slice(at, at + size) };
    }
  };

async function write(tables: readonly TableRows[]): Promise<string> {
  let text = '';
  for await (const piece of writeDocument(header, batches(tables))) text += piece;
  return text;
}

/** In chunks that cut through lines and characters. */
async function* chunks(text: string, size = 997): AsyncIterable<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(
  text: string,
  options?: ReadDocumentOptions,
): Promise<OpenDocument & { all: TableRows[] }> {
  const document = await readDocument(chunks(text), options);
  const all: { table: string; columns: readonly DocumentColumn[]; rows: (readonly Cell[])[] }[] = [];
  for await (const { table, columns, rows } of document.tables) {
    const last = all.at(-1);
    if (last?.table === table) last.rows.push(...rows);
    else all.push({ table, columns, rows: [...rows] });
  }
  return { ...document, all };
}

const refusal = async (text: string, options?: ReadDocumentOptions): Promise<string> => {
  try {
    await read(text, options);
    return 'read';
  } catch (error) {
    if (isHoldfastError(error)) return error.code;
    throw error;
  }
};

const devices: TableRows = {
  table: 'shelly_devices',
  columns: [
    { name: 'id', kind: 'int' },
    { name: 'name', kind: 'text' },
    { name: 'seen', kind: 'instant' },
    { name: 'config', kind: 'json' },
  ],
  rows: [
    [1, 'Plug', Date.UTC(2024, 0, 1) * 1000 + 123_456, { on: true, list: [1, 'a', null] }],
    [2, 'no', null, null],
    [3, 'a: b # c', 0, 'text'],
  ],
};

test('is laid out as people read it', async () => {
  const text = await write([devices, { table: 'empty', columns: [{ name: 'id', kind: 'int' }], rows: [] }]);
  const [top, records] = text.split('    records:\n');
  expect(top).toMatch(/checksum: "sha256:[0-9a-f]{64}"/);
  expect(
    top!.replace(/sha256:[0-9a-f]{64}/, 'SUM').replace(/total_size: \d+/, 'total_size: SIZE'),
  ).toBe(`version: "1.0.0"
created_at: "2024-01-19T10:00:00Z"
holdfast_version: "0.5.1"
database_schema_version: "2024.01.01"
checksum_algorithm: "sha256"
compression: zstd
encryption: aes-256-gcm
metadata:
  total_records: 3
  total_size: SIZE
  backup_type: full
  source_database: sqlite
data:
  shelly_devices:
    count: 3
    checksum: "SUM"
    columns: {"id": int, "name": text, "seen": instant, "config": json}
`);
  expect(records).toContain(`      - id: 2
        name: "no"
        seen: null
        config: null
`);
  expect(records).toContain('        seen: "2024-01-01T00:00:00.123456Z"\n');
});

test('is read back, and by any reader of YAML', async () => {
  const text = await write([devices]);
  const document = await read(text);
  expect(document.header).toEqual(header);
  expect(document.totalRecords).toBe(3);
  expect(document.all).toEqual([devices]);
  const plain = parse(text) as { data: Record<string, { records: unknown[] }> };
  expect(plain.data['shelly_devices']!.records[1]).toEqual({ id: 2, name: 'no', seen: null, config: null });
});

test('without tables, and with an empty one', async () => {
  expect((await read(await write([]))).all).toEqual([]);
  const empty: TableRows = { table: 'empty', columns: [{ name: 'id', kind: 'int' }], rows: [] };
  expect((await read(await write([empty, devices]))).all).toEqual([empty, devices]);
});

const cells: Readonly<Record<Kind, fc.Arbitrary<Cell>>> = {
  text: fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string(),
    fc.constantFrom(
      '',
      'null',
      '~',
      '0x1F',
      '1e3',
      '- a',
      '\ud800',
      '\u0085\u2028\ufeff',
      ' ',
      '2024-01-01',
      '!!binary x',
      '&a',
      '*a',
      '|',
      '---',
    ),
  ),
  int: fc.maxSafeInteger(),
  bigint: fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
  real: fc.oneof(fc.double(), fc.constantFrom(-0, 1e300, 5e-324, 2 ** 53, 1e21)),
  decimal: fc.constantFrom('0.10', '-12345678901234567890.123456789', '1e5', '007'),
  bool: fc.boolean(),
  instant: fc.integer({ min: -6e15, max: 9e15 }),
  date: fc.constantFrom('2024-02-29', '0001-01-01'),
  json: fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown),
  bytes: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  uuid: fc.uuid(),
  enum: fc.constantFrom('yes', 'off', 'a b'),
};

test('every value of every kind comes back as it was', async () => {
  const kinds = Object.keys(cells) as Kind[];
  const columns = kinds.map((kind) => ({ name: `the_${kind}`, kind }));
  const row = fc.tuple(...kinds.map((kind) => fc.option(cells[kind])));
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 8 }), async (rows) => {
      const table = { table: 'all', columns, rows };
      const document = await read(await write([table]), { batchRows: 3 });
      expect(document.all).toEqual([table]);
      // Zeros have signs that equality above may not see.
      for (const [index, cellsOf] of document.all[0]!.rows.entries())
        expect(Object.is(cellsOf[3], rows[index]![3])).toBe(true);
    }),
    { numRuns: 200 },
  );
});

test('integers in JSON keep all their digits, and long keys their length', async () => {
  const value = { big: 12345678901234567890n, float: 1e20, ['k'.repeat(3_000)]: 1, __proto__: null };
  const table: TableRows = { table: 't', columns: [{ name: 'j', kind: 'json' }], rows: [[value]] };
  const [{ rows }] = (await read(await write([table]))).all as [TableRows];
  expect(rows[0]![0]).toEqual({ big: 12345678901234567890n, float: 1e20, ['k'.repeat(3_000)]: 1 });
});

const foreign = `# by hand
---
version: "1.0.0"
created_at: 2024-01-19T10:00:00Z   # a comment
shelly_manager_version: "0.5.1"
database_schema_version: "2024.01.01"
checksum_algorithm: sha256
metadata: {total_records: 2, backup_type: full, source_database: sqlite}

data:
    devices:
        count: 2
        checksum: SUM
        records:
        - name: |
            two
            lines
          id: 1

        # between
        -
          id: 2
          name: "folded
            text"
    none: {count: 0, checksum: EMPTY, records: []}
`;

test('others may lay it out as YAML allows', async () => {
  const failed = await read(foreign).catch((error: Error) => error.message);
  const sum = /sha256:[0-9a-f]{64}/.exec(String(failed))![0];
  const empty = `sha256:${'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'}`;
  const text = foreign.replace('SUM', sum).replace('EMPTY', empty);
  const document = await read(text);
  expect(document.header).toMatchObject({ programVersion: '0.5.1', compression: null, encryption: null });
  expect(document.all.map(({ rows }) => rows)).toEqual([
    [
      ['two\nlines\n', 1],
      [2, 'folded text'],
    ],
  ]);
  const asJson = JSON.stringify(parse(text));
  expect((await read(asJson)).all).toEqual(document.all);
});

describe('refused is', () => {
  const expectRefusal = async (change: (text: string) => string, code: string) => {
    const text = await write([devices]);
    const changed = change(text);
    expect(changed).not.toBe(text);
    expect(await refusal(changed)).toBe(code);
  };

  test.each<[string, (text: string) => string, string]>([
    ['another version', (text) => text.replace('1.0.0', '2.0.0'), 'DOCUMENT_VERSION'],
    ['a changed value', (text) => text.replace('Plug', 'Plum'), 'DOCUMENT_CHECKSUM'],
    ['a changed count', (text) => text.replace('count: 3', 'count: 4'), 'DOCUMENT_CHECKSUM'],
    ['a changed total', (text) => text.replace('total_records: 3', 'total_records: 4'), 'DOCUMENT_CHECKSUM'],
    ['a missing total', (text) => text.replace(/ {2}total_records.*\n/, ''), 'DOCUMENT_INVALID'],
    ['a value of another kind', (text) => text.replace('id: 1', 'id: one'), 'DOCUMENT_INVALID'],
    ['an instant that is none', (text) => text.replace('1970-01-01', '1970-13-01'), 'DOCUMENT_INVALID'],
    ['an unknown column', (text) => text.replace('- id: 1', '- id: 1\n        other: 1'), 'DOCUMENT_INVALID'],
    ['a missing column', (text) => text.replace('        name: Plug\n', ''), 'DOCUMENT_INVALID'],
    ['a doubled key', (text) => text.replace('- id: 1', '- id: 1\n        id: 1'), 'DOCUMENT_INVALID'],
    ['an unknown kind', (text) => text.replace('"id": int', '"id": float'), 'DOCUMENT_INVALID'],
    ['an unknown tag', (text) => text.replace('Plug', '!!js/function "x"'), 'DOCUMENT_INVALID'],
    ['another document', (text) => `${text}---\nversion: "1.0.0"\n`, 'DOCUMENT_INVALID'],
    ['more behind it', (text) => `${text}more: 1\n`, 'DOCUMENT_INVALID'],
    ['a tab', (text) => text.replace('  shelly_devices', '\tshelly_devices'), 'DOCUMENT_INVALID'],
    ['no data', (text) => text.slice(0, text.indexOf('data:')), 'DOCUMENT_INVALID'],
    ['data first', (text) => text.replace('version:', 'data: {}\nversion:'), 'DOCUMENT_INVALID'],
    [
      'a type that there is not',
      (text) => text.replace('backup_type: full', 'backup_type: half'),
      'DOCUMENT_INVALID',
    ],
    ['an anchor', (text) => text.replace('Plug', '&a Plug'), 'DOCUMENT_TOO_LARGE'],
    ['an alias', (text) => text.replace('Plug', '*a'), 'DOCUMENT_TOO_LARGE'],
    [
      'deep nesting',
      (text) =>
        text
          .replace('"text"', '['.repeat(90) + ']'.repeat(90))
          .replace('config: text', `config: ${'['.repeat(90)}${']'.repeat(90)}`),
      'DOCUMENT_TOO_LARGE',
    ],
  ])('%s', async (_, change, code) => expectRefusal(change, code));

  test('every length that it is cut to', async () => {
    const text = await write([devices, { ...devices, table: 'second' }]);
    for (let length = 0; length < text.length - 1; length += 7)
      expect(await refusal(text.slice(0, length))).toMatch(/^DOCUMENT_/);
  });

  test('laughter by the billion', async () => {
    const lines = ['a: &a [x, x, x, x, x, x, x, x, x]'];
    for (let level = 0; level < 9; level++) {
      const [from, to] = [String.fromCharCode(97 + level), String.fromCharCode(98 + level)];
      lines.push(`${to}: &${to} [${Array(9).fill(`*${from}`).join(', ')}]`);
    }
    expect(await refusal(`version: "1.0.0"\nbomb:\n  ${lines.join('\n  ')}\n`)).toBe('DOCUMENT_TOO_LARGE');
  });

  test('nesting that would use up the stack', async () => {
    expect(await refusal(`version: "1.0.0"\nbomb: ${'['.repeat(200_000)}\n`)).toMatch(
      /^DOCUMENT_(TOO_LARGE|INVALID)$/,
    );
  });

  test('a record, a line or a document that is too large', async () => {
    const long: TableRows = {
      table: 't',
      columns: [{ name: 'x', kind: 'text' }],
      rows: [['y'.repeat(5_000)]],
    };
    const text = await write([long]);
    expect(await refusal(text, { recordBytes: 4_000 })).toBe('DOCUMENT_TOO_LARGE');
    expect(await refusal(text, { totalBytes: 4_000 })).toBe('DOCUMENT_TOO_LARGE');
    expect(await refusal(`version: "1.0.0"\nx:\n${'  - y\n'.repeat(5_000)}`, { recordBytes: 4_000 })).toBe(
      'DOCUMENT_TOO_LARGE',
    );
  });

  test('what is no text', async () => {
    const bytes = Buffer.from('version: "1.0.0"\nx: "\xff\xfe"\n', 'latin1');
    const input = (async function* () {
      yield bytes;
    })();
    await expect(readDocument(input)).rejects.toMatchObject({ code: 'DOCUMENT_INVALID' });
  });
});

test('a source that changes between the two readings is noticed', async () => {
  let reading = 0;
  const tables = async function* (): AsyncIterable<TableBatch> {
    reading++;
    yield { table: 't', columns: [{ name: 'x', kind: 'int' }], rows: [[reading]] };
  };
  const writing = async () => {
    for await (const _ of writeDocument(header, tables));
  };
  await expect(writing()).rejects.toThrow('t changed while it was written');
});

test('a long document is read a batch at a time', async () => {
  const rows = Array.from({ length: 20_000 }, (_, index) => [index, `name ${index}`]);
  const columns: DocumentColumn[] = [
    { name: 'id', kind: 'int' },
    { name: 'name', kind: 'text' },
  ];
  const text = await write([{ table: 't', columns, rows }]);
  let taken = 0;
  const input = async function* () {
    for await (const chunk of chunks(text, 4_096)) {
      taken++;
      yield chunk;
    }
  };
  const document = await readDocument(input(), { batchRows: 100 });
  for await (const batch of document.tables) {
    expect(batch.rows).toHaveLength(100);
    break;
  }
  expect(taken).toBeLessThan(5);
});
