// Timing several sides of a case in turn, so that a slow moment of the machine meets all of them.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
/** Collects garbage, so that no side pays for another's. */
export const collectGarbage = runInNewContext('gc') as () => void;

export interface Side {
  /** Before each round, untimed. */
  readonly before?: () => Promise<void> | void;
  /** What is timed. @returns milliseconds, where it measures a part of itself */
  readonly run: () => Promise<number | undefined> | number | undefined;
  /** After each round, untimed. */
  readonly after?: () => Promise<void> | void;
}

/** Milliseconds of each side, medians over `runs` rounds after `warmUps` untimed ones. */
export async function interleave<const S extends readonly Side[]>(
  sides: S,
  runs: number,
  warmUps = 2,
): Promise<{ [I in keyof S]: number }> {
  const samples = sides.map((): number[] => []);
  for (let round = -warmUps; round < runs; round++) {
    for (const [index, side] of sides.entries()) {
      const millis = await once(side);
      if (round >= 0) samples[index]!.push(millis);
    }
  }
  return samples.map(median) as { [I in keyof S]: number };
}

async function once({ before, run, after }: Side): Promise<number> {
  await before?.();
  // What one collection finds dead is finalised on a later turn, and frees more: all that is of the side before.
  for (let rounds = 0; rounds < 3; rounds++) {
    collectGarbage();
    await nextTurn();
  }
  const start = performance.now();
  const own = await run();
  const millis = own ?? performance.now() - start;
  await after?.();
  return millis;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
