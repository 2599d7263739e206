// A small seeded generator, so that what is made up is the same for the same seed.

/** Deterministic pseudo-random numbers; not for secrets. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** A whole number in [0, limit). */
  below(limit: number): number;
  /** A whole number in [low, high], both included. */
  between(low: number, high: number): number;
  /** One item of a list that is not empty. */
  pick<T>(items: readonly T[]): T;
  /** `length` hexadecimal digits, lower case. */
  hex(length: number): string;
  /** A version 4 UUID. */
  uuid(): string;
}

const word = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');

/** Makes a generator (mulberry32) for a seed; any number is a seed. */
export const makeRandom = (seed: number): Random => {
  let state = (Math.trunc(seed) ^ 0x9e3779b9) >>> 0;
  const bits = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
  const below = (limit: number): number => Math.floor((bits() / 4294967296) * limit);
  const hex = (length: number): string => {
    let text = '';
    while (text.length < length) text += word(bits());
    return text.slice(0, length);
  };
  return {
    next: () => bits() / 4294967296,
    below,
    between: (low, high) => low + below(high - low + 1),
    pick: (items) => items[below(items.length)] as (typeof items)[number],
    hex,
    uuid: () => {
      const text = word(bits()) + word(bits()) + word(bits()) + word(bits());
      const variant = '89ab'[bits() & 3];
      return `${text.slice(0, 8)}-${text.slice(8, 12)}-4${text.slice(13, 16)}-${variant}${text.slice(17, 20)}-${text.slice(20)}`;
    },
  };
};

/** A shuffled copy of a list: the order that the product's hash tables hand out. */
export const shuffled = <T>(items: readonly T[], random: Random): T[] => {
  const copy = items.slice();
  for (let at = copy.length - 1; at > 0; at -= 1) {
    const other = random.below(at + 1);
    const held = copy[at] as T;
    copy[at] = copy[other] as T;
    copy[other] = held;
  }
  return copy;
};
