// Faults in the data of an answer that is otherwise fine.

import type { Random } from '../../random.ts';
import type { Fault, FaultKind } from './faults.ts';
import type { Json, Row } from './json.ts';

/** Names that programs have tripped over. The lone surrogate is written as an escape, which JSON allows. */
export const hostileNames: readonly string[] = [
  `it's "quoted"`,
  'two\nlines\r\nand\ttabs',
  'nul\u0000inside',
  'emoji-🐙-zwj-👩‍💻',
  'lone-\ud800-surrogate',
  'x'.repeat(10_240),
  '<img src=x onerror=alert(1)>',
  "'; DROP TABLE guests; --",
  '../../etc/passwd',
  '=HYPERLINK("http://example.invalid")',
  'right-to-left-\u202Egnp.exe',
  '__proto__',
  ' ',
  '',
];

// Without these a row has no identity, and the schema of the call promises them.
const promised = new Set(['id', 'vmid', 'node', 'type', 'status', 'storage', 'upid', 'user', 'starttime']);
for (const key of ['pid', 'pstart', 'sid', 'poolid', 'n', 't']) promised.add(key);

const isRow = (value: Json): value is Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const extended = (row: Row): Row => ({
  ...row,
  'x-future-object': { nested: [1, null, { deep: 'yes' }] },
  'x-future-list': [],
  'x-future-null': null,
  'x-future-number': 1e308,
  'x-future-text': '',
  constructor: 'a field, not a function',
});

const thinned = (row: Row, random: Random): Row =>
  Object.fromEntries(Object.entries(row).filter(([key]) => promised.has(key) || random.next() < 0.5));

const renamed = (row: Row, at: number): Row => {
  const name = hostileNames[at % hostileNames.length] as string;
  const copy = { ...row };
  for (const key of ['name', 'hostname', 'comment', 'description']) {
    if (copy[key] !== undefined) copy[key] = name;
  }
  return copy;
};

const repeated = (rows: readonly Json[], random: Random): Json[] => {
  const result: Json[] = [];
  for (const [at, row] of rows.entries()) {
    result.push(row);
    if (at === 0 || random.next() < 0.3) result.push(row);
  }
  return result;
};

/** The data after all faults that change data. Rows are copied, the cluster stays as it is. */
export const spoilData = (data: Json, faults: readonly Fault[], random: Random): Json => {
  const has = (kind: FaultKind): boolean => faults.some((fault) => fault.kind === kind);
  const spoilRow = (value: Json, at: number): Json => {
    if (!isRow(value)) return value;
    let row: Row = value;
    if (has('missing-fields')) row = thinned(row, random);
    if (has('hostile-names')) row = renamed(row, at);
    return has('unknown-fields') ? extended(row) : row;
  };
  if (!Array.isArray(data)) return spoilRow(data, 0);
  const rows = (data as readonly Json[]).map(spoilRow);
  return has('duplicate') ? repeated(rows, random) : rows;
};
