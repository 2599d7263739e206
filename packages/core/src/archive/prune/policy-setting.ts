// The retention that a store has set, where it differs from the default.

import * as z from 'zod';
import type { Repositories } from '../../store/repository.ts';
import { getSetting, type Setting } from '../../system/settings.ts';
import { calendar } from '../retention/calendar.ts';
import { defaultPolicies, type RetentionPolicies, retentionPolicy } from '../retention/policy.ts';

const zone = z.string().refine((name) => {
  try {
    calendar(name);
    return true;
  } catch {
    return false;
  }
}, 'is no time zone; write it as Europe/Berlin');

const policies = z.strictObject({
  critical: retentionPolicy.optional(),
  important: retentionPolicy.optional(),
  operational: retentionPolicy.optional(),
  informational: retentionPolicy.optional(),
  zone: zone.optional(),
});

export type StoredRetention = z.output<typeof policies>;

/** Data classes that have a policy of their own, and whose days and weeks count. */
export const retentionSetting: Setting<StoredRetention> = {
  name: 'backup.retention',
  schema: policies,
  default: {},
};

export interface Retention {
  readonly policies: RetentionPolicies;
  readonly zone: string;
}

/** In force. @throws SETTING_INVALID */
export async function readRetention(repositories: Repositories): Promise<Retention> {
  const { zone: own = 'UTC', ...set } = await getSetting(repositories, retentionSetting);
  const given = Object.entries(set).filter(([, policy]) => policy !== undefined);
  return { policies: { ...defaultPolicies, ...Object.fromEntries(given) }, zone: own };
}
