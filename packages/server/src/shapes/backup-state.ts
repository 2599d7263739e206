// How far behind the database its archives are, as `backup status`, `status` and the API show it.

import type { Store } from '@holdfast/core';
import { backupFindings, backupState } from '@holdfast/core/retention';
import { optionalInstant } from './instants.ts';

/** The contract of `backup status --json`. */
export async function readBackupState(store: Store) {
  const classes = await classStates(store);
  const findings = await backupFindings(store);
  return { ok: findings.every(({ advice }) => advice), classes, findings };
}

/** The contract of a class in `backup status --json` and `status --json`. */
export const classStates = async (store: Store) =>
  (await backupState(store)).map(({ newestAt, provenAt, ...rest }) => ({
    ...rest,
    newestAt: optionalInstant(newestAt),
    provenAt: optionalInstant(provenAt),
  }));

export type ClassStates = Awaited<ReturnType<typeof classStates>>;
