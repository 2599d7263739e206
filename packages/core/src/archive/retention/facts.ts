// What is to be known of an archive to say what it is needed for. Nothing here reads a database or a target.

import type { Instant } from '../../schema/instant.ts';
import type { DataClass } from '../../schema/spec.ts';

export type ArchiveType = 'full' | 'incremental' | 'differential' | 'segment';

export interface ArchiveFacts {
  readonly id: string;
  readonly type: ArchiveType;
  /** The archive it continues; null for a full one. */
  readonly baseId: string | null;
  /** New after each restore. A chain never leaves its timeline. */
  readonly timeline: string;
  /** The instant whose state it holds. */
  readonly at: Instant;
  /** A test restore of it has succeeded. */
  readonly proven: boolean;
  /** Kept whatever the rules say. */
  readonly pinned?: boolean;
  /** Whose data is in it. */
  readonly dataClasses: readonly DataClass[];
  readonly bytes: number;
}

export const dataClasses: readonly DataClass[] = ['critical', 'important', 'operational', 'informational'];

/** Newest first; of equal instants in the order of their ids, so that every run sees the same order. */
export const newestFirst = (a: ArchiveFacts, b: ArchiveFacts): number =>
  b.at - a.at || (a.id < b.id ? 1 : -1);

export const byIds = <F extends ArchiveFacts>(archives: readonly F[]): ReadonlyMap<string, F> =>
  new Map(archives.map((archive) => [archive.id, archive]));

/** Ids of those whose line of bases is all there, down to one without a base. Each line is walked once. */
export function wholeOnes(archives: readonly ArchiveFacts[]): ReadonlySet<string> {
  const byId = byIds(archives);
  const known = new Map<string, boolean>();
  for (const archive of archives) {
    const line = new Set<string>();
    let at: ArchiveFacts | undefined = archive;
    let whole: boolean | undefined;
    while (whole === undefined) {
      // Missing, or met again on its own line.
      if (at === undefined || line.has(at.id)) whole = false;
      else {
        whole = known.get(at.id) ?? (at.baseId === null ? true : undefined);
        line.add(at.id);
        at = at.baseId === null ? undefined : byId.get(at.baseId);
      }
    }
    for (const id of line) known.set(id, whole);
  }
  return new Set([...known].filter(([, whole]) => whole).map(([id]) => id));
}
