import { expect, test } from 'vitest';
import type { Archive } from '../../api/types.ts';
import { chainRows } from './chain-lanes.ts';

const archive = (id: string, type: Archive['type'], base: string | null): Archive =>
  ({ id, type, base, createdAt: `2026-03-01T00:00:0${id}Z` }) as Archive;

const drawn = (archives: readonly Archive[]) =>
  chainRows(archives).rows.map(({ archive: { id }, lane, lines, joins }) => ({
    ...{ id, lane, joins },
    lines: lines.map(
      (line) => `${line.lane}${line.above ? '↑' : ''}${line.below ? '↓' : ''}${line.loose ? '?' : ''}`,
    ),
  }));

test('what builds on each other is one line, newest first', () => {
  expect(
    drawn([archive('1', 'full', null), archive('2', 'incremental', '1'), archive('3', 'segment', '2')]),
  ).toEqual([
    { id: '3', lane: 0, lines: ['0↓'], joins: [] },
    { id: '2', lane: 0, lines: ['0↑↓'], joins: [] },
    { id: '1', lane: 0, lines: ['0↑'], joins: [] },
  ]);
});

test('differential archives stand beside, on a line to the full one that each of them needs alone', () => {
  const chain = [
    archive('1', 'full', null),
    archive('2', 'differential', '1'),
    archive('3', 'incremental', '1'),
    archive('4', 'differential', '1'),
  ];
  expect(drawn(chain)).toEqual([
    { id: '4', lane: 1, lines: ['1↓?'], joins: [] },
    { id: '3', lane: 0, lines: ['0↓', '1↑↓?'], joins: [] },
    { id: '2', lane: 1, lines: ['0↑↓', '1↑↓?'], joins: [] },
    { id: '1', lane: 0, lines: ['0↑', '1↑?'], joins: [1] },
  ]);
});

test('an archive whose base is unknown begins a line', () => {
  expect(drawn([archive('2', 'incremental', 'gone')])).toEqual([{ id: '2', lane: 0, lines: [], joins: [] }]);
});
