// The harness of the benches: arguments, lines, proof of sameness. No times are asserted.

import { describe, expect, test } from 'vitest';
import { parseArguments } from './arguments.ts';
import { interleave, median } from './interleave.ts';
import { makeLine } from './line.ts';
import { digestOf, requireSame } from './same.ts';

describe('arguments', () => {
  test('no area means all', () => {
    expect(parseArguments([], ['store', 'sync']).areas).toEqual(['store', 'sync']);
  });

  test.each([['nonsense'], ['--runs=0'], ['--size=many'], ['--nonsense']])('%s is refused', (word) => {
    expect(() => parseArguments([word], ['store'])).toThrow();
  });
});

describe('lines', () => {
  test('a ratio above 1 means that ours is better, whatever the unit', () => {
    const figures = { case: 'c', against: 'a', ours: 10, reference: 20, target: 1 };
    expect(makeLine('store', 'sqlite', { ...figures, unit: 'rows/s' })).toMatchObject({
      ratio: 0.5,
      ok: false,
    });
    expect(makeLine('store', 'sqlite', { ...figures, unit: 'ms', lessIsBetter: true })).toMatchObject({
      ratio: 2,
      ok: true,
    });
  });

  test('extra information has no target and is always ok', () => {
    const line = makeLine('store', '-', { case: 'c', against: 'a', ours: 1, reference: 9, unit: 'rows/s' });
    expect(line).toMatchObject({ target: null, ok: true });
  });
});

describe('sameness', () => {
  test('property order and the class of bytes do not count', () => {
    const one = digestOf([{ a: 1, b: new Uint8Array([1, 2]) }]);
    expect(digestOf([{ b: Buffer.from([1, 2]), a: 1 }])).toBe(one);
  });

  test.each([
    ['a value', [{ a: 1 }], [{ a: '1' }]],
    ['a missing property', [{ a: 1 }], [{ a: 1, b: undefined }]],
    ['an order of rows', [{ a: 1 }, { a: 2 }], [{ a: 2 }, { a: 1 }]],
  ])('%s counts', (_, left, right) => {
    expect(() => requireSame('rows', { left: digestOf(left), right: digestOf(right) })).toThrow(
      /rows.*differ/,
    );
  });
});

test('sides take turns, and warm-up rounds do not count', async () => {
  const turns: string[] = [];
  const side = (name: string, millis: number) => ({
    run: () => {
      turns.push(name);
      return millis;
    },
  });
  expect(await interleave([side('a', 1), side('b', 2)], 2, 1)).toEqual([1, 2]);
  expect(turns.join('')).toBe('ababab');
  expect(median([9, 1, 2, 3])).toBe(2.5);
});
