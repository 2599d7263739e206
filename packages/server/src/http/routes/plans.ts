// Plans of what is dangerous: looked at, agreed to by their hash, or discarded.

import { HoldfastError } from '@holdfast/core';
import { livingPlans } from '@holdfast/core/archive';
import { consentToPlan, discardPlan, listPlans, type Plan, requirePlan } from '@holdfast/core/plan';
import { pruneArchivesKind } from '@holdfast/core/retention';
import { requireSweepPlan } from '@holdfast/core/sync';
import { z } from 'zod';
import { replaceKind } from '../../backups/replace-plan.ts';
import { planJson } from '../../shapes/plans.ts';
import { requireRole } from '../principal.ts';
import { queueJob } from '../queue-job.ts';
import { anyObject, pageOf, paging } from '../request-parts.ts';
import { type Call, type Route, route } from '../route.ts';
import { applyUndo } from './history.ts';
import { plannedWork } from './restore.ts';

const states = ['open', 'consented', 'applying', 'applied', 'failed', 'discarded', 'expired'] as const;

/** Made by a job, which is done again under consent. */
const ofAdmins: readonly string[] = [livingPlans.kind, replaceKind, 'move'];

export const planRoutes: readonly Route[] = [
  route({
    ...{ method: 'GET', path: '/plans', role: 'viewer' },
    summary: 'Plans, newest first',
    query: z.strictObject({
      kind: z.string().max(64).optional(),
      state: z.enum(states).optional(),
      ...paging(),
    }),
    answer: pageOf(anyObject),
    async handle({ store, query: { kind, state, ...page } }) {
      const where = { ...(kind === undefined ? {} : { kind }), ...(state === undefined ? {} : { state }) };
      const { items, next } = await listPlans(store, where, page);
      return { items: items.map(planJson), next };
    },
  }),
  route({
    ...{ method: 'GET', path: '/plans/:id', role: 'viewer' },
    summary: 'One plan, with every step',
    answer: anyObject,
    handle: async ({ store, params }) => planJson((await requirePlan(store, params.id)).record),
  }),
  route({
    ...{ method: 'POST', path: '/plans/:id/consent', role: 'operator' },
    summary: 'Agree to exactly the plan that was shown, and do it',
    body: z.strictObject({ hash: z.string().max(64) }),
    answer: anyObject,
    audit: ['consent', 'plan'],
    async handle(call) {
      const { store, params, body, actor, reply, server, audit } = call;
      const { plan } = await requirePlan(store, params.id);
      audit({ details: { kind: plan.kind, title: plan.title, hash: plan.hash } });
      if (plan.kind === 'undo') return applyUndo(call as unknown as Call, params.id, body.hash);
      const work = await workOf(call, plan);
      await consentToPlan(store, params.id, body.hash, { by: actor.name, via: actor.via });
      const job = await queueJob(server, reply, actor, work.kind, {
        ...work.params,
        accept: params.id,
        by: actor.name,
      });
      return { plan: planJson((await requirePlan(store, params.id)).record), job };
    },
  }),
  route({
    ...{ method: 'DELETE', path: '/plans/:id', role: 'operator' },
    summary: 'Discard a plan',
    answer: anyObject,
    audit: ['discard', 'plan'],
    async handle({ store, params }) {
      await discardPlan(store, params.id);
      return planJson((await requirePlan(store, params.id)).record);
    },
  }),
];

/** The job that does what was agreed to. @throws PLAN_KIND_UNKNOWN, ROLE_TOO_LOW, PLAN_STALE */
async function workOf(
  { store, principal, params }: Pick<Call<{ readonly id: string }>, 'store' | 'principal' | 'params'>,
  plan: Plan,
): Promise<{ readonly kind: string; readonly params?: Readonly<Record<string, unknown>> }> {
  if (plan.kind === 'sweep')
    return { kind: 'sync', params: { sources: [requireSweepPlan(plan).subject.source] } };
  if (plan.kind === pruneArchivesKind.kind) return { kind: 'backup-prune' };
  if (ofAdmins.includes(plan.kind)) {
    requireRole(principal, 'admin');
    return plannedWork(store, params.id);
  }
  throw new HoldfastError('PLAN_KIND_UNKNOWN', `plans of ${plan.kind} are not applied here: ${plan.title}`);
}
