// One look at what is due, and the archive that it takes: what a schedule does each time.

import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { HoldfastError } from '../../errors.ts';
import { formatInstant, type Instant, now } from '../../schema/instant.ts';
import type { Store } from '../../store/open-store.ts';
import { getSetting } from '../../system/settings.ts';
import type { BaseArchive } from '../backup/base-archive.ts';
import { type BackupResult, createBackup, createSegment } from '../backup/create-backup.ts';
import { readMark } from '../backup/marks.ts';
import type { OnProgress } from '../backup/pace.ts';
import { requireArchive } from '../backup/register.ts';
import { requireTimeline } from '../backup/timeline.ts';
import { removeDeadParts } from '../backup/written-by.ts';
import type { LockKey } from '../crypto/keys.ts';
import { factsOf, type RegisteredFacts } from '../places/archive-facts.ts';
import { wantCopies } from '../places/copies.ts';
import { adoptArchives } from '../prune/leftovers.ts';
import type { ArchiveType } from '../retention/facts.ts';
import { due } from '../retention/schedule.ts';
import { checkSchedule, scheduledKey, scheduleSetting, toBackupSchedule } from './backup-settings.ts';

export interface DueBackup {
  readonly type: ArchiveType;
  /** In words. */
  readonly reason: string;
}

/** What locks a scheduled archive. @throws BACKUP_KEY_NONE */
async function locksOf(store: Store, encrypted: boolean): Promise<LockKey[]> {
  if (!encrypted) return [];
  const found = await scheduledKey(store);
  if (found !== undefined) return [found.key];
  throw new HoldfastError(
    'BACKUP_KEY_NONE',
    'scheduled archives are locked with a key of their own, and none was made',
  );
}

/** Archives that a scheduled one may go on from: of everything, and locked with the same key. */
const ownOf = (facts: readonly RegisteredFacts[], id: string | null): RegisteredFacts[] =>
  facts.filter(({ everything, keyId }) => everything && keyId === id);

/** Microseconds: who looks once a minute looks a little sooner at times, and should not wait for another one then. */
const slack = 10_000_000;

/** @returns undefined where nothing is. Without a stored schedule the default one counts. @throws BACKUP_KEY_NONE */
export async function findDue(store: Store, at: Instant = now()): Promise<DueBackup | undefined> {
  const settings = (await getSetting(store, scheduleSetting)) ?? checkSchedule({});
  const keys = await locksOf(store, settings.encrypted);
  const { id: timeline } = await requireTimeline(store);
  const id = settings.encrypted ? (await scheduledKey(store))!.id : null;
  const own = ownOf(await factsOf(store), id);
  const found = due(own, { schedule: toBackupSchedule(settings), now: at + slack, timeline });
  if (found === undefined) return undefined;
  const { type, reason } = found;
  if (type === 'full') return { type, reason };
  const slot = type === 'segment' ? 'segment' : type === 'differential' ? 'full' : 'point';
  if ((await readMark(store, keys, slot)) !== undefined) return { type, reason };
  return { type: 'full', reason: 'nothing tells where the newest archive of this key ended' };
}

export interface RunDueOptions {
  /** For archives; made where there is none. */
  readonly folder: string;
  /** What to make, whether it is due or not. @default what is due */
  readonly type?: ArchiveType | undefined;
  /** Why that. @default 'asked for' */
  readonly reason?: string | undefined;
  readonly at?: Instant;
  readonly createdBy?: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress;
}

export interface RanDue {
  readonly due: DueBackup | null;
  /** Null where nothing was due, or nothing critical had changed. */
  readonly backup: Omit<BackupResult, 'tables' | 'omittedSecrets'> | null;
  /** Whole archives that a killed process had not entered in the register. */
  readonly adopted: readonly string[];
  /** Parts of archives that a killed process had left: paths, removed. */
  readonly removed: readonly string[];
}

/**
 * 1. Removes what killed processes left of archives, and enters those that they left whole but unregistered.
 * 2. Writes what is due, locked with the public key of the store: nothing on this machine has to open it. Killed here:
 *    a part is left that is no archive, and the next turn removes it and begins anew.
 * 3. Enters it, and with it that it is to be on the targets of the schedule: `bringCopies` brings it there, in its own
 *    time, so that a large upload does not hold up what is critical.
 * @throws BACKUP_KEY_NONE, and what `createBackup` throws
 */
export async function runDue(store: Store, options: RunDueOptions): Promise<RanDue> {
  const { at = now() } = options;
  const folder = resolve(options.folder);
  const settings = (await getSetting(store, scheduleSetting)) ?? checkSchedule({});
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { type, reason = 'asked for' } = options;
  const find = () => (type === undefined ? findDue(store, at) : { type, reason });
  let found = await find();
  // Segments come every minute: for them nobody looks through the folder.
  const looks = found !== undefined && found.type !== 'segment';
  const removed = looks ? await removeDeadParts(folder) : [];
  const adopted = looks ? await adoptArchives(store, folder, settings.targets) : [];
  if (adopted.length > 0) found = await find();
  const backup = found === undefined ? undefined : await create(store, found.type, { ...options, folder });
  // Noted with the archive itself, but for targets that there are no more: those are told.
  if (backup !== undefined && settings.targets.length > 0)
    await wantCopies(store, await requireArchive(store, backup.id), settings.targets);
  return { due: found ?? null, backup: backup === undefined ? null : shortOf(backup), adopted, removed };
}

/** Hundreds of tables are no result of a job. */
function shortOf({ tables: _tables, omittedSecrets: _omitted, ...rest }: BackupResult) {
  return rest;
}

async function create(
  store: Store,
  type: ArchiveType,
  { folder, signal, onProgress, createdBy = 'schedule', at = now() }: RunDueOptions,
): Promise<BackupResult | undefined> {
  const settings = (await getSetting(store, scheduleSetting)) ?? checkSchedule({});
  const keys = await locksOf(store, settings.encrypted);
  const path = join(folder, `holdfast-${formatInstant(at).replaceAll(/[-:.]/g, '')}-${type}.sma`);
  const { targets: copyTo } = settings;
  const shared = { path, keys, createdBy, copyTo, ...(signal === undefined ? {} : { signal }) };
  const base = async (slot: 'full' | 'point' | 'segment'): Promise<BaseArchive> => {
    const found = await readMark(store, keys, slot);
    if (found !== undefined) return found;
    throw new HoldfastError('CHAIN_BROKEN', `there is no archive that a ${type} one can go on from`, {
      hint: 'holdfast job run backup full begins a new chain',
    });
  };
  if (type === 'segment') return createSegment(store, { ...shared, since: await base('segment') });
  const told = onProgress === undefined ? {} : { onProgress };
  if (type === 'full') return createBackup(store, { ...shared, ...told });
  const archive = await base(type === 'differential' ? 'full' : 'point');
  return createBackup(store, { ...shared, ...told, since: { type, archive } });
}
