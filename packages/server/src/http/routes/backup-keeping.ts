// How archives are kept: places for them, for how long, which stay whatever the rules say.

import { type Plan, requirePlan, storePlan } from '@holdfast/core/plan';
import { defaultPolicies, type StoredRetention } from '@holdfast/core/retention';
import {
  addTarget,
  checkCredentials,
  parseTarget,
  removeTarget,
  requireTarget,
} from '@holdfast/core/targets';
import { z } from 'zod';
import { pinArchive } from '../../backups/pin.ts';
import { dataClasses, policyJson, setPolicy } from '../../backups/policy.ts';
import { targetJson, targetsJson, targetUse, tryTarget } from '../../backups/targets.ts';
import { applyPrune, planPrune, pruneJson } from '../../cli/prune-archives.ts';
import { planJson } from '../../shapes/plans.ts';
import { confirmOf, requireConfirm } from '../confirm.ts';
import { anyObject, name, pageOf } from '../request-parts.ts';
import { type Route, route } from '../route.ts';

const credentials = z.record(z.string().max(32), z.string().max(100_000)).default({});

const rule = z.number().min(0).max(1_000_000).optional();
const rules = z
  .strictObject({
    ...{ keepLast: rule, hourly: rule, daily: rule, weekly: rule, monthly: rule, yearly: rule },
    ...{ keepWithin: rule, segmentsWithin: rule },
  })
  .optional();

export const backupKeepingRoutes: readonly Route[] = [
  route({
    ...{ method: 'GET', path: '/backups/targets', role: 'viewer' },
    summary: 'Places for archives, without their credentials',
    answer: pageOf(anyObject),
    handle: async ({ store }) => ({ items: await targetsJson(store), next: null }),
  }),
  route({
    ...{ method: 'POST', path: '/backups/targets', role: 'admin', status: 201 },
    summary: 'Set a place up and remember it',
    body: z.strictObject({ name, url: z.string().max(2_000), credentials }),
    answer: anyObject,
    audit: ['create', 'target'],
    async handle({ store, body, audit }) {
      const added = await addTarget(
        store,
        body.name,
        parseTarget(body.url),
        checkCredentials(body.credentials),
      );
      const shown = targetJson(added);
      audit({ entityId: shown.name, after: shown });
      return shown;
    },
  }),
  route({
    ...{ method: 'GET', path: '/backups/targets/:name', role: 'viewer' },
    summary: 'One place for archives',
    answer: anyObject,
    async handle({ store, params }) {
      await requireTarget(store, params.name);
      return (await targetsJson(store)).find((each) => each.name === params.name);
    },
  }),
  route({
    ...{ method: 'POST', path: '/backups/targets/:name/test', role: 'operator' },
    summary: 'Sign in there, and see that it is the right one',
    answer: anyObject,
    audit: ['test', 'target'],
    handle: ({ store, params }) => tryTarget(store, params.name),
  }),
  route({
    ...{ method: 'DELETE', path: '/backups/targets/:name', role: 'admin' },
    summary: 'Forget a place; the archives on it stay there',
    query: z.strictObject({ confirm: z.string().max(64).optional() }),
    answer: anyObject,
    audit: ['delete', 'target'],
    async handle({ store, params, query, audit }) {
      const { archives, effect } = await targetUse(store, params.name);
      requireConfirm(query.confirm, confirmOf('target', params.name, archives), effect, { archives });
      await removeTarget(store, params.name);
      audit({ details: { archives } });
      return { removed: params.name, archives };
    },
  }),
  route({
    ...{ method: 'GET', path: '/backups/policy', role: 'viewer' },
    summary: 'For how long archives of each data class are kept',
    answer: anyObject,
    handle: ({ store }) => policyJson(store),
  }),
  route({
    ...{ method: 'PUT', path: '/backups/policy', role: 'admin' },
    summary: 'Set those rules; classes and rules that are left out are as by default',
    body: z.strictObject({
      zone: z.string().min(1).max(64).optional(),
      set: z
        .strictObject({ critical: rules, important: rules, operational: rules, informational: rules })
        .default({}),
    }),
    answer: anyObject,
    handle({ store, actor, body: { zone, set } }) {
      const own = dataClasses.flatMap((each) =>
        set[each] === undefined ? [] : [[each, { ...defaultPolicies[each], ...set[each] }] as const],
      );
      const value = { ...Object.fromEntries(own), ...(zone === undefined ? {} : { zone }) };
      return setPolicy(store, value as StoredRetention, actor);
    },
  }),
  route({
    ...{ method: 'POST', path: '/backups/prune', role: 'operator', status: 201 },
    summary: 'A plan that removes the archives that no rule keeps; nothing is removed before consent',
    answer: z.object({
      plan: anyObject.nullable(),
      ...{ removed: z.number(), bytes: z.number(), effects: anyObject, archives: z.array(anyObject) },
    }),
    audit: ['plan', 'prune'],
    async handle({ store, server, actor, signal, audit }) {
      const planned = await planPrune(store);
      // Gates first: nobody should agree to what is refused anyway.
      const { effects } = await applyPrune(store, planned, {
        ...{ actor, intents: server.place.intents, signal, dryRun: true },
      });
      const shown = { ...pruneJson(planned), effects };
      if (planned.plan.steps.length === 0) return { plan: null, ...shown };
      const id = await storePlan(store, planned.plan as unknown as Plan, { requestedBy: actor.name });
      audit({ entityId: id, details: { title: planned.plan.title } });
      return { plan: planJson((await requirePlan(store, id)).record), ...shown };
    },
  }),
  route({
    ...{ method: 'POST', path: '/backups/:id/pin', role: 'operator' },
    summary: 'Keep an archive, and what it goes back to, whatever the rules say',
    answer: z.object({ id: z.string(), pinned: z.boolean() }),
    audit: ['pin', 'backup'],
    handle: ({ store, params }) => pinArchive(store, params.id, true),
  }),
  route({
    ...{ method: 'DELETE', path: '/backups/:id/pin', role: 'operator' },
    summary: 'Let the rules decide again',
    answer: z.object({ id: z.string(), pinned: z.boolean() }),
    audit: ['unpin', 'backup'],
    handle: ({ store, params }) => pinArchive(store, params.id, false),
  }),
];
