// What a restore is asked for, and how the API is told of it.

import type { Archive } from '../../api/types.ts';

export type Destination = 'living' | 'replace' | 'elsewhere';

export const policies = [
  { value: 'skip', label: 'stay as they are' },
  { value: 'overwrite', label: 'are put back as the archive has them' },
  { value: 'newer', label: 'stay where they changed after the archive’s' },
  { value: 'merge', label: 'stay; what is empty in them is filled from the archive' },
  { value: 'fail', label: 'stop the restore, and are named' },
] as const;
export type Policy = (typeof policies)[number]['value'];

/** What is restored from, and what is known of it. */
export interface Subject {
  /** As the API takes it: an id, or `upload:NAME`. */
  readonly archive: string;
  readonly encrypted: boolean;
  /** Of Shelly Manager: some tables, as those of one source, of one moment. */
  readonly manager: boolean;
  /** The archive and what it goes back to, newest first, where they are known here. */
  readonly moments: readonly Archive[];
  readonly destination: Destination;
}

export interface Choice {
  readonly destination: Destination;
  /** Of another database. */
  readonly to: string;
  /** Empty: the state that the archive itself has. */
  readonly at: string;
  readonly policy: Policy;
  /** Names of resources; none: everything. */
  readonly only: readonly string[];
  /** Of the one resource that is chosen. */
  readonly where: readonly string[];
  readonly deleteOthers: boolean;
  readonly safetyArchive: boolean;
  readonly nearest: boolean;
  readonly passphrase: string;
  /** Of an archive of Shelly Manager: whose devices they become. */
  readonly source: string;
}

export const firstChoice = ({ destination }: Subject): Choice => ({
  destination,
  to: `sqlite:restored-${new Date().toISOString().slice(0, 10)}.db`,
  ...{ at: '', policy: 'skip', only: [], where: [], deleteOthers: false, safetyArchive: true },
  ...{ nearest: false, passphrase: '', source: '' },
});

/** The body of `POST /restore` that tries it. */
export function bodyOf({ archive, manager }: Subject, choice: Choice): Record<string, unknown> {
  const { destination, to, at, policy, only, where, passphrase, nearest } = choice;
  const shared = {
    archive,
    ...(at === '' ? {} : { at: new Date(at).toISOString() }),
    ...(passphrase === '' ? {} : { passphrase }),
    ...(nearest ? { lossy: 'nearest' } : {}),
  };
  if (destination === 'elsewhere') return { ...shared, to };
  if (destination === 'replace') return { ...shared, replace: true };
  return {
    ...{ ...shared, conflict: policy },
    ...(only.length === 0 ? {} : { only }),
    ...(only.length === 1 && where.length > 0 ? { where } : {}),
    ...(choice.deleteOthers ? { preserveExisting: false } : {}),
    ...(choice.safetyArchive ? {} : { safetyArchive: false }),
    ...(manager && choice.source !== '' ? { source: choice.source } : {}),
  };
}
