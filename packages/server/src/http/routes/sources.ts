// Sources, their sweeps, and how far things stand.

import { formatInstant, HoldfastError, type Store } from '@holdfast/core';
import { parsePolicy, readPolicy } from '@holdfast/core/sync';
import {
  addSource,
  appendAudit,
  countRecords,
  credentialsOf,
  plans,
  removeSource,
  requireConnection,
  requireSource,
  runScopes,
  runs,
  type SourceRecord,
  sources,
} from '@holdfast/core/system';
import { z } from 'zod';
import { collectors } from '../../cli/domains.ts';
import { optionalInstant } from '../../shapes/instants.ts';
import { readStatus } from '../../shapes/status.ts';
import { confirmOf, requireConfirm } from '../confirm.ts';
import { readOverview, sourceHealth } from '../overview.ts';
import { queueJob } from '../queue-job.ts';
import { anyObject, jobAnswer, name, pageOf, paging, uuidText } from '../request-parts.ts';
import { type Route, route } from '../route.ts';
import { requireSourceKind, sourceKinds } from '../source-options.ts';

async function shownSources(store: Store, only?: string) {
  const open = await store.repository(plans).list({ where: { kind: 'sweep', state: 'open' }, limit: 1_000 });
  const held = (source: string): string[] =>
    open.items
      .filter(({ plan }) => (plan as { subject?: { source?: string } }).subject?.source === source)
      .map(({ id }) => id);
  const health = await sourceHealth(store);
  return health
    .filter(({ source }) => only === undefined || source.name === only)
    .map(({ source, last, failing }) => ({
      ...{ name: source.name, domain: source.domain, settings: source.settings, enabled: source.enabled },
      createdAt: formatInstant(source.createdAt),
      lastRun: last === undefined ? null : { ...last.run, startedAt: formatInstant(last.run.startedAt) },
      ...{ incomplete: last?.incomplete ?? [], held: held(source.name), failing },
    }));
}

async function test(source: SourceRecord, signal: AbortSignal) {
  const collector = collectors.find(({ domain }) => domain === source.domain);
  if (collector === undefined)
    throw new HoldfastError('SETTING_INVALID', `nothing here reads sources of the domain ${source.domain}`);
  return collector.test({ source, credentials: credentialsOf(source), signal });
}

/** A source that is stored nowhere, as a collector is given one. */
function draftOf(domain: string, draftName: string, options: unknown) {
  const parsed = requireSourceKind(domain).parse(options);
  const sealed = { reveal: () => JSON.stringify(parsed.credentials) };
  const at = Date.now() * 1000;
  const record = { name: draftName, domain, settings: parsed.settings, credentials: sealed, enabled: true };
  return { parsed, record: { ...record, createdAt: at, updatedAt: at } as unknown as SourceRecord };
}

async function policyJson(store: Store, sourceName: string) {
  const source = await requireConnection(store, sourceName);
  const collector = collectors.find(({ domain }) => domain === source.domain);
  return {
    source: sourceName,
    set: source.settings['sweep'] ?? {},
    policy: await readPolicy(store, source, collector ?? {}),
  };
}

const options = z.record(z.string(), z.unknown());

