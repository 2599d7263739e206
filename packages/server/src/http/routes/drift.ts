// What records should be, where they are not, and what people say of that.

import { HoldfastError, isHoldfastError, type Row, type Store } from '@holdfast/core';
import {
  acknowledgeDrift,
  clearDesired,
  desiredFromActual,
  driftCategories,
  driftSeverities,
  driftSubject,
  findRecord,
  findRecordIfAny,
  getDesired,
  ignoreDrift,
  listDriftRules,
  removeDriftRule,
  resourcesOf,
  setDesired,
  unacknowledgeDrift,
} from '@holdfast/core/drift';
import { desired, driftItems, driftRuns } from '@holdfast/core/system';
import { z } from 'zod';
import { requireResource, resources } from '../../cli/domains.ts';
import { itemsPage, itemsWhere } from '../../cli/drift-items.ts';
import { desiredJson, driftItemJson, driftRuleJson, driftRunJson } from '../../shapes/drift.ts';
import { driftSummary } from '../overview.ts';
import { queueJob } from '../queue-job.ts';
import {
  anyObject,
  jobAnswer,
  moment,
  name,
  pageOf,
  paging,
  until,
  uuidText,
  wellFormed,
} from '../request-parts.ts';
import { type Route, route } from '../route.ts';

const reason = wellFormed(1_000).optional();
const path = wellFormed(1_000).min(1);
const ignore = z.array(wellFormed(255)).max(100).optional();
const spoken = { reason, until: until.optional() };

