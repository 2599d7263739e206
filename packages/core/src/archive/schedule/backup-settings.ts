// How a store backs itself up: how often, to where, and with which key.

import * as z from 'zod';
import { HoldfastError } from '../../errors.ts';
import type { Repositories } from '../../store/repository.ts';
import { getSetting, type Setting } from '../../system/settings.ts';
import type { RecipientKey } from '../crypto/keys.ts';
import { keyId } from '../crypto/slots.ts';
import { type BackupSchedule, defaultSchedule } from '../retention/schedule.ts';

const second = 1_000_000;
const period = z.int().min(60 * second);

const scheduleSchema = z.strictObject({
  /** Microseconds between two archives of a kind; null: none of them. */
  everything: period.default(defaultSchedule.everything),
  full: period.default(defaultSchedule.full),
  partial: period.nullable().default(defaultSchedule.partial),
  segment: period.nullable().default(defaultSchedule.segment),
  /** Names of targets that every archive is copied to. */
  targets: z.array(z.string()).default([]),
  /** False: archives without a key, which leave secrets out. */
  encrypted: z.boolean().default(true),
  /** A private key or key file on this machine, for test restores by schedule. */
  drillKeyFile: z.string().nullable().default(null),
});

export type ScheduleSettings = z.output<typeof scheduleSchema>;

/** Null where nothing is backed up by schedule. */
export const scheduleSetting: Setting<ScheduleSettings | null> = {
  name: 'backup.schedule',
  schema: scheduleSchema.nullable(),
  default: null,
};

/** @throws SETTING_INVALID */
export const checkSchedule = (value: z.input<typeof scheduleSchema>): ScheduleSettings => {
  const checked = scheduleSchema.safeParse(value);
  if (checked.success) return checked.data;
  throw new HoldfastError('SETTING_INVALID', `backup.schedule: ${z.prettifyError(checked.error)}`);
};

export const toBackupSchedule = ({
  everything,
  full,
  partial,
  segment,
}: ScheduleSettings): BackupSchedule => ({
  ...{ everything, full, partial, segment },
});

const keySchema = z.strictObject({
  publicKey: z.string().regex(/^[0-9a-f]{64}$/),
  since: z.string(),
});

/** The public half of the key that scheduled archives are locked with. What it locks, only the private half opens. */
export const keySetting: Setting<z.output<typeof keySchema> | null> = {
  name: 'backup.key',
  schema: keySchema.nullable(),
  default: null,
};

/** @returns undefined where none was made */
export async function scheduledKey(
  repositories: Repositories,
): Promise<{ readonly key: RecipientKey; readonly id: string } | undefined> {
  const found = await getSetting(repositories, keySetting);
  if (found === null) return undefined;
  const key: RecipientKey = { kind: 'sealed', publicKey: Buffer.from(found.publicKey, 'hex') };
  return { key, id: keyId(key) };
}
