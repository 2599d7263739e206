// Random choices that depend on nothing but a seed, for made-up records.

export type Random = () => number;

/** Numbers from 0 to 1, always the same for a seed (mulberry32). Not for secrets. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)]!;

/** What homes and labs call their services. */
export const roles = [
  'web',
  'db',
  'cache',
  'mail',
  'git',
  'ci',
  'proxy',
  'media',
  'backup',
  'monitor',
] as const;
