// Walking pages gives every record once and in order, whatever the order, the ties, the nulls and the page size.

import { bigint, bool, date, instant, int, oneOf, real, table, text, uuid } from '@holdfast/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { engines, type StoreOf, type TestEngine } from '../engines.ts';
import { domainOf } from './domain.ts';

const things = table(
  'things',
  {
    source: text(4),
    id: int(),
    name: text(10),
    note: text().nullable(),
    size: bigint().nullable(),
    load: real(),
    on: bool().nullable(),
    at: instant(),
    day: date().nullable(),
    ref: uuid().nullable(),
    state: oneOf('up', 'down'),
    heat: int().metric(),
  },
  { key: ['source', 'id'] },
);
const domain = domainOf(things);
type Row = Record<string, string | number | bigint | boolean | null>;

const few = <T>(...some: T[]) => fc.constantFrom(...some);
const row: fc.Arbitrary<Row> = fc.record<Row>({
  name: few('', 'a', 'A', 'é', '👍', '\uffff'),
  note: few<string | null>(null, '', 'x', '0'),
  size: few<bigint | null>(null, -(2n ** 63n), 0n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n),
  load: few(-1e300, 0, 0.1, 0.1 + Number.EPSILON),
  on: few<boolean | null>(null, true, false),
  at: few(-1, 0, Number.MAX_SAFE_INTEGER),
  day: few<string | null>(null, '0001-01-01', '9999-12-31'),
  ref: few<string | null>(
    null,
    '00000000-0000-0000-0000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
  ),
  state: few('up', 'down'),
  heat: few<number | null>(null, 1, 2),
});
const rows = fc
  .array(row, { maxLength: 40 })
  .map((some) => some.map((each, index): Row => ({ source: 'ab'[index % 2]!, id: index, ...each })));
const sortable = [
  'source',
  'id',
  'name',
  'note',
  'size',
  'load',
  'on',
  'at',
  'day',
  'ref',
  'state',
  'heat',
  'metricsAt',
];
const order = fc.uniqueArray(fc.tuple(few(...sortable), few('asc', 'desc', undefined)), {
  selector: ([property]) => property,
  maxLength: 4,
});

/** Nulls first; text by its bytes in UTF-8. */
function compare(a: Row[string], b: Row[string]): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? -1 : 1;
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b as string));
  return a < b ? -1 : 1;
}

type Order = [string, 'asc' | 'desc' | undefined][];
function sorted(some: readonly Row[], by: Order): Row[] {
  const last = by.at(-1)?.[1] ?? 'asc';
  const whole = [...by, ...(['source', 'id'] as const).map((key) => [key, last] as const)];
  return some.toSorted((a, b) => {
    for (const [property, direction] of whole) {
      const difference = compare(a[property] ?? null, b[property] ?? null);
      if (difference !== 0) return direction === 'desc' ? -difference : difference;
    }
    return 0;
  });
}

const open = async (engine: TestEngine) =>
  ((await engine.open({ domains: [domain] })) as StoreOf<typeof domain>).repository(things);

async function walk(
  repository: Awaited<ReturnType<typeof open>>,
  options: object,
  between: (page: number) => Promise<void> = async () => {},
): Promise<Row[]> {
  const walked: Row[] = [];
  let after: string | null = null;
  for (let page = 0; ; page++) {
    const { items, next }: { items: object[]; next: string | null } = await repository.list({
      ...options,
      after,
    });
    walked.push(...(items as Row[]));
    if (next === null) return walked;
    expect(items.length).toBe((options as { limit: number }).limit);
    after = next;
    await between(page);
  }
}
const id = (each: Row): string => `${each['source']}${each['id']}`;

describe.each(engines)('$name', (engine) => {
  test('any order, any page size', async () => {
    const repository = await open(engine);
    await fc.assert(
      fc.asyncProperty(
        rows,
        fc.array(fc.tuple(order, fc.integer({ min: 1, max: 12 })), { maxLength: 6 }),
        async (some, walks) => {
          await repository.deleteMany({});
          await repository.insertMany(some as never);
          const stored = (await repository.list({ limit: 1_000 })).items as Row[];
          for (const [orderBy, limit] of walks)
            expect((await walk(repository, { orderBy, limit })).map(id)).toEqual(
              sorted(stored, orderBy as Order).map(id),
            );
        },
      ),
      { numRuns: 60 },
    );
  });

  test('a filter and an order together', async () => {
    const repository = await open(engine);
    await fc.assert(
      fc.asyncProperty(rows, order, async (some, orderBy) => {
        await repository.deleteMany({});
        await repository.insertMany(some as never);
        const where = { or: [{ note: null }, { load: { gt: 0 } }], source: 'a' };
        const kept = some.filter(
          (each) => each['source'] === 'a' && (each['note'] === null || Number(each['load']) > 0),
        );
        const walked = await walk(repository, { where, orderBy, limit: 3 });
        expect(walked.map(id).toSorted()).toEqual(kept.map(id).toSorted());
      }),
      { numRuns: 40 },
    );
  });

  test('records that stay are met once and in order while others come and go', async () => {
    const repository = await open(engine);
    await fc.assert(
      fc.asyncProperty(
        rows,
        rows,
        order,
        fc.integer({ min: 1, max: 7 }),
        async (stay, passing, orderBy, limit) => {
          await repository.deleteMany({});
          const others = passing.map((each): Row => ({ ...each, source: 'z' }));
          await repository.insertMany([...stay, ...others.slice(0, others.length / 2)] as never);
          const walked = await walk(repository, { orderBy, limit }, async (page) => {
            await repository.deleteMany({ source: 'z', id: page });
            const coming = others.at(-1 - page);
            if (coming !== undefined) await repository.upsert({ ...coming, id: 1_000 + page } as never);
          });
          const stored = (await repository.list({ where: { source: { ne: 'z' } }, limit: 1_000 }))
            .items as Row[];
          const met = walked.filter((each) => each['source'] !== 'z');
          expect(met.map(id)).toEqual(sorted(stored, orderBy as Order).map(id));
          expect(new Set(walked.map(id)).size).toBe(walked.length);
        },
      ),
      { numRuns: 40 },
    );
  });
});
