// Which archives are kept, and why: computed from their own dates at each run, whatever the clock says.

import { calendar, type Period, periods, type Slot } from './calendar.ts';
import { type ArchiveFacts, byIds, dataClasses, newestFirst, wholeOnes } from './facts.ts';
import { defaultPolicies, type RetentionPolicies, type RetentionPolicy } from './policy.ts';

export interface Retained {
  readonly archive: ArchiveFacts;
  readonly keep: boolean;
  /** In words, for the preview. */
  readonly reasons: readonly string[];
}

export interface RetainOptions {
  /** Default `defaultPolicies`. */
  readonly policies?: RetentionPolicies;
  /** Whose days, weeks, months and years count. Default UTC. */
  readonly zone?: string;
}

const day = 86_400_000_000;

/**
 * Keep or remove, for each archive, newest first. Timelines are not told apart: an abandoned one grows old by the same rules.
 * Always kept are: what a kept archive continues; the newest proven full archive, or the newest full one where none
 * is proven; segments that no other archive covers yet; pinned ones; and those whose base is not in the list, since it may be elsewhere.
 * Run again after the removal it finds nothing more to remove; a policy with larger numbers never removes more.
 */
export function retain(archives: readonly ArchiveFacts[], options: RetainOptions = {}): Retained[] {
  const { policies = defaultPolicies, zone } = options;
  const sorted = archives.toSorted(newestFirst);
  const byId = byIds(sorted);
  const restorable = wholeOnes(sorted);
  const reasons = new Map(sorted.map(({ id }) => [id, new Set<string>()]));
  const keep = (archive: ArchiveFacts, reason: string) => reasons.get(archive.id)!.add(reason);
  const slotOf = calendar(zone);
  const whole = sorted.filter((archive) => {
    if (restorable.has(archive.id)) return true;
    keep(archive, `what it continues (${archive.baseId}) is not here: it may be elsewhere`);
    return false;
  });
  for (const dataClass of dataClasses) {
    const those = whole.filter((archive) => archive.dataClasses.includes(dataClass));
    for (const [archive, reason] of kept(those, policies[dataClass], slotOf))
      keep(archive, `${reason} (${dataClass})`);
  }
  const point = whole.find(({ type }) => type !== 'segment');
  for (const archive of whole)
    if (
      archive.type === 'segment' &&
      archive.at >= (point?.at ?? archive.at) &&
      !reasons.get(archive.id)!.size
    )
      keep(archive, 'nothing else has it yet');
  const fulls = whole.filter(({ type }) => type === 'full');
  const proven = fulls.find((archive) => archive.proven);
  if (proven !== undefined) keep(proven, 'the newest proven full archive');
  else if (fulls[0] !== undefined) keep(fulls[0], 'the newest full archive: none is proven');
  for (const archive of sorted) if (archive.pinned) keep(archive, 'pinned');
  const waiting = sorted.filter(({ id }) => reasons.get(id)!.size > 0);
  const seen = new Set(waiting);
  for (let archive = waiting.pop(); archive !== undefined; archive = waiting.pop()) {
    const base = archive.baseId === null ? undefined : byId.get(archive.baseId);
    if (base === undefined) continue;
    keep(base, `base of ${archive.id}`);
    if (!seen.has(base)) waiting.push(base);
    seen.add(base);
  }
  return sorted.map((archive) => {
    const [...why] = reasons.get(archive.id)!;
    return { archive, keep: why.length > 0, reasons: why.length > 0 ? summary(why) : ['no rule keeps it'] };
  });
}

/** Hundreds of segments continue one archive: the first is enough to say so. */
function summary(reasons: readonly string[]): string[] {
  const bases = reasons.filter((reason) => reason.startsWith('base of '));
  if (bases.length < 2) return [...reasons];
  const others = reasons.filter((reason) => !reason.startsWith('base of '));
  return [...others, `${bases[0]} and ${bases.length - 1} more`];
}

function* kept(
  archives: readonly ArchiveFacts[],
  policy: RetentionPolicy,
  slotOf: (at: number, period: Period) => Slot,
): Iterable<[ArchiveFacts, string]> {
  const newest = archives[0];
  if (newest === undefined) return;
  const points = archives.filter(({ type }) => type !== 'segment');
  const { keepLast, keepWithin, segmentsWithin } = policy;
  for (const point of points.slice(0, keepLast))
    yield [point, keepLast === 1 ? 'the newest' : `one of the newest ${keepLast}`];
  for (const period of periods) yield* lastOfEach(points, period, policy[period], slotOf);
  for (const archive of archives) {
    const limit = archive.type === 'segment' ? segmentsWithin : keepWithin;
    if (limit > 0 && newest.at - archive.at <= limit * day)
      yield [archive, `at most ${limit} ${limit === 1 ? 'day' : 'days'} older than the newest`];
  }
}

function* lastOfEach(
  points: readonly ArchiveFacts[],
  period: Period,
  count: number,
  slotOf: (at: number, period: Period) => Slot,
): Iterable<[ArchiveFacts, string]> {
  let last: string | undefined;
  let left = count;
  for (const point of points) {
    if (left === 0) return;
    const { key, words } = slotOf(point.at, period);
    if (key === last) continue;
    last = key;
    left--;
    yield [point, `the last of ${words}`];
  }
}
