// Filters choose exactly the records that a plain reading of them would, nulls included.

import { bigint, bool, int, oneOf, real, table, text, type Where } from '@holdfast/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { engines } from '../engines.ts';
import { domainOf } from './domain.ts';

const things = table(
  'things',
  {
    id: int(),
    name: text().nullable(),
    size: bigint().nullable(),
    load: real().nullable(),
    on: bool(),
    state: oneOf('up', 'down').nullable(),
    heat: int().metric(),
  },
  { key: ['id'] },
);
type Row = Record<string, string | number | bigint | boolean | null>;

const values = {
  name: fc.constantFrom('', 'a', 'A', 'ab', 'b%', '_', "'", 'é'),
  size: fc.constantFrom(-(2n ** 63n), -1n, 0n, 1n, 2n ** 53n + 1n, 2n ** 63n - 1n),
  load: fc.constantFrom(-1.5, 0, 0.1, 1e300),
  on: fc.boolean(),
  state: fc.constantFrom('up', 'down'),
  heat: fc.integer({ min: 0, max: 3 }),
} as const;
type Property = keyof typeof values;
const properties = Object.keys(values) as Property[];

const row: fc.Arbitrary<Row> = fc.record(
  Object.fromEntries(
    properties.map((property) => [
      property,
      property === 'on' ? values.on : fc.option<Row[string]>(values[property] as fc.Arbitrary<string>),
    ]),
  ),
) as fc.Arbitrary<Row>;

const ordered = ['lt', 'lte', 'gt', 'gte'];
const condition = (property: Property): fc.Arbitrary<unknown> => {
  const value = values[property] as fc.Arbitrary<unknown>;
  const nullable = property === 'on' ? value : fc.option(value);
  const some = fc.array(value, { maxLength: 3 });
  const operators: Record<string, fc.Arbitrary<unknown>> = {
    eq: nullable,
    ne: nullable,
    in: some,
    notIn: some,
    isNull: fc.boolean(),
    ...(property === 'name' || property === 'state'
      ? { contains: fc.constantFrom('', 'a', 'p', '%', '_') }
      : {}),
    ...Object.fromEntries(ordered.map((operator) => [operator, value])),
  };
  const one = fc
    .constantFrom(...Object.keys(operators))
    .chain((name) => operators[name]!.map((given) => ({ [name]: given })));
  return fc.oneof(
    nullable,
    one,
    fc.tuple(one, one).map(([a, b]) => ({ ...a, ...b })),
  );
};
const simple = fc
  .constantFrom(...properties)
  .chain((property) => condition(property).map((given): object => ({ [property]: given })));
const filter: fc.Arbitrary<object> = fc.letrec<{ any: object }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    simple,
    fc.tuple(simple, simple).map(([a, b]) => ({ ...a, ...b })),
    fc.array(tie('any'), { maxLength: 3 }).map((and) => ({ and })),
    fc.array(tie('any'), { maxLength: 3 }).map((or) => ({ or })),
    tie('any').map((not) => ({ not })),
  ),
})).any;

/** Three-valued, as databases reason: undefined is unknown, and what is unknown does not hold. */
type Truth = boolean | undefined;
const all = (truths: Truth[]): Truth =>
  truths.includes(false) ? false : truths.includes(undefined) ? undefined : true;
const not = (truth: Truth): Truth => (truth === undefined ? undefined : !truth);

function holds(where: object, each: Row): Truth {
  return all(
    Object.entries(where).map(([property, given]) => {
      if (property === 'and') return all((given as object[]).map((part) => holds(part, each)));
      if (property === 'or') return not(all((given as object[]).map((part) => not(holds(part, each)))));
      if (property === 'not') return not(holds(given as object, each));
      const operators = given !== null && typeof given === 'object' ? given : { eq: given };
      return all(
        Object.entries(operators).map(([operator, than]) => holdsOne(operator, each[property]!, than)),
      );
    }),
  );
}

function holdsOne(operator: string, value: Row[string], than: unknown): Truth {
  const comparable = value as number;
  if (operator === 'isNull') return (value === null) === than;
  if (operator === 'eq' && than === null) return value === null;
  if (operator === 'ne') return value !== than;
  if (operator === 'notIn') return value === null || !(than as unknown[]).includes(value);
  if (operator === 'in' && (than as unknown[]).length === 0) return false;
  if (value === null) return undefined;
  if (operator === 'eq') return value === than;
  if (operator === 'in') return (than as unknown[]).includes(value);
  if (operator === 'contains') return String(value).includes(than as string);
  if (operator === 'lt') return comparable < (than as number);
  if (operator === 'lte') return comparable <= (than as number);
  if (operator === 'gt') return comparable > (than as number);
  return comparable >= (than as number);
}

describe.each(engines)('$name', (engine) => {
  test('any filter over any records', async () => {
    const store = await engine.open({ domains: [domainOf(things)] });
    const repository = store.repository(things);
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 12 }),
        fc.array(filter, { minLength: 1, maxLength: 12 }),
        async (rows, filters) => {
          await repository.deleteMany({});
          await repository.insertMany(rows.map((each, id) => ({ id, ...each })) as never);
          for (const each of filters) {
            const where = each as Where<typeof things>;
            const expected = rows.flatMap((candidate, id) => (holds(where, candidate) === true ? [id] : []));
            const { items } = await repository.list({ where });
            expect(items.map(({ id }) => id)).toEqual(expected);
            expect(await repository.count(where)).toBe(expected.length);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
