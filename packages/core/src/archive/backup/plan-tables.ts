// What is written of each table, found out by a few statements for all of them: nothing, the whole, or what has changed.

import type { Counting, Snapshot } from '../../engine/snapshot.ts';
import { isOfThePast, type Part } from './content.ts';

/** What an increment goes on from. */
export interface Since {
  /** Of the reader of changes. */
  readonly position: string;
  /** Tables that are written whole all the same. */
  readonly whole: ReadonlySet<string>;
}

export interface PlannedPart {
  readonly part: Part;
  /** `changes` are rows that were written and keys that have gone; of a history, an image has only what was added since. */
  readonly as: 'image' | 'changes';
  /**
   * Of a full backup: rows, and from `mostCounted` on about so many. Otherwise whether there are any; of changes, keys at
   * most.
   */
  readonly count: number;
  /** Position that it goes on from. */
  readonly since: string | undefined;
}

/** Keys below which a change is always written as one. */
const fewKeys = 2_000;
/** Keys of an increment, at most: those that have gone are held in memory. */
const mostKeys = 500_000;
/** A table of which a larger share was changed is written whole: that costs less. */
const largestShare = 0.12;
/** Rows of a table that are counted; of more, an estimate does: counting takes a good part of the time of reading. */
export const mostCounted = 10_000;

export interface PlanTables {
  readonly since: Since | undefined;
  /** Without them they are written as empty ones. */
  readonly histories: boolean;
}

export async function planTables(
  snapshot: Snapshot,
  parts: readonly Part[],
  { since, histories }: PlanTables,
): Promise<PlannedPart[]> {
  const isWanted = (part: Part): boolean => histories || !isOfThePast(part);
  const planned = parts.map((part): Omit<PlannedPart, 'count'> => {
    const { spec, of, kind } = part;
    const position = since === undefined || since.whole.has(of) ? undefined : since.position;
    // Gauges have no history of their own.
    const whole = position === undefined || (kind === 'rows' && spec.name !== of);
    if (whole || !isWanted(part)) return { part, as: 'image', since: undefined };
    return { part, as: kind === 'history' ? 'image' : 'changes', since: position };
  });
  const wanted = planned.filter(({ part }) => isWanted(part));
  const found = await snapshot.counts(
    wanted.map(({ part: { spec }, as, since: position }): Counting => {
      if (since === undefined) return { spec, most: mostCounted };
      if (as === 'image') return { spec, since: position, most: 1 };
      return { spec, changedSince: position, most: mostKeys + 1, roughly: true };
    }),
  );
  const counts = new Map(wanted.map((each, at) => [each, found[at]!]));
  const large = since === undefined ? wanted.filter((each) => counts.get(each) === mostCounted) : [];
  const estimates = await snapshot.estimates(large.map(({ part: { spec } }) => spec));
  for (const [at, each] of large.entries()) counts.set(each, Math.max(mostCounted, estimates[at]!));
  const all = planned.map((each): PlannedPart => ({ ...each, count: counts.get(each) ?? 0 }));
  const whole = await tooMuch(
    snapshot,
    all.filter(({ as, count }) => as === 'changes' && count > fewKeys),
  );
  return all.map((each) => (whole.has(each) ? { ...each, as: 'image', since: undefined } : each));
}

/** Of tables with changes, those that cost less when they are written whole. */
async function tooMuch(snapshot: Snapshot, changed: readonly PlannedPart[]): Promise<Set<PlannedPart>> {
  // So many rows, and the share is small enough.
  const rows = await snapshot.counts(
    changed.map(({ part: { spec }, count }) => {
      return { spec, most: Math.ceil(Math.min(count, mostKeys) / largestShare), roughly: true };
    }),
  );
  const rowsOf = new Map(changed.map((each, at) => [each, rows[at]!]));
  const isMuch = (each: PlannedPart, keys: number): boolean =>
    keys > mostKeys || keys > rowsOf.get(each)! * largestShare;
  const much = changed.filter((each) => isMuch(each, each.count));
  // One record may have been written many times.
  const keys = await snapshot.counts(
    much.map(({ part: { spec }, since }) => ({ spec, changedSince: since, most: mostKeys + 1 })),
  );
  return new Set(much.filter((each, at) => isMuch(each, keys[at]!)));
}
