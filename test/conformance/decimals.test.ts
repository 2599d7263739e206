// Decimals are exact: one spelling, compared and sorted as numbers, beyond what a double can tell apart.

import { decimal, int, table } from '@holdfast/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { engines } from '../engines.ts';
import { domainOf } from './domain.ts';

const prices = table(
  'prices',
  {
    id: int(),
    price: decimal(10, 2).nullable(),
    rate: decimal(30, 12).default('1.5'),
    whole: decimal(3, 0).nullable(),
  },
  { key: ['id'] },
);
const keyed = table('keyed', { price: decimal(24, 4) }, { key: ['price'] });

/** Decimals of 20 digits before and 4 after the point, as whole ten-thousandths. */
const scaled = fc.oneof(
  fc.bigInt({ min: -(10n ** 24n) + 1n, max: 10n ** 24n - 1n }),
  fc.bigInt({ min: -30_000n, max: 30_000n }),
  fc.constantFrom(10n ** 20n, 10n ** 20n - 1n, 10n ** 20n + 1n, 9_999n, 10_000n),
);
const spelled = (value: bigint): string => {
  const digits = String(value < 0n ? -value : value).padStart(5, '0');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -4)}.${digits.slice(-4)}`;
};

describe.each(engines)('$name', (engine) => {
  test.for([
    ['1.5', '1.50'],
    ['0', '0.00'],
    ['-0', '0.00'],
    ['-0.00', '0.00'],
    ['-0.1', '-0.10'],
    ['99999999.99', '99999999.99'],
    ['-99999999.99', '-99999999.99'],
  ] as const)('%s is stored as %s, and found by either spelling', async ([given, stored]) => {
    const store = await engine.open({ domains: [domainOf(prices)] });
    const repository = store.repository(prices);
    await repository.insert({ id: 1, price: given });
    expect(await repository.get({ id: 1 })).toMatchObject({ price: stored });
    expect(await repository.count({ price: given })).toBe(1);
    expect(await repository.count({ price: { in: [stored] } })).toBe(1);
  });

  test('a default has the one spelling too', async () => {
    const store = await engine.open({ domains: [domainOf(prices)] });
    const repository = store.repository(prices);
    await repository.insert({ id: 1 });
    await repository.upsert({ id: 2 });
    await repository.insertMany([{ id: 3 }]);
    const { items } = await repository.list({ where: { rate: '1.5' } });
    expect(items.map(({ id, rate, whole }) => [id, rate, whole])).toEqual([
      [1, '1.500000000000', null],
      [2, '1.500000000000', null],
      [3, '1.500000000000', null],
    ]);
  });

  test('they sort and compare as numbers, page by page', async () => {
    const store = await engine.open({ domains: [domainOf(keyed)] });
    const repository = store.repository(keyed);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(scaled, { minLength: 1, maxLength: 25 }), async (values) => {
        await repository.deleteMany({});
        await repository.insertMany(values.map((value) => ({ price: spelled(value) })));
        const sorted = values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)).map(spelled);
        for (const direction of ['asc', 'desc'] as const) {
          const walked: string[] = [];
          let after: string | null = null;
          do {
            const page = await repository.list({ orderBy: [['price', direction]], limit: 7, after });
            walked.push(...page.items.map(({ price }) => price));
            after = page.next;
          } while (after !== null);
          expect(walked).toEqual(direction === 'asc' ? sorted : sorted.toReversed());
        }
        const middle = sorted[Math.floor(sorted.length / 2)]!;
        expect(await repository.count({ price: { lt: middle } })).toBe(sorted.indexOf(middle));
        expect(await repository.count({ price: { gte: middle } })).toBe(
          sorted.length - sorted.indexOf(middle),
        );
      }),
      { numRuns: 40 },
    );
  });
});
