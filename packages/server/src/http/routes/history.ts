// The timeline, differences between two moments, and taking changes back.

import { formatInstant, HoldfastError, now, type Resource, type Store } from '@holdfast/core';
import { gapsOf, listDiff, listHistory, type UndoTarget, undoDraft, undoKind } from '@holdfast/core/history';
import { applyPlan, giveConsent, makePlan, requirePlan, storePlan } from '@holdfast/core/plan';
import { z } from 'zod';
import { findKey } from '../../cli/find-record.ts';
import { trackedResources } from '../../cli/tracked-resources.ts';
import { diffItemJson, gapJson, historyItemJson } from '../../shapes/changes.ts';
import { planJson } from '../../shapes/plans.ts';
import { anyObject, cursor, limitOf, moment, pageOf, uuidText } from '../request-parts.ts';
import { type Call, type Route, route } from '../route.ts';

const filters = {
  from: moment.optional(),
  to: moment.optional(),
  run: uuidText.optional(),
  request: z.string().max(191).optional(),
  actor: z.string().max(255).optional(),
  source: z.string().max(64).optional(),
  change: z.enum(['created', 'updated', 'deleted', 'discovered']).optional(),
  limit: limitOf(100),
  after: cursor,
};
type Filters = z.output<z.ZodObject<typeof filters>>;

/** The newest of everything are found at once. */
const isLong = ({ limit: _, ...chosen }: Filters): boolean =>
  Object.values(chosen).some((value) => value !== undefined);

const historyAnswer = pageOf(anyObject, { gaps: z.array(anyObject) });

/** Resources by name or domain; an id belongs to one of them. @throws RESOURCE_UNKNOWN, HISTORY_NONE, QUERY_INVALID */
function resourcesFor(name: string | undefined, id: string | undefined): readonly Resource[] {
  const found = trackedResources(name);
  if (id !== undefined && found.length !== 1)
    throw new HoldfastError(
      'QUERY_INVALID',
      `an id belongs to one resource, not to ${name ?? 'all of them'}`,
    );
  return found;
}

async function historyPage(
  store: Store,
  resources: readonly Resource[],
  id: string | undefined,
  query: Filters,
) {
  const key = id === undefined ? undefined : await findKey(store, resources[0]!, id);
  const page = await listHistory(store, { ...query, resources, key });
  const gaps = await gapsOf(store, resources, query.from ?? 0, query.to ?? now());
  return { items: page.items.map(historyItemJson), next: page.next, gaps: gaps.map(gapJson) };
}

export const historyRoutes: readonly Route[] = [
  route({
    ...{ method: 'GET', path: '/history', role: 'viewer' },
    summary: 'What changed, when, by whom and why, newest first',
    query: z.strictObject({
      resource: z.string().max(64).optional(),
      id: z.string().max(2_000).optional(),
      ...filters,
    }),
    answer: historyAnswer,
    long: isLong,
    handle: ({ store, query: { resource, id, ...query } }) =>
      historyPage(store, resourcesFor(resource, id), id, query),
  }),
  route({
    ...{ method: 'GET', path: '/resources/:resource/:id/history', role: 'viewer' },
    summary: 'What changed of one record',
    query: z.strictObject(filters),
    answer: historyAnswer,
    long: isLong,
    handle: ({ store, params, query }) =>
      historyPage(store, resourcesFor(params.resource, params.id), params.id, query),
  }),
  route({
    ...{ method: 'GET', path: '/diff', role: 'viewer' },
    summary: 'What is different between two moments',
    query: z.strictObject({
      resource: z.string().max(64).optional(),
      id: z.string().max(2_000).optional(),
      from: moment,
      to: moment.optional(),
      limit: limitOf(100),
      after: cursor,
    }),
    answer: pageOf(anyObject, { from: z.string(), to: z.string(), gaps: z.array(anyObject) }),
    long: () => true,
    async handle({ store, query }) {
      const { resource, id, from, to = now(), limit, after } = query;
      const resources = resourcesFor(resource, id);
      const key = id === undefined ? undefined : await findKey(store, resources[0]!, id);
      const page = await listDiff(store, { resources, key, from, to, limit, after });
      const gaps = (await gapsOf(store, resources, from, to)).map(gapJson);
      return {
        from: formatInstant(from),
        to: formatInstant(to),
        items: page.items.map(diffItemJson),
        next: page.next,
        gaps,
      };
    },
  }),
  route({
    ...{ method: 'POST', path: '/undo', role: 'operator', status: 201 },
    summary: 'A plan that takes changes back: of a sweep, of a request, or the last one of a record',
    body: z.strictObject({
      run: uuidText.optional(),
      request: z.string().min(1).max(191).optional(),
      resource: z.string().max(64).optional(),
      id: z.string().max(2_000).optional(),
    }),
    answer: z.object({ plan: anyObject, effects: anyObject, gates: z.array(anyObject) }),
    audit: ['plan', 'undo'],
    async handle({ store, server, body, actor, signal, audit }) {
      const resources = trackedResources(undefined);
      const plan = makePlan(await undoDraft(store, resources, await targetOf(store, body)));
      const options = {
        store,
        kind: undoKind(resources),
        plan,
        actor,
        intents: server.place.intents,
        signal,
      };
      const consent = giveConsent(plan, { by: actor.name, via: actor.via });
      // Gates first: nobody should agree to what is refused anyway.
      const tried = await applyPlan({ ...options, consent, dryRun: true });
      const id = await storePlan(store, plan as never, { requestedBy: actor.name });
      audit({ entityId: id, details: { title: plan.title } });
      return {
        plan: planJson((await requirePlan(store, id)).record),
        effects: tried.effects,
        gates: tried.gates,
      };
    },
  }),
];

/** Exactly one of the three. @throws REQUEST_INVALID, RECORD_NOT_FOUND, HISTORY_NONE */
async function targetOf(
  store: Store,
  {
    run,
    request,
    resource,
    id,
  }: Readonly<Partial<Record<'run' | 'request' | 'resource' | 'id', string | undefined>>>,
): Promise<UndoTarget> {
  const ways = [run, request, resource ?? id].filter((each) => each !== undefined);
  if (ways.length !== 1 || (resource === undefined) !== (id === undefined))
    throw new HoldfastError('REQUEST_INVALID', 'body: it takes resource and id, or run, or request');
  if (run !== undefined) return { run };
  if (request !== undefined) return { request };
  const [found] = resourcesFor(resource, id);
  if (found!.name !== resource)
    throw new HoldfastError('REQUEST_INVALID', `body.resource: ${resource} is a domain`);
  const key = await findKey(store, found!, id!);
  const plain = Object.entries(key).map(([name, value]) => [
    name,
    typeof value === 'bigint' ? String(value) : value,
  ]);
  return { resource: resource!, id: id!, key: Object.fromEntries(plain) as never };
}

/** Applies the plan of an undo. */
export async function applyUndo(
  { store, server, actor, signal, request }: Call,
  id: string,
  consentedHash: string,
) {
  const { consentToPlan } = await import('@holdfast/core/plan');
  const { plan } = await requirePlan(store, id);
  const resources = trackedResources(undefined);
  const consent = await consentToPlan(store, id, consentedHash, { by: actor.name, via: actor.via });
  const result = await store.as({ via: 'undo', reason: plan.title }, () =>
    applyPlan({
      ...{ store, kind: undoKind(resources), plan: plan as never, id, consent, actor },
      ...{ intents: server.place.intents, signal },
    }),
  );
  const { record } = await requirePlan(store, id);
  return { plan: planJson(record), effects: result.effects, request: String(request.id) };
}