export const driftRoutes: readonly Route[] = [
  route({
    ...{ method: 'GET', path: '/drift', role: 'viewer' },
    summary: 'Differences between what records are and what they should be, the last seen first',
    query: z.strictObject({
      resource: z.string().max(64).optional(),
      id: z.string().max(2_000).optional(),
      source: z.string().max(64).optional(),
      severity: z.enum(driftSeverities).optional(),
      category: z.enum(driftCategories).optional(),
      state: z.enum(['open', 'acknowledged', 'resolved']).optional(),
      run: uuidText.optional(),
      ...paging(),
    }),
    answer: pageOf(anyObject),
    handle({ store, query }) {
      const { resource, id, state, run, limit, after, ...rest } = query;
      const named =
        resource === undefined ? undefined : resourcesOf(resources, resource).map((each) => each.name);
      const where = {
        ...itemsWhere({ ...definedOf(rest), limit: String(limit) }),
        ...(named === undefined ? {} : { resource: { in: named } }),
        ...(id === undefined ? {} : { recordId: id }),
        ...(state === undefined ? {} : { state }),
        ...(run === undefined ? {} : { runId: run }),
      };
      return itemsPage(store, where, { limit: String(limit), ...(after === undefined ? {} : { after }) });
    },
  }),
  route({
    ...{ method: 'GET', path: '/drift/summary', role: 'viewer' },
    summary: 'How much has drifted, by severity, category and resource',
    answer: anyObject,
    handle: ({ store }) => driftSummary(store),
  }),
  route({
    ...{ method: 'GET', path: '/drift/runs', role: 'viewer' },
    summary: 'Past runs, newest first',
    query: z.strictObject(paging()),
    answer: pageOf(anyObject),
    async handle({ store, query }) {
      const page = await store.repository(driftRuns).list({ orderBy: [['startedAt', 'desc']], ...query });
      return { items: page.items.map(driftRunJson), next: page.next };
    },
  }),
  route({
    ...{ method: 'POST', path: '/drift/runs', role: 'operator', status: 202 },
    summary: 'Compare what is stored with what is wanted, now',
    body: z.strictObject({
      resource: z.string().max(64).optional(),
      id: z.string().max(2_000).optional(),
      source: z.string().max(64).optional(),
      maxAgeMs: z.number().int().min(1).optional(),
    }),
    answer: jobAnswer,
    audit: ['run', 'drift'],
    async handle({ server, reply, actor, body }) {
      const { resource, id } = body;
      if (id !== undefined && resource === undefined)
        throw new HoldfastError('REQUEST_INVALID', 'body.id: it takes its resource, too');
      if (resource !== undefined)
        id === undefined ? resourcesOf(resources, resource) : requireResource(resource);
      return { job: await queueJob(server, reply, actor, 'drift', { ...body, by: actor.name }) };
    },
  }),
  route({
    ...{ method: 'GET', path: '/drift/runs/:id', role: 'viewer' },
    summary: 'One run with its report',
    answer: anyObject,
    async handle({ store, params }) {
      const run = await requireRun(store, params.id);
      return { ...driftRunJson(run), report: run.report };
    },
  }),
  route({
    ...{ method: 'POST', path: '/drift/acknowledge', role: 'operator' },
    summary: 'Take note of several differences: they no longer count until their values change',
    body: z.strictObject({
      items: z
        .array(z.strictObject({ resource: name, id: z.string().max(2_000), path }))
        .min(1)
        .max(1_000),
      ...spoken,
    }),
    answer: anyObject,
    audit: ['acknowledge', 'drift'],
    async handle({ store, body, actor, audit }) {
      const said = { by: actor.name, reason: body.reason, expiresAt: body.until };
      const items: Record<string, unknown>[] = [];
      for (const each of body.items) {
        try {
          const rule = await acknowledgeDrift(
            store,
            requireResource(each.resource),
            each.id,
            each.path,
            said,
          );
          items.push({ ...each, ok: true, rule: driftRuleJson(rule) });
        } catch (error) {
          if (!isHoldfastError(error)) throw error;
          items.push({ ...each, ok: false, error: error.toJSON() });
        }
      }
      const failed = items.filter(({ ok }) => ok === false).length;
      audit({ details: { items: body.items.slice(0, 100), reason: body.reason ?? null } });
      return { items, done: items.length - failed, failed };
    },
  }),
  route({
    ...{ method: 'GET', path: '/drift/rules', role: 'viewer' },
    summary: 'What was taken note of, and paths that are not compared',
    answer: pageOf(anyObject),
    handle: async ({ store }) => ({ items: (await listDriftRules(store)).map(driftRuleJson), next: null }),
  }),
  route({
    ...{ method: 'POST', path: '/drift/rules', role: 'operator', status: 201 },
    summary: 'Leave paths out of comparisons',
    body: z.strictObject({
      path,
      resource: name.default('*'),
      record: z.string().max(2_000).default('*'),
      ...spoken,
    }),
    answer: anyObject,
    audit: ['create', 'drift.rule'],
    async handle({ store, body, actor, audit }) {
      const { resource, record: recordId, path: pattern, reason: why, until: expiresAt } = body;
      if (!resource.includes('*')) requireResource(resource);
      const rule = await ignoreDrift(store, {
        by: actor.name,
        reason: why,
        expiresAt,
        resource,
        recordId,
        path: pattern,
      });
      audit({ entityId: rule.id, after: driftRuleJson(rule) });
      return driftRuleJson(rule);
    },
  }),
  route({
    ...{ method: 'DELETE', path: '/drift/rules/:id', role: 'operator' },
    summary: 'Remove a rule',
    answer: anyObject,
    audit: ['delete', 'drift.rule'],
    async handle({ store, params }) {
      await removeDriftRule(store, params.id);
      return { removed: params.id };
    },
  }),
  route({
    ...{ method: 'GET', path: '/resources/:resource/:id/desired', role: 'viewer' },
    summary: 'What a record should be, who wants it, and where it is not',
    answer: anyObject,
    handle: ({ store, params }) => shownDesired(store, params.resource, params.id),
  }),
  route({
    ...{ method: 'PUT', path: '/resources/:resource/:id/desired', role: 'operator' },
    summary: 'Say what a record should be, or accept it as it is or was',
    body: z.union([
      z.strictObject({
        properties: z.record(z.string(), z.unknown()),
        keep: z.boolean().optional(),
        whole: z.boolean().optional(),
        ignore,
      }),
      z.strictObject({
        fromActual: z.literal(true),
        at: moment.optional(),
        whole: z.boolean().optional(),
        ignore,
      }),
    ]),
    answer: anyObject,
    audit: ['set', 'desired'],
    async handle({ store, params, body, actor, audit }) {
      const resource = requireResource(params.resource);
      const shared = { by: actor.name, ...definedOf({ whole: body.whole, ignore: body.ignore }) };
      const state =
        'properties' in body
          ? await setDesired(store, resource, params.id, {
              ...shared,
              properties: body.properties,
              keep: body.keep ?? false,
            })
          : await desiredFromActual(store, resource, params.id, { ...shared, at: body.at });
      audit({ entityId: `${resource.name} ${state.id}`.slice(0, 255), after: desiredJson(state) });
      return { resource: resource.name, id: state.id, desired: desiredJson(state) };
    },
  }),
  route({
    ...{ method: 'DELETE', path: '/resources/:resource/:id/desired', role: 'operator' },
    summary: 'Want nothing more of a record',
    answer: anyObject,
    audit: ['clear', 'desired'],
    async handle({ store, params, audit }) {
      const resource = requireResource(params.resource);
      const id = await idOf(store, params.resource, params.id);
      if (!(await clearDesired(store, resource, id)))
        throw new HoldfastError('DESIRED_NOT_FOUND', `nobody has said what ${resource.name} ${id} should be`);
      audit({ entityId: `${resource.name} ${id}`.slice(0, 255) });
      return { resource: resource.name, id, cleared: true };
    },
  }),
  route({
    ...{ method: 'POST', path: '/resources/:resource/:id/drift/acknowledge', role: 'operator' },
    summary: 'Take note of one difference',
    body: z.strictObject({ path, ...spoken }),
    answer: anyObject,
    audit: ['acknowledge', 'drift'],
    async handle({ store, params, body, actor, audit }) {
      const id = await idOf(store, params.resource, params.id);
      const said = { by: actor.name, reason: body.reason, expiresAt: body.until };
      const rule = await acknowledgeDrift(store, requireResource(params.resource), id, body.path, said);
      audit({ entityId: `${params.resource} ${id}`.slice(0, 255), details: driftRuleJson(rule) });
      return driftRuleJson(rule);
    },
  }),
  route({
    ...{ method: 'DELETE', path: '/resources/:resource/:id/drift/acknowledge', role: 'operator' },
    summary: 'Let a difference count again',
    query: z.strictObject({ path }),
    answer: anyObject,
    audit: ['unacknowledge', 'drift'],
    async handle({ store, params, query, audit }) {
      const id = await idOf(store, params.resource, params.id);
      if (!(await unacknowledgeDrift(store, requireResource(params.resource), id, query.path)))
        throw new HoldfastError(
          'DRIFT_NOT_FOUND',
          `nobody took note of ${query.path} of ${params.resource} ${id}`,
        );
      audit({ entityId: `${params.resource} ${id}`.slice(0, 255), details: { path: query.path } });
      return { resource: params.resource, id, path: query.path, acknowledged: false };
    },
  }),
];

