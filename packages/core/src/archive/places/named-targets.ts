// Targets by name: their settings as they were set up, their credentials sealed.

import { HoldfastError, isHoldfastError } from '../../errors.ts';
import type { Secret } from '../../schema/secret.ts';
import type { Row } from '../../schema/table.ts';
import type { Store } from '../../store/open-store.ts';
import { archiveCopies, backupTargets, knownTargets } from '../../system/tables.ts';
import { openTarget, setUpTarget, type TargetOptions } from '../targets/open-target.ts';
import {
  checkCredentials,
  checkSettings,
  type TargetCredentials,
  type TargetSettings,
} from '../targets/settings.ts';
import type { Target } from '../targets/target.ts';

type KnownTarget = Row<typeof knownTargets>;

export interface NamedTarget {
  readonly name: string;
  readonly settings: TargetSettings;
  readonly createdAt: number;
}

/** Letters, digits, dot, dash and underscore, but for the words that begin a path or a URL. */
const allowed = /^(?!(?:folder|s3|sftp|file)$)[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/**
 * Sets a target up and remembers it: a folder gets its marker, a server has to be the one whose key is pinned.
 * @throws TARGET_CONFIGURED, SETTING_INVALID for what is no name, and what `setUpTarget` throws; then nothing is stored
 */
export async function addTarget(
  store: Store,
  name: string,
  given: TargetSettings,
  credentials: TargetCredentials = {},
  options: TargetOptions = {},
): Promise<NamedTarget> {
  if (!allowed.test(name))
    throw new HoldfastError(
      'SETTING_INVALID',
      `${JSON.stringify(name)} is no name for a target: 1 to 64 letters, digits, dots, dashes and underscores, and no scheme of a URL`,
    );
  const repository = store.repository(backupTargets);
  if ((await repository.count({ name })) > 0) throw configured(name);
  if (Object.keys(credentials).length > 0) await store.secrets.check();
  const settings = await setUpTarget(given, credentials, options);
  const sealed = Object.keys(credentials).length === 0 ? null : JSON.stringify(credentials);
  try {
    await repository.insert({ name, settings: { ...settings }, credentials: sealed });
  } catch (error) {
    if (isHoldfastError(error) && error.code === 'CONFLICT') throw configured(name);
    throw error;
  }
  return requireTarget(store, name);
}

const configured = (name: string): HoldfastError =>
  new HoldfastError('TARGET_CONFIGURED', `there is a target named ${name}`);

/** By name. */
export async function listTargets(store: Store): Promise<NamedTarget[]> {
  const found: NamedTarget[] = [];
  for await (const rows of store.repository(knownTargets).stream({ orderBy: [['name', 'asc']] }))
    found.push(...rows.map(named));
  return found;
}

/** @throws TARGET_UNKNOWN */
export const requireTarget = async (store: Store, name: string): Promise<NamedTarget> =>
  named((await store.repository(knownTargets).get({ name })) ?? unknown(name));

const named = ({ name, settings, createdAt }: KnownTarget): NamedTarget => ({
  ...{ name, createdAt },
  settings: checkSettings(settings),
});

function unknown(name: string): never {
  throw new HoldfastError('TARGET_UNKNOWN', `there is no target named ${name}`);
}

/** Connects when it is first used; to be closed. @throws TARGET_UNKNOWN, TARGET_AUTH */
export async function openNamedTarget(
  store: Store,
  name: string,
  options: TargetOptions = {},
): Promise<Target> {
  const { settings, credentials } = (await store.repository(backupTargets).get({ name })) ?? unknown(name);
  const sealed = credentials as Secret | null;
  const opened = sealed === null ? {} : checkCredentials(JSON.parse(sealed.reveal()));
  return openTarget(checkSettings(settings), opened, options);
}

/** Forgets a target; what is on it stays there. It needs no key. @returns archives that were registered on it. @throws TARGET_UNKNOWN */
export async function removeTarget(store: Store, name: string): Promise<number> {
  await requireTarget(store, name);
  return store.transaction(async (transaction) => {
    const copies = await transaction.repository(archiveCopies).deleteMany({ target: name });
    await transaction.repository(backupTargets).delete({ name });
    return copies;
  });
}
