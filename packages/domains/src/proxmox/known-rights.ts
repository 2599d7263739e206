// The rights of a source as its last sweep found them, so that one which lost some can say since when.

import { createHash } from 'node:crypto';
import { formatInstant, type Store } from '@holdfast/core';
import { sourceNotes } from '@holdfast/core/system';
import type { Area, Rights } from './rights.ts';

/** Since when an area that was shown wholly no longer is, RFC 3339. */
export type LostRights = { readonly [area in Area]?: string };

interface Note {
  /** SHA-256 of the rights. */
  readonly digest: string;
  /** Areas that are shown wholly. */
  readonly whole: readonly Area[];
  readonly lost: LostRights;
}

const areas: readonly Area[] = ['/', '/nodes', '/pool', '/storage', '/vms'];

/** Compares with the note of the last sweep, and writes a new one when the rights are others. */
export async function noteRights(
  store: Store,
  source: string,
  rights: Rights | undefined,
): Promise<LostRights> {
  const notes = store.repository(sourceNotes);
  const key = { source, name: 'rights' };
  const before = (await notes.get(key))?.value as Note | undefined;
  if (rights === undefined) return before?.lost ?? {};
  const digest = createHash('sha256').update(rights.text).digest('hex');
  if (before?.digest === digest) return before.lost;
  const notedAt = Date.now() * 1_000;
  const whole = areas.filter((area) => rights.missing(area) === undefined);
  const lost: LostRights = Object.fromEntries(
    areas
      .filter((area) => !whole.includes(area))
      .flatMap((area) => {
        const since = before?.whole.includes(area) ? formatInstant(notedAt) : before?.lost[area];
        return since === undefined ? [] : [[area, since]];
      }),
  );
  await notes.upsert({ ...key, value: { digest, whole, lost }, notedAt });
  return lost;
}
