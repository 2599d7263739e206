// For how long archives of each data class are kept, as the command line and the API show and set it.

import type { Store } from '@holdfast/core';
import {
  defaultPolicies,
  readRetention,
  retentionSetting,
  type StoredRetention,
} from '@holdfast/core/retention';
import { type Actor, getSetting, setSetting } from '@holdfast/core/system';

export const dataClasses = ['critical', 'important', 'operational', 'informational'] as const;

/** The contract of `backup policy --json`. */
export async function policyJson(store: Store) {
  const { policies, zone } = await readRetention(store);
  const { zone: _zone, ...set } = await getSetting(store, retentionSetting);
  return { zone, policies, set, default: defaultPolicies };
}

export type PolicyJson = Awaited<ReturnType<typeof policyJson>>;

/** @throws SETTING_INVALID */
export async function setPolicy(store: Store, value: StoredRetention, actor: Actor): Promise<PolicyJson> {
  await setSetting(store, retentionSetting, value, actor);
  return policyJson(store);
}
