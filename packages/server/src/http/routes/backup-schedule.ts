// Archives on a clock, as `backup schedule` sets them.

import { checkSchedule, scheduleSetting } from '@holdfast/core/retention';
import { getSetting } from '@holdfast/core/system';
import { z } from 'zod';
import {
  backupScheduleJson,
  removeBackupSchedule,
  requireKept,
  setBackupSchedule,
  usualTimes,
} from '../../backups/schedule.ts';
import { anyObject, name } from '../request-parts.ts';
import { type Route, route } from '../route.ts';

/** A hundred years at most. */
const seconds = z.number().int().min(60).max(3_153_600_000);
const cron = z.string().min(1).max(255);
const answer = z.object({ settings: anyObject.nullable(), items: z.array(anyObject), next: z.null() });

export const backupScheduleRoutes: readonly Route[] = [
  route({
    ...{ method: 'GET', path: '/backups/schedule', role: 'viewer', answer },
    summary: 'What is backed up, proven and pruned by itself, and when',
    handle: ({ store }) => backupScheduleJson(store),
  }),
  route({
    ...{ method: 'PUT', path: '/backups/schedule', role: 'admin', answer },
    summary: 'Back up by schedule; what is left out is as by default',
    body: z.strictObject({
      ...{ everythingSeconds: seconds.optional(), fullSeconds: seconds.optional() },
      ...{ partialSeconds: seconds.nullable().optional(), segmentSeconds: seconds.nullable().optional() },
      targets: z.array(name).max(20).default([]),
      encrypted: z.boolean().default(true),
      drill: cron.default(usualTimes.drill),
      prune: cron.default(usualTimes.prune),
      timeZone: z.string().min(1).max(64).default(usualTimes.timeZone),
    }),
    audit: ['set', 'backup-schedule'],
    async handle({ store, actor, body, audit }) {
      const { everythingSeconds, fullSeconds, partialSeconds, segmentSeconds, ...rest } = body;
      const { targets, encrypted, ...times } = rest;
      await requireKept(store, { targets, encrypted });
      const before = await getSetting(store, scheduleSetting);
      const settings = checkSchedule({
        ...micros({ everything: everythingSeconds, full: fullSeconds }),
        ...micros({ partial: partialSeconds, segment: segmentSeconds }),
        ...{ targets, encrypted },
        // A request names no files: the one that was named on this machine stays.
        drillKeyFile: before?.drillKeyFile ?? null,
      });
      await setBackupSchedule(store, settings, times, actor);
      audit({ details: body });
      return backupScheduleJson(store);
    },
  }),
  route({
    ...{ method: 'DELETE', path: '/backups/schedule', role: 'admin' },
    summary: 'Back up nothing by schedule; archives, key and policy stay',
    answer: z.object({ removed: z.array(z.string()) }),
    audit: ['delete', 'backup-schedule'],
    handle: async ({ store, actor }) => ({ removed: await removeBackupSchedule(store, actor) }),
  }),
];

const micros = <T extends number | null>(given: Readonly<Record<string, T | undefined>>) =>
  Object.fromEntries(
    Object.entries(given).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, value === null ? null : value * 1e6]],
    ),
  );
