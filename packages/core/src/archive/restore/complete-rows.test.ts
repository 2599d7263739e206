// Columns are completed as rows are, whatever travels and whatever is secret.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rowsOfBatch } from '../../engine/batch-values.ts';
import type { SecretBox } from '../../schema/codec.ts';
import { kinds } from '../../schema/spec.ts';
import type { Part } from '../backup/content.ts';
import { batchOf } from '../columns/batch-rows.ts';
import type { Value } from '../columns/value.ts';
import { columnOf, torture } from '../test-archive.ts';
import { completeBatch, completeRows } from './complete-rows.ts';

/** Shows what was sealed, and for which place. */
const secrets: SecretBox = {
  seal: (plain, place) => `sealed ${plain} for ${place}`,
  open: (sealed) => sealed,
};

interface Made {
  readonly part: Part;
  readonly rows: readonly Value[][];
}

const parts: fc.Arbitrary<Made> = fc
  .array(fc.record({ kind: fc.constantFrom(...kinds), travels: fc.boolean(), secret: fc.boolean() }), {
    minLength: 1,
    maxLength: 8,
  })
  .chain((wanted) => {
    const columns = wanted.map(({ kind, secret }, index) => ({
      ...columnOf(kind),
      name: `c${index}`,
      ...(secret && kind === 'text' ? { secret: true as const } : {}),
    }));
    const traveling = columns.filter((_, index) => wanted[index]!.travels);
    const spec = {
      ...{ name: 'things_history', dataClass: 'operational' as const, columns, key: ['c0'] },
      ...{ foreignKeys: [], indexes: [], checks: [], metrics: [] },
    };
    const part: Part = { spec, of: 'things', kind: 'history', columns: traveling };
    const row = fc.tuple(...traveling.map(({ kind }) => fc.constantFrom<Value>(...torture[kind], null)));
    return fc.array(row, { maxLength: 20 }).map((rows) => ({ part, rows: rows.map((each) => [...each]) }));
  });

test('batches one after the other are what rows are, sealed or not', () => {
  fc.assert(
    fc.property(
      parts,
      fc.boolean(),
      fc.array(fc.nat({ max: 20 }), { maxLength: 3 }),
      ({ part, rows }, seals, ends) => {
        const box = seals ? secrets : undefined;
        const ofBatch = completeBatch(part, box);
        const ofRows = completeRows(part, box);
        // What is reused from one to the next is as long as each of them.
        for (const end of [...ends, rows.length]) {
          const some = rows.slice(0, end);
          const batch = ofBatch(batchOf(part.columns, some));
          const wanted = ofRows(some.map((row) => [...row]));
          expect(batch.columns.map(({ kind }) => kind)).toEqual(part.spec.columns.map(({ kind }) => kind));
          expect(rowsOfBatch(batch)).toEqual(wanted);
        }
      },
    ),
  );
});

test('a secret is sealed for the table that it is declared in, and nothing else changes', () => {
  const [id, code] = [columnOf('int'), { ...columnOf('text'), secret: true as const }];
  const mark = { ...columnOf('bigint'), name: 'journal_mark' };
  const spec = {
    ...{ name: 'safes_history', dataClass: 'operational' as const, columns: [id, mark, code] },
    ...{ key: [id.name], foreignKeys: [], indexes: [], checks: [], metrics: [] },
  };
  const part: Part = { spec, of: 'safes', kind: 'history', columns: [id, code] };
  const given: Value[][] = [
    [1, 'sesame'],
    [2, null],
  ];
  expect(rowsOfBatch(completeBatch(part, secrets)(batchOf(part.columns, given)))).toEqual([
    [1, null, 'sealed sesame for safes.a_text'],
    [2, null, null],
  ]);
});
