// The way back to a moment: which archives in which order, and what stands in the way.

import { describe, expect, test } from 'vitest';
import { parseInstant } from '../../schema/instant.ts';
import { chainAt, chainTo } from './chain.ts';
import type { ArchiveFacts } from './facts.ts';
import { archive } from './test-archives.ts';

const at = (time: string) => parseInstant(`2025-03-${time}:00Z`);
const ids = (chain: readonly ArchiveFacts[]) => chain.map(({ id }) => id);
const line = [
  archive('full', at('01T00:00')),
  archive('inc1', at('02T00:00'), { baseId: 'full' }),
  archive('diff', at('03T00:00'), { type: 'differential', baseId: 'full' }),
  archive('inc2', at('04T00:00'), { baseId: 'diff' }),
  archive('seg1', at('04T00:01'), { type: 'segment', baseId: 'inc2' }),
  archive('seg2', at('04T00:02'), { type: 'segment', baseId: 'seg1' }),
  archive('full2', at('08T00:00')),
];

test.each([
  ['01T00:00', ['full']],
  ['02T12:00', ['full', 'inc1']],
  ['03T00:00', ['full', 'diff']],
  ['04T00:01', ['full', 'diff', 'inc2', 'seg1']],
  ['07T00:00', ['full', 'diff', 'inc2', 'seg1', 'seg2']],
  ['09T00:00', ['full2']],
])('at %s: %j', (moment, chain) => {
  expect(ids(chainAt(line, at(moment)))).toEqual(chain);
  expect(ids(chainAt(line.toReversed(), at(moment)))).toEqual(chain);
  expect(ids(chainTo(line, chain.at(-1)!))).toEqual(chain);
});

test('before the beginning there is nothing', () => {
  expect(() => chainAt(line, at('01T00:00') - 1)).toThrow(
    expect.objectContaining({
      code: 'CHAIN_BEFORE',
      message: expect.stringContaining('2025-03-01T00:00:00Z'),
    }),
  );
  expect(() => chainAt([], at('01T00:00'))).toThrow(expect.objectContaining({ code: 'CHAIN_BEFORE' }));
});

test('a missing middle is named, with the last moment that is whole', () => {
  const gap = line.filter(({ id }) => id !== 'inc2');
  expect(() => chainAt(gap, at('05T00:00'))).toThrow(
    expect.objectContaining({
      code: 'CHAIN_BROKEN',
      message: 'seg1 continues inc2, which is not there',
      hint: expect.stringContaining('2025-03-03T00:00:00Z'),
      details: { missing: 'inc2', of: 'seg1', whole: 'diff' },
    }),
  );
});

test.each<[string, ArchiveFacts[]]>([
  ['no base', [archive('x', 1, { type: 'incremental' })]],
  ['a full one with a base', [archive('f', 0), archive('x', 1, { type: 'full', baseId: 'f' })]],
  [
    'a differential one on another',
    [
      archive('f', 0),
      archive('d', 1, { baseId: 'f' }),
      archive('x', 2, { type: 'differential', baseId: 'd' }),
    ],
  ],
  ['a circle', [archive('y', 0, { baseId: 'x' }), archive('x', 1, { baseId: 'y' })]],
  ['nothing of that name', []],
])('%s is broken', (_, archives) => {
  expect(() => chainTo(archives, 'x')).toThrow(expect.objectContaining({ code: 'CHAIN_BROKEN' }));
});

describe('timelines', () => {
  const restored = [
    ...line.slice(0, 3),
    archive('new-full', at('03T12:00'), { timeline: 'two' }),
    archive('new-inc', at('05T00:00'), { timeline: 'two', baseId: 'new-full' }),
  ];

  test('are followed one after the other', () => {
    expect(ids(chainAt(restored, at('03T06:00')))).toEqual(['full', 'diff']);
    expect(ids(chainAt(restored, at('04T00:00')))).toEqual(['new-full']);
    expect(ids(chainAt(restored, at('09T00:00')))).toEqual(['new-full', 'new-inc']);
  });

  test('that ran at the same time have to be named', () => {
    const both = [...restored, archive('on', at('06T00:00'), { baseId: 'diff' })];
    expect(() => chainAt(both, at('04T00:00'))).toThrow(
      expect.objectContaining({ code: 'CHAIN_TIMELINE', details: { timelines: ['one', 'two'] } }),
    );
    expect(ids(chainAt(both, at('04T00:00'), { timeline: 'one' }))).toEqual(['full', 'diff']);
    expect(ids(chainAt(both, at('04T00:00'), { timeline: 'two' }))).toEqual(['new-full']);
    expect(() => chainAt(both, at('02T00:00'), { timeline: 'two' })).toThrow(
      expect.objectContaining({ code: 'CHAIN_BEFORE' }),
    );
  });

  test('are never left by a chain', () => {
    const crossing = [...line.slice(0, 2), archive('x', at('03T00:00'), { timeline: 'two', baseId: 'inc1' })];
    expect(() => chainTo(crossing, 'x')).toThrow(
      expect.objectContaining({ code: 'CHAIN_TIMELINE', details: { wrong: 'x', base: 'inc1' } }),
    );
  });
});

describe('a clock that was set back', () => {
  const stepped = [
    archive('full', at('10T00:00')),
    archive('before', at('20T00:00'), { baseId: 'full' }),
    archive('after', at('15T00:00'), { baseId: 'before' }),
    archive('later', at('25T00:00'), { baseId: 'after' }),
  ];

  test.each(['15T00:00', '17T00:00', '20T00:00'])('showed %s twice', (moment) => {
    expect(() => chainAt(stepped, at(moment))).toThrow(
      expect.objectContaining({ code: 'CHAIN_AMBIGUOUS', details: { before: 'before', after: 'after' } }),
    );
  });

  test('is no obstacle elsewhere', () => {
    expect(ids(chainAt(stepped, at('14T00:00')))).toEqual(['full']);
    expect(ids(chainAt(stepped, at('22T00:00')))).toEqual(['full', 'before', 'after']);
    expect(ids(chainAt(stepped, at('26T00:00')))).toEqual(['full', 'before', 'after', 'later']);
    expect(ids(chainTo(stepped, 'before'))).toEqual(['full', 'before']);
  });
});
