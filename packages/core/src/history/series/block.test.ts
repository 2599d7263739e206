// Blocks as one: in any order, overlapping, and of kinds that a declaration has changed in between.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Block, BlockBuilder, concat, placeOf, state } from './block.ts';
import { valueAt } from './roll.ts';

type Cell = number | bigint | null | undefined;

function blockOf(rows: readonly (readonly [at: number, cells: Readonly<Record<string, Cell>>])[]): Block {
  const builder = new BlockBuilder(rows.length);
  for (const [row, [at, cells]] of rows.entries()) {
    builder.times[row] = at;
    for (const [name, cell] of Object.entries(cells)) {
      if (cell === undefined) continue;
      const { column, states } = builder.column(name, 'last', typeof cell === 'bigint');
      states[row] = cell === null ? state.null : state.value;
      if (cell !== null) column.values[row] = cell;
    }
  }
  return builder.build();
}

/** Rows as objects, absent places left out. */
const rowsOf = ({ times, columns }: Block) =>
  Array.from(times, (at, row) => ({
    at,
    ...Object.fromEntries(
      columns.flatMap((column): [string, Cell][] => {
        const place = column.states?.[row] ?? state.value;
        if (place === state.absent) return [];
        return [[column.name, place === state.null ? null : valueAt(column, row)]];
      }),
    ),
  }));

describe('blocks as one', () => {
  test('hold every row once, ascending, whatever their order: as a map of instants would', () => {
    const cell = fc.option(fc.integer({ min: 0, max: 9 }), { nil: null });
    const row = fc.tuple(fc.nat(20), fc.record({ a: cell, b: cell }, { requiredKeys: [] }));
    fc.assert(
      fc.property(fc.array(fc.array(row, { maxLength: 6 }), { minLength: 1, maxLength: 4 }), (given) => {
        const expected = new Map<number, object>();
        for (const [at, cells] of given.flat()) expected.set(at, { ...expected.get(at), ...cells });
        const rows = [...expected].sort(([a], [b]) => a - b).map(([at, cells]) => ({ at, ...cells }));
        expect(rowsOf(concat(given.map(blockOf)))).toEqual(rows);
      }),
    );
  });

  test.each([
    ['whole numbers become bigints', [1, 2], [1n, 2n, 2n ** 60n]],
    ['bigints beside fractions become numbers', [1, 2.5], [1, 2.5, 2 ** 60]],
  ])('of another kind each: %s', (_, first, expected) => {
    const numbers = blockOf(first.map((a, at) => [at, { a }]));
    const wide = blockOf([[2, { a: 2n ** 60n }]]);
    expect(rowsOf(concat([numbers, wide])).map((row) => (row as { a?: Cell }).a)).toEqual(expected);
    // Also where the rows are not in the order of their blocks.
    expect(rowsOf(concat([wide, numbers])).map((row) => (row as { a?: Cell }).a)).toEqual(expected);
  });
});

test('a place is the first that is not before an instant', () => {
  const times = Float64Array.from([10, 20, 30]);
  expect([5, 10, 11, 30, 31].map((at) => placeOf(times, at))).toEqual([0, 0, 1, 2, 3]);
});
