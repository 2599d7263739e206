// What an archive keeps beside its tables, under its key: where the reader of changes stood, and the counters.

import { z } from 'zod';
import type { SerialState } from '../../engine/snapshot.ts';
import type { ArchiveReader } from '../format/archive-reader.ts';
import { corrupt } from '../format/failures.ts';

export const stateEntry = 'state';
/** Figures that are known when everything was read. */
export const summaryEntry = 'summary';

const stateSchema = z.object({
  timeline: z.string(),
  /** Microseconds. */
  at: z.int(),
  position: z.string(),
  serials: z.array(
    z.object({ table: z.string(), column: z.string(), next: z.string().regex(/^-?\d{1,30}$/) }),
  ),
});
const summarySchema = z.object({ omittedSecrets: z.int().min(0) });

export interface ArchiveState {
  readonly timeline: string;
  /** By the clock of the engine that it was taken from. */
  readonly at: number;
  /** What changed since is asked for with it, in the same timeline. */
  readonly position: string;
  readonly serials: readonly SerialState[];
}

/** @throws ARCHIVE_CORRUPT, ARCHIVE_STREAM_UNKNOWN */
export async function readState(reader: ArchiveReader): Promise<ArchiveState> {
  const checked = stateSchema.safeParse(await reader.json(stateEntry));
  if (!checked.success) throw corrupt('its counters are unsound', checked.error);
  const { serials, ...state } = checked.data;
  return { ...state, serials: serials.map((each) => ({ ...each, next: BigInt(each.next) })) };
}

/** Secrets that it does not have. @throws ARCHIVE_CORRUPT, ARCHIVE_STREAM_UNKNOWN */
export async function readOmittedSecrets(reader: ArchiveReader): Promise<number> {
  const checked = summarySchema.safeParse(await reader.json(summaryEntry));
  if (!checked.success) throw corrupt('its summary is unsound', checked.error);
  return checked.data.omittedSecrets;
}
