// Chunks give back every bit: of doubles of any kind, of 64-bit integers, of what was null and what was not seen.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Block, type BlockColumn, slice, state } from './block.ts';
import { decodeBlock, encodeBlock } from './block-codec.ts';

const column = (values: readonly number[], states?: readonly number[]): BlockColumn => ({
  name: 'load',
  stat: 'last',
  wide: false,
  values: Float64Array.from(values),
  states: states === undefined ? undefined : Uint8Array.from(states),
});
const wideColumn = (values: readonly bigint[]): BlockColumn => ({
  name: 'traffic',
  stat: 'max',
  wide: true,
  values: BigInt64Array.from(values),
  states: undefined,
});
const blockOf = (...columns: BlockColumn[]): Block => ({
  times: Float64Array.from(
    { length: columns[0]!.values.length },
    (_, index) => 1_700_000_000_000_000 + index * 60_000_000,
  ),
  columns,
});
const bits = (values: Float64Array | BigInt64Array): string =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('hex');
const plain = ({ times, columns }: Block) => ({
  times: bits(times),
  columns: columns.map(({ name, stat, wide, values, states }) => ({
    name,
    stat,
    wide,
    values: bits(values),
    states: states === undefined ? undefined : [...states],
  })),
});
function expectBack(block: Block): void {
  expect(plain(decodeBlock(encodeBlock(block)))).toEqual(plain(block));
}

/** Doubles as metrics have them, and every other one. */
const number = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.tuple(fc.integer(), fc.nat(15)).map(([whole, decimals]) => Number(`${whole}e-${decimals}`)),
  fc.constantFrom(0, -0, 0.1, 0.3, 5e-324, Number.MAX_VALUE, 2 ** 53, -(2 ** 53), 1e15 + 0.5),
);
const numbers = fc.array(number, { maxLength: 200 });

describe('values come back bit by bit', () => {
  test('any doubles', () => {
    fc.assert(fc.property(numbers, (values) => expectBack(blockOf(column(values)))));
  });

  test('whole numbers near each other, with a common divisor, and with a counter that begins anew', () => {
    const walk = fc.tuple(
      fc.maxSafeInteger(),
      fc.integer({ min: 1, max: 4096 }),
      fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 300 }),
    );
    fc.assert(
      fc.property(walk, fc.nat(), ([start, factor, steps], reset) => {
        let at = start;
        const values = steps.map((step, index) => {
          at = index === reset % steps.length ? 0 : at + step * factor;
          return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, at));
        });
        expectBack(blockOf(column(values)));
      }),
    );
  });

  test('short decimals', () => {
    const decimals = fc.tuple(fc.nat(6), fc.array(fc.integer({ min: -1e6, max: 1e6 }), { maxLength: 100 }));
    fc.assert(
      fc.property(decimals, ([places, wholes]) =>
        expectBack(blockOf(column(wholes.map((whole) => whole / 10 ** places)))),
      ),
    );
  });

  test('64-bit integers, also the ends of their range side by side', () => {
    const wide = fc.oneof(
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.bigInt({ min: -1000n, max: 1000n }),
      fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n, 0n),
    );
    fc.assert(
      fc.property(fc.array(wide, { maxLength: 100 }), (values) => expectBack(blockOf(wideColumn(values)))),
    );
  });

  test('beside nulls and what was not observed', () => {
    const places = fc.array(fc.tuple(number, fc.constantFrom(...Object.values(state))), { maxLength: 100 });
    fc.assert(
      fc.property(places, (given) => {
        const values = given.map(([value, kind]) => (kind === state.value ? value : 0));
        const states = given.map(([, kind]) => kind);
        expectBack(blockOf(column(values, states)));
      }),
    );
  });

  test('instants in any order and of any distance within a chunk', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 512 * 86_400_000 }), { maxLength: 100 }), (millis) => {
        const block = { times: Float64Array.from(millis, (each) => each * 1000 + 7), columns: [] };
        expectBack(block);
      }),
    );
  });
});

describe('a chunk', () => {
  const block = blockOf(column([1, 2.5, 3]), wideColumn([1n, 2n ** 62n, 3n]));

  test('is read only for the columns asked for', () => {
    const some = decodeBlock(encodeBlock(block), ({ name }) => name === 'traffic');
    expect(some.columns.map(({ name }) => name)).toEqual(['traffic']);
    expect(plain(some).columns[0]).toEqual(plain(block).columns[1]);
  });

  test('may be written of a part of a larger one', () => {
    const part = slice(block, 1, 3);
    expect([...decodeBlock(encodeBlock(part)).columns[0]!.values]).toEqual([2.5, 3]);
  });

  test('takes few bytes where little happens', () => {
    const counter = Array.from({ length: 1440 }, (_, index) => 1e12 + index * 60);
    const noise = Array.from({ length: 1440 }, (_, index) => 4096 * (1000 + ((index * 7919) % 16)));
    const idle = new Array<number>(1440).fill(0);
    expect(encodeBlock(blockOf(column(counter))).length).toBeLessThan(120);
    expect(encodeBlock(blockOf(column(idle))).length).toBeLessThan(120);
    // Four bits each.
    expect(encodeBlock(blockOf(column(noise))).length).toBeLessThan(1440 / 2 + 200);
  });

  test.each([
    ['nothing', () => new Uint8Array(0)],
    ['another version', () => Uint8Array.of(9, 1, 1)],
    ['a chunk that ends too early', () => encodeBlock(block).subarray(0, 20)],
    ['a chunk with a byte too few at the end', () => encodeBlock(block).subarray(0, -1)],
    ['random bytes', () => Uint8Array.from({ length: 300 }, (_, index) => (index * 31) % 251)],
  ])('%s is refused as unsound', (_, bytes) => {
    expect(() => decodeBlock(bytes())).toThrow(expect.objectContaining({ code: 'DATA_UNSOUND' }));
  });

  test('cut anywhere is refused or, behind its last byte, whole', () => {
    const whole = encodeBlock(block);
    for (let length = 0; length < whole.length; length++)
      expect(() => decodeBlock(whole.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'DATA_UNSOUND' }),
      );
  });
});
