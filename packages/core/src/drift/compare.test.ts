// Spelled differently is no drift, and each change of a leaf is found: no more, no less.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CompareRules, compareStates } from './compare.ts';
import { anyPattern, pathText } from './path.ts';
import type { State } from './state.ts';

const rules = (more: Partial<CompareRules> = {}): CompareRules => ({
  whole: true,
  ignored: () => false,
  quiet: () => false,
  sets: anyPattern(['**.set']),
  defaultOf: () => undefined,
  ...more,
});

type Leaf = string | number | boolean | string[];
type Tree = { [name: string]: Leaf | Tree };

const name = fc.constantFrom('a', 'b', 'c.d', 'e_f', 'ip', '__proto__', '');
const leaf = fc.oneof(
  fc.stringMatching(/^[a-z]{1,6}$/),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }),
  fc.boolean(),
  fc.array(fc.stringMatching(/^[a-z]{1,3}$/), { minLength: 1, maxLength: 3 }),
);
const words = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,4}$/), { minLength: 1, maxLength: 4 });
const { tree } = fc.letrec<{ tree: Tree; part: Leaf | Tree }>((tie) => ({
  tree: fc
    .tuple(fc.array(fc.tuple(name, tie('part')), { maxLength: 4 }), fc.option(words, { nil: undefined }))
    .map(([entries, set]) => Object.fromEntries([...entries, ...(set === undefined ? [] : [['set', set]])])),
  part: fc.oneof({ depthSize: 'small', withCrossShrink: true }, leaf, tie('tree')),
}));

const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The same, as another program may spell it. @param next 0 to 1, a new one at each call */
function respelled(value: unknown, key: string, next: () => number): unknown {
  if (isTree(value)) {
    const entries = Object.entries(value).map(([inner, each]) => [inner, respelled(each, inner, next)]);
    const nulls = next() < 0.3 ? [[`absent${Math.floor(next() * 9)}`, null]] : [];
    const shuffled = [...entries, ...nulls].map((entry) => [next(), entry] as const);
    return Object.fromEntries(shuffled.sort(([one], [other]) => one - other).map(([, entry]) => entry));
  }
  if (Array.isArray(value)) {
    if (key !== 'set') return value;
    const shuffled = [...value, ...value.slice(0, 1)].sort();
    return next() < 0.5 ? shuffled.reverse() : shuffled.join(next() < 0.5 ? ',' : '; ');
  }
  if (value === null || next() < 0.5) return value;
  if (typeof value === 'boolean') return next() < 0.5 ? Number(value) : String(Number(value));
  if (typeof value === 'number' && !String(value).includes('e'))
    return Object.is(value, -0) ? '0' : String(value);
  return value;
}

const chances = fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true }));
const nextOf = (stream: Iterator<number>) => (): number => stream.next().value as number;

test('a state that is only spelled differently never drifts', () => {
  fc.assert(
    fc.property(tree, chances, fc.boolean(), (state, stream, whole) => {
      const other = respelled(state, '', nextOf(stream)) as State;
      expect(compareStates(state, other, rules({ whole }))).toEqual([]);
      expect(compareStates(other, state, rules({ whole }))).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

const leavesOf = (value: unknown, at: string[] = []): string[][] =>
  isTree(value) ? Object.entries(value).flatMap(([key, each]) => leavesOf(each, [...at, key])) : [at];

/** A copy in which one leaf is another value, or gone. */
function changed(value: unknown, path: readonly string[], to: unknown): unknown {
  if (path.length === 0) return to;
  const [key, ...rest] = path as [string, ...string[]];
  return Object.fromEntries(
    Object.entries(value as State).map(([inner, each]) => [
      inner,
      inner === key ? changed(each, rest, to) : each,
    ]),
  );
}

test('every changed, missing or additional leaf is found, and nothing else', () => {
  const other = fc.constantFrom<unknown>('another value', -123_456.75, null);
  fc.assert(
    fc.property(tree, chances, fc.nat(), other, (state, stream, at, to) => {
      const leaves = leavesOf(state).filter((path) => path.length > 0);
      fc.pre(leaves.length > 0);
      const path = leaves[at % leaves.length]!;
      const actual = respelled(changed(state, path, to), '', nextOf(stream)) as State;
      const type = to === null ? 'removed' : 'modified';
      const there = compareStates(state, actual, rules());
      expect(there.map((found) => [pathText(found.segments), found.type])).toEqual([[pathText(path), type]]);
      expect(compareStates(state, actual, rules({ whole: false }))).toHaveLength(1);
      const back = compareStates(actual, state, rules());
      expect(back.map((found) => found.type)).toEqual([to === null ? 'added' : 'modified']);
    }),
    { numRuns: 500 },
  );
});

describe('whole and partial', () => {
  const actual = { cores: 4, net: { ssid: 'iot', ip: { mode: 'dhcp' } } };
  const found = (expected: State, more: Partial<CompareRules> = {}): unknown[] =>
    compareStates(expected, actual, rules(more)).map(
      ({ segments, type, expected: wanted, actual: there }) => [pathText(segments), type, wanted, there],
    );

  test('partial compares what is named; null wants that nothing is there', () => {
    expect(found({ cores: 2 }, { whole: false })).toEqual([['cores', 'modified', 2, 4]]);
    expect(found({ net: { ssid: 'iot' } }, { whole: false })).toEqual([]);
    expect(found({ net: null, other: null }, { whole: false })).toEqual([
      ['net.ssid', 'added', undefined, 'iot'],
      ['net.ip.mode', 'added', undefined, 'dhcp'],
    ]);
  });

  test('whole finds what is one too many, leaf by leaf', () => {
    expect(found({ cores: 4 })).toEqual([
      ['net.ssid', 'added', undefined, 'iot'],
      ['net.ip.mode', 'added', undefined, 'dhcp'],
    ]);
  });

  test('where names are expected and a value stands, or the other way round', () => {
    expect(found({ cores: { count: 4 }, net: 'lan' })).toEqual([
      ['cores.count', 'removed', 4, undefined],
      ['cores', 'added', undefined, 4],
      ['net', 'modified', 'lan', actual.net],
    ]);
    expect(found({ cores: {} }, { whole: false })).toEqual([]);
  });

  test('what is ignored is never compared; what is quiet only where it is wanted', () => {
    expect(found({ cores: 2, net: null }, { ignored: anyPattern(['cores', 'net.ip']) })).toEqual([
      ['net.ssid', 'added', undefined, 'iot'],
    ]);
    expect(found({ cores: 4 }, { quiet: anyPattern(['net']) })).toEqual([]);
    expect(found({ net: { ssid: 'lan' } }, { quiet: anyPattern(['**']) })).toEqual([
      ['net.ssid', 'modified', 'lan', 'iot'],
    ]);
  });

  test('a default stands for what is not there, on either side', () => {
    const defaultOf: CompareRules['defaultOf'] = (segments) => ({ cores: 4, sockets: 1 })[segments.join('.')];
    expect(found({ net: {}, sockets: '1' }, { whole: false, defaultOf })).toEqual([]);
    expect(found({ ...actual, cores: null }, { defaultOf })).toEqual([]);
    expect(found({ sockets: 2 }, { whole: false, defaultOf })).toEqual([
      ['sockets', 'removed', 2, undefined],
    ]);
  });
});
