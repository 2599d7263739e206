// Tables of any columns and rows, for tests of what reads and writes them.

import fc from 'fast-check';
import type { StoredValue } from '../../schema/codec.ts';
import type { ColumnSpec, Kind } from '../../schema/spec.ts';

export type ValuesOf = Partial<Record<Kind, fc.Arbitrary<StoredValue>>>;

interface SomeTable {
  readonly columns: readonly ColumnSpec[];
  readonly rows: (StoredValue | null)[][];
}

/** @param least rows of a table */
export function anyTable(valuesOf: ValuesOf, least = 0): fc.Arbitrary<SomeTable> {
  const kinds = Object.keys(valuesOf) as Kind[];
  return fc.array(fc.constantFrom(...kinds), { minLength: 1, maxLength: 12 }).chain((chosen) =>
    fc.record({
      columns: fc.constant(
        chosen.map((kind, at) => ({ name: `c${at}`, kind, nullable: true })) as unknown as ColumnSpec[],
      ),
      rows: fc.array(fc.tuple(...chosen.map((kind) => fc.option(valuesOf[kind]!, { freq: 4 }))), {
        minLength: least,
        maxLength: 40,
      }),
    }),
  );
}