export const sourceRoutes: readonly Route[] = [
  route({
    ...{ method: 'GET', path: '/sources', role: 'viewer' },
    summary: 'The connections, without their credentials, and how they are',
    answer: pageOf(anyObject),
    handle: async ({ store }) => ({ items: await shownSources(store), next: null }),
  }),
  route({
    ...{ method: 'GET', path: '/sources/kinds', role: 'viewer' },
    summary: 'What can be connected, and what that takes',
    answer: pageOf(anyObject),
    handle: async () => ({ items: sourceKinds.map(({ parse: _, ...kind }) => kind), next: null }),
  }),
  route({
    ...{ method: 'POST', path: '/sources', role: 'admin', status: 201 },
    summary: 'Connect a system',
    body: z.strictObject({
      ...{ domain: name, name, options },
      enabled: z.boolean().default(true),
      test: z.boolean().default(false),
    }),
    answer: anyObject,
    audit: ['create', 'source'],
    async handle({ store, body, signal, audit, reply }) {
      const { parsed, record } = draftOf(body.domain, body.name, body.options);
      if (body.test) await test(record, signal);
      const { domain, name: sourceName, enabled } = body;
      await addSource(store, { ...parsed, domain, name: sourceName, enabled });
      audit({ entityId: sourceName, after: { domain, settings: parsed.settings, enabled } });
      reply.header('location', `/api/v1/sources/${encodeURIComponent(sourceName)}`);
      return (await shownSources(store, sourceName))[0];
    },
  }),
  route({
    ...{ method: 'POST', path: '/sources/test', role: 'admin' },
    summary: 'Sign in to a system that is not stored, and ask one question',
    body: z.strictObject({ domain: name, name: name.default('test'), options }),
    answer: anyObject,
    audit: ['test', 'source'],
    async handle({ body, signal, audit }) {
      const { record } = draftOf(body.domain, body.name, body.options);
      const found = await test(record, signal);
      audit({ details: { domain: body.domain } });
      return { ok: true, domain: body.domain, found };
    },
  }),
  route({
    ...{ method: 'GET', path: '/sources/:name', role: 'viewer' },
    summary: 'One connection',
    answer: anyObject,
    async handle({ store, params }) {
      await requireConnection(store, params.name);
      return (await shownSources(store, params.name))[0];
    },
  }),
  route({
    ...{ method: 'PATCH', path: '/sources/:name', role: 'admin' },
    summary: 'Give a connection other options, or turn it on or off',
    body: z.strictObject({ enabled: z.boolean().optional(), options: options.optional() }),
    answer: anyObject,
    async handle({ store, params, body, actor }) {
      const before = await requireConnection(store, params.name);
      const parsed =
        body.options === undefined ? undefined : requireSourceKind(before.domain).parse(body.options);
      const policy = before.settings['sweep'];
      const patch = {
        ...(body.enabled === undefined ? {} : { enabled: body.enabled }),
        ...(parsed === undefined
          ? {}
          : {
              settings: { ...parsed.settings, ...(policy === undefined ? {} : { sweep: policy }) },
              credentials: JSON.stringify(parsed.credentials),
            }),
      };
      await store.transaction(async (transaction) => {
        await transaction.repository(sources).update({ name: params.name }, patch);
        const shown = ({ settings, enabled }: { settings?: unknown; enabled?: boolean }) => ({
          settings,
          enabled,
        });
        const after = shown({ ...before, ...patch });
        const entry = {
          action: 'update',
          entity: 'source',
          entityId: params.name,
          before: shown(before),
          after,
        };
        await appendAudit(transaction, actor, entry);
      });
      return (await shownSources(store, params.name))[0];
    },
  }),
  route({
    ...{ method: 'POST', path: '/sources/:name/test', role: 'operator' },
    summary: 'Sign in and ask one question',
    answer: anyObject,
    audit: ['test', 'source'],
    async handle({ store, params, signal }) {
      const source = await requireSource(store, params.name);
      return { ok: true, source: source.name, domain: source.domain, found: await test(source, signal) };
    },
  }),
  route({
    ...{ method: 'GET', path: '/sources/:name/policy', role: 'viewer' },
    summary: 'When a record of it counts as gone, and how much one sweep may do unasked',
    answer: anyObject,
    handle: ({ store, params }) => policyJson(store, params.name),
  }),
  route({
    ...{ method: 'PUT', path: '/sources/:name/policy', role: 'admin' },
    ...{
      summary: 'Set that policy; what is left out is as for all sources',
      body: options,
      answer: anyObject,
    },
    async handle({ store, params, body, actor }) {
      const policy = parsePolicy(body, 'the policy');
      const { settings } = await requireConnection(store, params.name);
      const { sweep: before = {}, ...rest } = settings;
      const after = Object.keys(policy).length === 0 ? rest : { ...rest, sweep: policy };
      await store.transaction(async (transaction) => {
        await transaction.repository(sources).update({ name: params.name }, { settings: after });
        const entry = {
          action: 'update',
          entity: 'source.policy',
          entityId: params.name,
          before,
          after: policy,
        };
        await appendAudit(transaction, actor, entry);
      });
      return policyJson(store, params.name);
    },
  }),
  route({
    ...{ method: 'DELETE', path: '/sources/:name', role: 'admin' },
    summary: 'Remove a connection and every record it confirmed',
    query: z.strictObject({ confirm: z.string().max(64).optional() }),
    answer: anyObject,
    audit: ['delete', 'source'],
    async handle({ store, params, query, audit }) {
      const tables = await countRecords(store, params.name);
      const records = Object.values(tables).reduce((sum, count) => sum + count, 0);
      const effect = `Removing ${params.name} deletes its ${records} records`;
      const some = Object.fromEntries(Object.entries(tables).filter(([, count]) => count > 0));
      requireConfirm(query.confirm, confirmOf('source', params.name, some), effect, {
        records,
        tables: some,
      });
      const removed = await removeSource(store, params.name);
      audit({ details: { records: removed } });
      return { removed: params.name, records: removed };
    },
  }),
  route({
    ...{ method: 'POST', path: '/sync', role: 'operator', status: 202 },
    summary: 'Read sources and store what changed',
    body: z.strictObject({ sources: z.array(name).max(1_000).optional() }),
    answer: jobAnswer,
    audit: ['run', 'sync'],
    async handle({ server, store, reply, actor, body }) {
      for (const each of body.sources ?? []) await requireConnection(store, each);
      return { job: await queueJob(server, reply, actor, 'sync', { ...body }) };
    },
  }),
  route({
    ...{ method: 'GET', path: '/runs', role: 'viewer' },
    summary: 'Sweeps, newest first',
    query: z.strictObject(paging()),
    answer: pageOf(anyObject),
    async handle({ store, query }) {
      const page = await store.repository(runs).list({ orderBy: [['id', 'desc']], ...query });
      return { items: page.items.map(runJson), next: page.next };
    },
  }),
  route({
    ...{ method: 'GET', path: '/runs/:id', role: 'viewer' },
    summary: 'One sweep, scope by scope',
    answer: anyObject,
    async handle({ store, params }) {
      const known = uuidText.safeParse(params.id).success;
      const run = known ? await store.repository(runs).get({ id: params.id }) : undefined;
      if (run === undefined) throw new HoldfastError('RECORD_NOT_FOUND', `there is no sweep ${params.id}`);
      const { items } = await store.repository(runScopes).list({ where: { runId: run.id }, limit: 10_000 });
      return { ...runJson(run), scopes: items.map(({ runId: _, ...scope }) => scope) };
    },
  }),
  route({
    ...{ method: 'GET', path: '/status', role: 'viewer' },
    summary: 'Sources with their last sweep, resources with their counts',
    answer: anyObject,
    handle: async ({ store }) => ({ database: store.engine.location, ...(await readStatus(store)) }),
  }),
  route({
    ...{ method: 'GET', path: '/overview', role: 'viewer' },
    summary: 'What the first page shows',
    answer: anyObject,
    handle: ({ store }) => readOverview(store),
  }),
];

const runJson = ({
  id,
  startedAt,
  finishedAt,
  outcome,
}: {
  id: string;
  startedAt: number;
  finishedAt: number | null;
  outcome: string;
}) => ({
  ...{ id, startedAt: formatInstant(startedAt), finishedAt: optionalInstant(finishedAt), outcome },
});
