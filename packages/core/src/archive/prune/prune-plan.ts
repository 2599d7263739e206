// What a prune would remove and keep, as a plan: computed from the dates of the archives, each time anew.

import type { Json } from '../../plan/json.ts';
import type { PlanDraft, PlanStep } from '../../plan/shape.ts';
import { formatInstant } from '../../schema/instant.ts';
import type { Store } from '../../store/open-store.ts';
import { factsOf, type RegisteredFacts } from '../places/archive-facts.ts';
import { listCopies } from '../places/copies.ts';
import { byIds } from '../retention/facts.ts';
import type { RetentionPolicies } from '../retention/policy.ts';
import { type Retained, retain } from '../retention/retain.ts';
import type { Retention } from './policy-setting.ts';

/** A copy on a target, or one that was to be there. */
export interface CopyPlace {
  readonly target: string;
  readonly file: string;
}

export interface PrunedArchive {
  readonly id: string;
  /** Of the local file, which may be gone. */
  readonly path: string;
  readonly copies: readonly CopyPlace[];
}

/** What one step removes. */
export interface PrunedGroup {
  readonly step: string;
  /** In this order: what goes on from another one is removed before it. */
  readonly archives: readonly PrunedArchive[];
}

/** All that the executor needs: policies, so that it is revised by the same ones, and what they say to remove. */
export type PruneSubject = {
  readonly policies: RetentionPolicies;
  readonly zone: string;
  readonly remove: readonly PrunedGroup[];
} & Json;

/** Segments of a step: there is one for each minute. */
const segmentsAtOnce = 500;

export const pruneKindName = 'backup-prune';

export interface Preview {
  readonly draft: PlanDraft<PruneSubject>;
  /** Every archive of the register with the reasons why it is kept, newest first. */
  readonly retained: readonly (Retained & { readonly archive: RegisteredFacts })[];
}

/** Plans a prune by these rules. What goes on from another archive is removed before it. */
export async function previewPrune(store: Store, { policies, zone }: Retention): Promise<Preview> {
  const facts = await factsOf(store);
  const byId = byIds(facts);
  const retained = retain(facts, { policies, zone }).map((each) => ({
    ...each,
    archive: byId.get(each.archive.id)!,
  }));
  const copies = Map.groupBy(await listCopies(store), ({ archiveId }) => archiveId);
  const gone = childrenFirst(retained.filter(({ keep }) => !keep).map(({ archive }) => archive));
  const placesOf = (id: string): CopyPlace[] =>
    (copies.get(id) ?? []).map(({ target, file }) => ({ target, file }));
  const groups = groupsOf(gone);
  const remove = groups.map(
    (group): PrunedGroup => ({
      step: group[0]!.id,
      archives: group.map(({ id, path }) => ({ id, path, copies: placesOf(id) })),
    }),
  );
  const steps = groups.map((group, index): PlanStep => stepOf(group, remove[index]!));
  const bytes = gone.reduce((sum, archive) => sum + archive.bytes, 0);
  const kept = retained.length - gone.length;
  const draft: PlanDraft<PruneSubject> = {
    kind: pruneKindName,
    title: `remove ${gone.length} archives, keep ${kept}`,
    steps,
    hazards:
      gone.length === 0
        ? []
        : [{ code: 'ARCHIVES_GONE', severity: 'warning', what: 'what is removed cannot be brought back' }],
    estimate: { bytes },
    subject: { policies, zone, remove } as unknown as PruneSubject,
  };
  return { draft, retained };
}

function stepOf(group: readonly RegisteredFacts[], { step, archives }: PrunedGroup): PlanStep {
  const all = archives.flatMap(({ copies }) => copies);
  const places = [...new Set(all.map(({ target }) => target))];
  const also = places.length === 0 ? '' : `, also on ${places.join(', ')}`;
  const [{ type, at }, last] = [group[0]!, group.at(-1)!];
  const what =
    group.length === 1
      ? `the ${type} archive of ${formatInstant(at)}`
      : `${group.length} segments from ${formatInstant(last.at)} to ${formatInstant(at)}`;
  return {
    id: step,
    title: `remove ${what}${also}`,
    effects: { archive: { delete: group.length }, copy: { delete: all.length } },
  };
}

/** Segments that follow each other are one step, everything else is one of its own. */
function groupsOf(archives: readonly RegisteredFacts[]): RegisteredFacts[][] {
  const groups: RegisteredFacts[][] = [];
  for (const archive of archives) {
    const last = groups.at(-1);
    const joins = archive.type === 'segment' && last?.at(0)?.type === 'segment';
    if (joins && last.length < segmentsAtOnce) last.push(archive);
    else groups.push([archive]);
  }
  return groups;
}

/** So that, whenever it stops, what is left has all that it goes back to. */
function childrenFirst(archives: readonly RegisteredFacts[]): RegisteredFacts[] {
  const byId = byIds(archives);
  const depth = (archive: RegisteredFacts): number => {
    let steps = 0;
    const seen = new Set<string>();
    for (let at: RegisteredFacts | undefined = archive; at !== undefined && !seen.has(at.id); steps++) {
      seen.add(at.id);
      at = at.baseId === null ? undefined : byId.get(at.baseId);
    }
    return steps;
  };
  const depths = new Map(archives.map((archive) => [archive.id, depth(archive)]));
  // Only segments go on from segments.
  const rank = ({ type }: RegisteredFacts): number => (type === 'segment' ? 0 : 1);
  return archives.toSorted(
    (a, b) => rank(a) - rank(b) || depths.get(b.id)! - depths.get(a.id)! || b.at - a.at,
  );
}
