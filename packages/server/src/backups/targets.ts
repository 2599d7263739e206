// Targets as the command line and the API show and try them.

import { formatInstant, type Store } from '@holdfast/core';
import {
  formatTarget,
  listCopies,
  listTargets,
  type NamedTarget,
  openNamedTarget,
  requireTarget,
} from '@holdfast/core/targets';

/** The contract of a target in `backup target --json`. */
export const targetJson = ({ name, settings, createdAt }: NamedTarget) => ({
  ...{ name, kind: settings.kind, url: formatTarget(settings) },
  createdAt: formatInstant(createdAt),
});

/** The same, with how many archives are there and how many wait to get there. */
export async function targetsJson(store: Store) {
  const copies = Map.groupBy(await listCopies(store), (copy) => copy.target);
  return (await listTargets(store)).map((each) => ({
    ...targetJson(each),
    archives: (copies.get(each.name) ?? []).filter(({ storedAt }) => storedAt !== null).length,
    waiting: (copies.get(each.name) ?? []).filter(({ storedAt }) => storedAt === null).length,
  }));
}

/** Signs in, and sees that it is the right one. @throws TARGET_UNKNOWN and what the target refuses */
export async function tryTarget(store: Store, name: string) {
  const place = await openNamedTarget(store, name);
  try {
    await place.check();
  } finally {
    await place.close();
  }
  return { ok: true, ...targetJson(await requireTarget(store, name)) };
}

/** What would be forgotten with it. @throws TARGET_UNKNOWN */
export async function targetUse(store: Store, name: string) {
  await requireTarget(store, name);
  const archives = (await listCopies(store, { target: name })).length;
  return {
    archives,
    effect: `Forgetting ${name} also forgets that ${archives} archives are there, and its credentials.`,
  };
}
