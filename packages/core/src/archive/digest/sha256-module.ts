// SHA-256 of four messages at once, as a WebAssembly module made at start: a call of the platform's hash for each row
// takes ten times as long as hashing it.

/** Opcodes of the few instructions that are needed. */
const op = {
  loop: 0x03,
  end: 0x0b,
  branchIf: 0x0d,
  get: 0x20,
  set: 0x21,
  tee: 0x22,
  constant: 0x41,
  add: 0x6a,
  subtract: 0x6b,
} as const;
/** Of vectors, behind 0xfd. */
const vector = {
  load: 0x00,
  store: 0x0b,
  constant: 0x0c,
  shuffle: 0x0d,
  xor: 0x51,
  or: 0x50,
  select: 0x52,
  loadLane: 0x56,
  loadZero: 0x5c,
  shiftLeft: 0xab,
  shiftRight: 0xad,
  add: 0xae,
} as const;
const [i32, v128] = [0x7f, 0x7b];
const lanes = [0, 1, 2, 3] as const;
const words = 8;

const isPrime = (value: number): boolean => {
  for (let divisor = 2; divisor * divisor <= value; divisor++) if (value % divisor === 0) return false;
  return true;
};
const primes: number[] = [];
for (let value = 2; primes.length < 64; value++) if (isPrime(value)) primes.push(value);

/** The first 32 bits of the fraction of a root; exactly, since doubles have too few. */
function fractionOfRoot(value: number, degree: 2 | 3): number {
  const scaled = BigInt(value) << BigInt(32 * degree);
  let root = BigInt(Math.floor(value ** (1 / degree) * 2 ** 32));
  while (root ** BigInt(degree) > scaled) root--;
  while ((root + 1n) ** BigInt(degree) <= scaled) root++;
  return Number(root & 0xffff_ffffn);
}
/** State that a hash begins with, and the constant of each round. */
const initial = primes.slice(0, words).map((prime) => fractionOfRoot(prime, 2));
const rounds = primes.map((prime) => fractionOfRoot(prime, 3));

/** A number as LEB128, as the format has it. */
const unsigned = (value: number): number[] => {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest >>>= 7) bytes.push((rest & 127) | 128);
  return [...bytes, rest];
};
const section = (id: number, body: readonly number[]): number[] => [id, ...unsigned(body.length), ...body];
const name = (text: string): number[] => [...unsigned(text.length), ...Buffer.from(text)];
const simd = (code: number): number[] => [0xfd, ...unsigned(code)];
const get = (local: number): number[] => [op.get, ...unsigned(local)];
const set = (local: number): number[] => [op.set, ...unsigned(local)];
const splat = (value: number): number[] => {
  const bytes = [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24];
  return [...simd(vector.constant), ...lanes.flatMap(() => bytes)];
};
const shifted = (value: number[], code: number, bits: number): number[] => [
  ...value,
  op.constant,
  ...unsigned(bits),
  ...simd(code),
];
const rotated = (value: number[], bits: number): number[] => [
  ...shifted(value, vector.shiftRight, bits),
  ...shifted(value, vector.shiftLeft, 32 - bits),
  ...simd(vector.or),
];
const exclusive = (first: number[], second: number[], third: number[]): number[] => [
  ...first,
  ...second,
  ...simd(vector.xor),
  ...third,
  ...simd(vector.xor),
];
const sum = (...terms: number[][]): number[] =>
  terms.flatMap((term, index) => (index === 0 ? term : [...term, ...simd(vector.add)]));

// Parameters are where each message begins, how many blocks each has, and where the digests go; then the locals.
const [blocks, out] = [4, 5] as const;
const state = (index: number): number => 6 + index;
const work = (index: number): number => 14 + index;
const schedule = (index: number): number => 22 + (index % 16);
const locals = 2 * words + 16;

function loadWord(index: number): number[] {
  const at = unsigned(index * 4);
  const code = lanes.flatMap((lane) =>
    lane === 0
      ? [...get(lane), ...simd(vector.loadZero), 2, ...at, ...set(schedule(index))]
      : [
          ...get(lane),
          ...get(schedule(index)),
          ...simd(vector.loadLane),
          2,
          ...at,
          lane,
          ...set(schedule(index)),
        ],
  );
  // From the order of bytes that SHA-256 has to the machine's.
  const swapped = lanes.flatMap((lane) => [3, 2, 1, 0].map((byte) => lane * 4 + byte));
  const word = get(schedule(index));
  return [...code, ...word, ...word, ...simd(vector.shuffle), ...swapped, ...set(schedule(index))];
}

function extendWord(index: number): number[] {
  const [near, far] = [get(schedule(index - 2)), get(schedule(index - 15))];
  const late = exclusive(rotated(near, 17), rotated(near, 19), shifted(near, vector.shiftRight, 10));
  const early = exclusive(rotated(far, 7), rotated(far, 18), shifted(far, vector.shiftRight, 3));
  return [...sum(get(schedule(index)), late, get(schedule(index - 7)), early), ...set(schedule(index))];
}

function round(index: number): number[] {
  // Instead of moving all eight values on by one place, the places are renamed.
  const [a, b, c, d, e, f, g, h] = Array.from({ length: words }, (_, place) =>
    work((place - index + 64 * words) % words),
  ) as [number, number, number, number, number, number, number, number];
  const choice = [...get(f), ...get(g), ...get(e), ...simd(vector.select)];
  const majority = [...get(c), ...get(a), ...get(a), ...get(b), ...simd(vector.xor), ...simd(vector.select)];
  const high = exclusive(rotated(get(e), 6), rotated(get(e), 11), rotated(get(e), 25));
  const low = exclusive(rotated(get(a), 2), rotated(get(a), 13), rotated(get(a), 22));
  return [
    ...(index < 16 ? loadWord(index) : extendWord(index)),
    ...sum(get(h), high, choice, splat(rounds[index]!), get(schedule(index))),
    ...set(h),
    ...sum(get(d), get(h)),
    ...set(d),
    ...sum(get(h), low, majority),
    ...set(h),
  ];
}

const places = Array.from({ length: words }, (_, index) => index);
const hashFour = [
  ...places.flatMap((index) => [...splat(initial[index]!), ...set(state(index))]),
  op.loop,
  0x40,
  ...places.flatMap((index) => [...get(state(index)), ...set(work(index))]),
  ...rounds.flatMap((_, index) => round(index)),
  ...places.flatMap((index) => [...sum(get(state(index)), get(work(index))), ...set(state(index))]),
  ...lanes.flatMap((lane) => [...get(lane), op.constant, 0xc0, 0x00, op.add, ...set(lane)]),
  ...[...get(blocks), op.constant, 1, op.subtract, op.tee, blocks, op.branchIf, 0],
  op.end,
  ...places.flatMap((index) => [
    ...get(out),
    ...get(state(index)),
    ...simd(vector.store),
    2,
    ...unsigned(index * 16),
  ]),
  op.end,
];

/** Bytes of the module. It imports `env.memory` and exports `hash(at0, at1, at2, at3, blocks, out)`. */
export function sha256Module(pages: number): Uint8Array<ArrayBuffer> {
  const parameters = [i32, i32, i32, i32, i32, i32];
  const body = [1, ...unsigned(locals), v128, ...hashFour];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, 0x60, parameters.length, ...parameters, 0]),
    ...section(2, [1, ...name('env'), ...name('memory'), 0x02, 0x00, ...unsigned(pages)]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...name('hash'), 0x00, 0]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
  ]);
}
