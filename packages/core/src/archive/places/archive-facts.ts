// The register as facts: what retention, schedule and state are computed from.

import { isHoldfastError } from '../../errors.ts';
import type { Domain } from '../../schema/domain.ts';
import type { DataClass } from '../../schema/spec.ts';
import type { Store } from '../../store/open-store.ts';
import { archives } from '../../system/tables.ts';
import { selectSpecs } from '../backup/content.ts';
import type { ArchiveRecord } from '../backup/register.ts';
import { type ArchiveFacts, dataClasses } from '../retention/facts.ts';

export interface RegisteredFacts extends ArchiveFacts {
  readonly path: string;
  /** Public name of the key that opens it; null where it is not encrypted. */
  readonly keyId: string | null;
  /** Whether it has everything, as far as its type goes. */
  readonly everything: boolean;
  readonly provenAt: number | null;
}

/** Of all registered archives that were not pruned, newest first. */
export async function factsOf(store: Store): Promise<RegisteredFacts[]> {
  const facts: RegisteredFacts[] = [];
  for await (const rows of store
    .repository(archives)
    .stream({ where: { prunedAt: null }, orderBy: [['takenAt', 'desc']] }))
    facts.push(...rows.map((row) => factsOfRecord(row, store.domains)));
  return facts;
}

const factsOfRecord = (record: ArchiveRecord, domains: readonly Domain[]): RegisteredFacts => ({
  ...{ id: record.id, type: record.type, baseId: record.base, timeline: record.timeline },
  ...{ at: record.takenAt, bytes: record.sizeBytes, pinned: record.pinned },
  ...{ path: record.path, keyId: record.keyId, everything: record.selection === null },
  ...{ proven: record.proof === 'proven', provenAt: record.provenAt },
  dataClasses: classesOf(record, domains),
});

/** Whose data is in it. A segment has only what is critical to the minute. */
function classesOf({ type, selection }: ArchiveRecord, domains: readonly Domain[]): readonly DataClass[] {
  if (type === 'segment') return ['critical'];
  if (selection === null) return dataClasses;
  try {
    return [...new Set(selectSpecs(domains, selection as string[]).map(({ dataClass }) => dataClass))];
  } catch (error) {
    // Of a program that had other names: what is not known is kept as long as anything.
    if (isHoldfastError(error) && error.code === 'RESOURCE_UNKNOWN') return dataClasses;
    throw error;
  }
}
