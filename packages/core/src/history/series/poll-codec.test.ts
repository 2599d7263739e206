// Polls: every cell comes back, and what is no poll is refused.

import { describe, expect, test } from 'vitest';
import { state } from './block.ts';
import { partOf, possibleParts } from './parts.ts';
import { decodePoll, PollBuilder, recordsOfPoll, wideView } from './poll-codec.ts';

function fill(builder: PollBuilder, names: readonly string[]): void {
  for (const [index, name] of names.entries()) {
    const at = builder.add(name);
    builder.states[at] = state.value;
    builder.values[at] = index / 3;
    builder.states[at + 1] = index % 3;
    // Read as a double, it would be no number, and lose its bits.
    if (index % 3 === state.value) builder.wide[at + 1] = -BigInt(index + 1);
  }
}
const names = (count: number) => Array.from({ length: count }, (_, index) => `lab/${index}`);
const newPoll = () =>
  new PollBuilder([
    { name: 'load', wide: false },
    { name: 'traffic', wide: true },
  ]);

const encoded = (count: number) => {
  const builder = newPoll();
  fill(builder, names(count));
  return builder.encode();
};

describe('a poll', () => {
  test.each([0, 1, recordsOfPoll])('of %i records comes back, also from a builder used before', (count) => {
    const builder = newPoll();
    fill(builder, names(recordsOfPoll));
    builder.encode();
    fill(builder, names(count));
    const { records, states, values, metrics } = decodePoll(builder.encode());
    expect(metrics).toEqual(builder.metrics);
    expect(records).toEqual(names(count));
    for (const index of records.keys()) {
      expect([...states.subarray(index * 2, index * 2 + 2)]).toEqual([state.value, index % 3]);
      expect(values[index * 2]).toBe(index / 3);
      expect(wideView(values)[index * 2 + 1]).toBe(index % 3 === state.value ? -BigInt(index + 1) : 0n);
    }
  });

  test('lies in a part in which its records are looked for', () => {
    const used = new Set<number>();
    for (const [index, name] of names(5_000).entries()) {
      const part = partOf(name, index);
      expect(possibleParts(name)).toContain(part);
      used.add(part);
    }
    expect(used.size).toBe(17);
  });

  test.each([
    ['nothing', new Uint8Array(0)],
    ['no compressed bytes', new Uint8Array(50)],
    ['a part of a poll', encoded(10).subarray(0, 60)],
  ])('is not %s', (_, bytes) => {
    expect(() => decodePoll(bytes)).toThrow(expect.objectContaining({ code: 'DATA_UNSOUND' }));
  });
});
