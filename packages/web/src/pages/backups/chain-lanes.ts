// How the archives of a chain are drawn: newest first, lines down to what each builds on.

import type { Archive } from '../../api/types.ts';

/** `above`: comes from the row before; `below`: goes on to the next one. */
export interface LaneLine {
  readonly lane: number;
  readonly above: boolean;
  readonly below: boolean;
  /** Each archive on it needs only the one at its foot, none of those between. */
  readonly loose: boolean;
}

export interface ChainRow {
  readonly archive: Archive;
  readonly lane: number;
  readonly lines: readonly LaneLine[];
  /** Lanes that end here: their archives build on this one. */
  readonly joins: readonly number[];
}

const newestFirst = (one: Archive, other: Archive): number => other.createdAt.localeCompare(one.createdAt);

interface Span {
  readonly lane: number;
  readonly from: number;
  readonly to: number;
  readonly loose: boolean;
}

/** Archives of one root, in any order. */
export function chainRows(archives: readonly Archive[]): {
  readonly rows: ChainRow[];
  readonly width: number;
} {
  const sorted = archives.toSorted(newestFirst);
  const rowOf = new Map(sorted.map(({ id }, row) => [id, row]));
  const children = Map.groupBy(sorted, ({ base }) => base ?? '');
  const laneOf = new Map<string, number>();
  const spans: Span[] = [];
  let width = 0;
  const place = (archive: Archive, lane: number): void => {
    laneOf.set(archive.id, lane);
    width = Math.max(width, lane + 1);
    const above = children.get(archive.id) ?? [];
    const loose = above.filter(({ type }) => type === 'differential');
    const next = above.filter(({ type }) => type !== 'differential').toReversed();
    next.forEach((each, index) => {
      place(each, index === 0 ? lane : width);
    });
    const side = width;
    for (const each of loose) {
      place(each, side);
      width = Math.max(width, side + 1);
    }
    for (const each of above) {
      const own = laneOf.get(each.id)!;
      const isLoose = each.type === 'differential';
      spans.push({ lane: own, from: rowOf.get(each.id)!, to: rowOf.get(archive.id)!, loose: isLoose });
    }
  };
  for (const each of sorted) if (each.base === null || !rowOf.has(each.base)) place(each, width);
  const rows = sorted.map((archive, row) => {
    const lane = laneOf.get(archive.id)!;
    const here = spans.filter(({ from, to }) => from <= row && row <= to);
    const byLane = [...Map.groupBy(here, (span) => span.lane)].toSorted(([one], [other]) => one - other);
    const lines = byLane.map(([of, spansHere]) => ({
      lane: of,
      above: spansHere.some(({ from }) => from < row),
      below: spansHere.some(({ to }) => to > row),
      loose: spansHere.every(({ loose }) => loose),
    }));
    const joins = lines.filter((line) => line.lane !== lane && !line.below).map((line) => line.lane);
    return { archive, lane, lines, joins };
  });
  return { rows, width };
}