const definedOf = <T extends object>(object: T) =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };

async function requireRun(store: Store, id: string): Promise<Row<typeof driftRuns>> {
  const run = uuidText.safeParse(id).success ? await store.repository(driftRuns).get({ id }) : undefined;
  if (run !== undefined) return run;
  throw new HoldfastError('DRIFT_NOT_FOUND', `there is no drift run ${id}`);
}

/** The record may be gone: then the id as it was given. @throws RESOURCE_UNKNOWN */
async function idOf(store: Store, resourceName: string, given: string): Promise<string> {
  const resource = requireResource(resourceName);
  const found = await findRecordIfAny(store, resource, given);
  return found === undefined ? given : driftSubject(resource).idOf(found.row);
}

async function shownDesired(store: Store, resourceName: string, given: string) {
  const resource = requireResource(resourceName);
  const subject = driftSubject(resource);
  // What is wanted of a record that is gone can still be seen, and cleared.
  const gone = await store.repository(desired).get({ resource: resourceName, recordId: given.slice(0, 512) });
  const found = await (gone === undefined ? findRecord : findRecordIfAny)(store, resource, given);
  const id = found === undefined ? given : subject.idOf(found.row);
  const state = await getDesired(store, resource, id);
  const declared = found === undefined ? undefined : subject.declared(found.row);
  if (state === undefined && declared === undefined)
    throw new HoldfastError('DESIRED_NOT_FOUND', `nothing is wanted of ${resourceName} ${id}`);
  const where = { resource: resourceName, recordId: id, state: { ne: 'resolved' } } as const;
  const { items } = await store.repository(driftItems).list({ where, limit: 1_000 });
  const rules = await listDriftRules(store, 'acknowledge');
  return {
    ...{ resource: resourceName, id, desired: state === undefined ? null : desiredJson(state) },
    ...{ declared: declared ?? null, items: items.map(driftItemJson) },
    acknowledged: rules
      .filter((rule) => rule.resource === resourceName && rule.recordId === id)
      .map(driftRuleJson),
  };
}
