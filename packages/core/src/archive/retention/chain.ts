// Which archives, in which order, bring back the state of a moment.

import { HoldfastError } from '../../errors.ts';
import { formatInstant, type Instant } from '../../schema/instant.ts';
import { type ArchiveFacts, byIds, newestFirst, wholeOnes } from './facts.ts';

export interface ChainOptions {
  /** Default: the one that was written at the moment. */
  readonly timeline?: string;
}

/**
 * Full archive first, then what continues it, up to the last archive that was taken at or before the moment.
 * @throws CHAIN_BEFORE where nothing is as old, CHAIN_TIMELINE where two timelines were written at that moment,
 * CHAIN_AMBIGUOUS where the clock showed the moment twice, and what `chainTo` throws
 */
export function chainAt(
  archives: readonly ArchiveFacts[],
  at: Instant,
  options: ChainOptions = {},
): readonly ArchiveFacts[] {
  const timeline = options.timeline ?? timelineAt(archives, at);
  const line = archives.filter((archive) => archive.timeline === timeline);
  const before = line.filter((archive) => archive.at <= at).sort(newestFirst);
  if (before.length === 0) throw tooEarly(line.length > 0 ? line : archives, at);
  refuseSteppedClock(line, byIds(archives), at);
  // By what continues what, not by the clock: after a step back the later one of two may show the earlier time.
  const continued = new Set(before.map(({ baseId }) => baseId));
  const last = before.find(({ id }) => !continued.has(id)) ?? before[0]!;
  try {
    return chainTo(archives, last.id);
  } catch (error) {
    const restorable = wholeOnes(archives);
    const whole = before.find(({ id }) => restorable.has(id));
    if (!(error instanceof HoldfastError) || whole === undefined) throw error;
    throw new HoldfastError(error.code, error.message, {
      hint: `Bring back the named archive, or restore to ${formatInstant(whole.at)}, which is whole`,
      details: { ...error.details, whole: whole.id },
      cause: error,
    });
  }
}

/**
 * Full archive first, the named one last.
 * @throws CHAIN_BROKEN naming the archive that is missing or is no base for what continues it, CHAIN_TIMELINE
 */
export function chainTo<F extends ArchiveFacts>(archives: readonly F[], id: string): readonly F[] {
  const byId = byIds(archives);
  let at = byId.get(id);
  if (at === undefined) throw broken(`there is no archive ${id}`, { missing: id });
  const chain = new Set([at]);
  while (at.type !== 'full') {
    at = baseOf(at, byId);
    if (chain.has(at)) throw broken(`${at.id} continues itself`, { wrong: at.id });
    chain.add(at);
  }
  if (at.baseId !== null)
    throw broken(`${at.id} is a full archive, and yet continues ${at.baseId}`, { wrong: at.id });
  return [...chain].reverse();
}

function baseOf<F extends ArchiveFacts>(archive: F, byId: ReadonlyMap<string, F>): F {
  const { id, type, baseId } = archive;
  if (baseId === null)
    throw broken(`${id} is of type ${type}, and does not say what it continues`, { wrong: id });
  const base = byId.get(baseId);
  if (base === undefined)
    throw broken(`${id} continues ${baseId}, which is not there`, { missing: baseId, of: id });
  if (base.timeline !== archive.timeline)
    throw new HoldfastError(
      'CHAIN_TIMELINE',
      `${id} continues ${baseId}, which is of another timeline: the database was restored in between`,
      { details: { wrong: id, base: baseId } },
    );
  if (type === 'differential' && base.type !== 'full')
    throw broken(`${id} is differential, and yet continues ${baseId}, which is ${base.type}`, { wrong: id });
  return base;
}

/** The one that was being written then, or else the one that had been written last. */
function timelineAt(archives: readonly ArchiveFacts[], at: Instant): string | undefined {
  const spans = new Map<string, { first: Instant; last: Instant; before: Instant }>();
  for (const archive of archives) {
    const span = spans.get(archive.timeline) ?? {
      first: archive.at,
      last: archive.at,
      before: Number.NEGATIVE_INFINITY,
    };
    spans.set(archive.timeline, {
      first: Math.min(span.first, archive.at),
      last: Math.max(span.last, archive.at),
      before: archive.at <= at ? Math.max(span.before, archive.at) : span.before,
    });
  }
  const entries = [...spans];
  const alive = entries.filter(([, { first, last }]) => first <= at && at <= last);
  if (alive.length > 1)
    throw new HoldfastError(
      'CHAIN_TIMELINE',
      `at ${formatInstant(at)} ${alive.length} timelines were written: ${alive.map(([name]) => name).join(', ')}`,
      { details: { timelines: alive.map(([name]) => name) } },
    );
  return (alive[0] ?? entries.sort(([, a], [, b]) => b.before - a.before)[0])?.[0];
}

function refuseSteppedClock(
  line: readonly ArchiveFacts[],
  byId: ReadonlyMap<string, ArchiveFacts>,
  at: Instant,
): void {
  for (const later of line) {
    const base = later.baseId === null ? undefined : byId.get(later.baseId);
    if (base === undefined || later.at >= base.at || at < later.at || at > base.at) continue;
    throw new HoldfastError(
      'CHAIN_AMBIGUOUS',
      `the clock showed ${formatInstant(at)} twice: it was set back between ${base.id} and ${later.id}`,
      { details: { before: base.id, after: later.id } },
    );
  }
}

function tooEarly(archives: readonly ArchiveFacts[], at: Instant): HoldfastError {
  const first = archives.toSorted(newestFirst).at(-1);
  const since =
    first === undefined ? 'there is no archive' : `the first archive is of ${formatInstant(first.at)}`;
  return new HoldfastError('CHAIN_BEFORE', `nothing is as old as ${formatInstant(at)}: ${since}`, {
    ...(first && { details: { first: first.id, at: formatInstant(first.at) } }),
  });
}

const broken = (message: string, details: Record<string, unknown>): HoldfastError =>
  new HoldfastError('CHAIN_BROKEN', message, { details });
