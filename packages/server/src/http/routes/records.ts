// Changes of records: one by one, and in bulk.

import { HoldfastError, isHoldfastError, type Repositories, type Resource } from '@holdfast/core';
import type { Actor } from '@holdfast/core/system';
import { z } from 'zod';
import { requireResource } from '../../cli/domains.ts';
import { type Changed, createRecord, deleteRecord, patchRecord, putRecord } from '../change-record.ts';
import { pageOf } from '../request-parts.ts';
import { type Call, type Route, route } from '../route.ts';
import { shownRecord } from './resources.ts';

const values = z.record(z.string(), z.unknown());
const record = z.looseObject({ resource: z.string(), id: z.string() });

const operation = z.strictObject({
  op: z.enum(['create', 'update', 'delete']),
  id: z.string().max(2_000).optional(),
  ifMatch: z.string().max(200).optional(),
  values: values.optional(),
});
type Operation = z.output<typeof operation>;

const header = ({ request }: Call, name: 'if-match' | 'if-none-match'): string | undefined => {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
};

async function answer({ store, reply }: Call, resource: Resource, { id, etag, made }: Changed) {
  if (etag !== undefined) reply.header('etag', etag);
  if (made)
    reply.code(201).header('location', `/api/v1/resources/${resource.name}/${encodeURIComponent(id)}`);
  return (await shownRecord(store, resource, id)).record;
}

export const recordRoutes: readonly Route[] = [
  route({
    ...{ method: 'POST', path: '/resources/:resource', role: 'operator', status: 201 },
    ...{ summary: 'Make a record', body: values, answer: record },
    async handle(call) {
      const { store, params, body, actor } = call;
      const resource = requireResource(params.resource);
      const changed = await store.transaction((transaction) =>
        createRecord(transaction, resource, actor, body),
      );
      return answer(call as Call, resource, changed);
    },
  }),
  route({
    ...{ method: 'PUT', path: '/resources/:resource/:id', role: 'operator' },
    ...{
      summary: 'Put a whole record in the place of one (If-Match), or make it (If-None-Match: *)',
      body: values,
      answer: record,
    },
    async handle(call) {
      const { store, params, body, actor } = call;
      const resource = requireResource(params.resource);
      const match = header(call as Call, 'if-none-match') === '*' ? 'new' : header(call as Call, 'if-match');
      const changed = await store.transaction((transaction) =>
        putRecord(transaction, resource, actor, { id: params.id, body, match }),
      );
      return answer(call as Call, resource, changed);
    },
  }),
  route({
    ...{ method: 'PATCH', path: '/resources/:resource/:id', role: 'operator' },
    ...{ summary: 'Change some properties of a record (If-Match)', body: values, answer: record },
    async handle(call) {
      const { store, params, body, actor } = call;
      const resource = requireResource(params.resource);
      const match = header(call as Call, 'if-match');
      const changed = await store.transaction((transaction) =>
        patchRecord(transaction, resource, actor, { id: params.id, body, match }),
      );
      return answer(call as Call, resource, changed);
    },
  }),
  route({
    ...{ method: 'DELETE', path: '/resources/:resource/:id', role: 'operator', status: 204 },
    summary: 'Delete a record (If-Match)',
    async handle(call) {
      const { store, params, actor } = call;
      const resource = requireResource(params.resource);
      const match = header(call as Call, 'if-match');
      await store.transaction((transaction) =>
        deleteRecord(transaction, resource, actor, { id: params.id, match }),
      );
    },
  }),
  route({
    ...{ method: 'POST', path: '/resources/:resource/bulk', role: 'operator', bodyLimit: 16 * 1_048_576 },
    summary: 'Several changes of records: all or none, or each by itself',
    body: z.strictObject({
      operations: z.array(operation).min(1).max(1_000),
      atomic: z.boolean().default(true),
    }),
    answer: pageOf(z.looseObject({ op: z.string(), ok: z.boolean() }))
      .omit({ next: true })
      .extend({ done: z.number(), failed: z.number() }),
    async handle({ store, params, body, actor }) {
      const resource = requireResource(params.resource);
      const { operations, atomic } = body;
      const items = atomic
        ? await store.transaction(async (transaction) => {
            const done: Done[] = [];
            for (const [index, each] of operations.entries())
              done.push(
                await perform(transaction, resource, actor, each).catch((error) => refuse(error, index)),
              );
            return done;
          })
        : await eachByItself(operations, (each) =>
            store.transaction((transaction) => perform(transaction, resource, actor, each)),
          );
      const failed = items.filter(({ ok }) => !ok).length;
      return { items, done: items.length - failed, failed };
    },
  }),
];

interface Done {
  readonly op: string;
  readonly id: string | undefined;
  readonly ok: boolean;
  readonly etag?: string | undefined;
  readonly error?: unknown;
}

async function perform(
  repositories: Repositories,
  resource: Resource,
  actor: Actor,
  given: Operation,
): Promise<Done> {
  const { op, id, ifMatch: match, values: body = {} } = given;
  if (op === 'create') {
    const changed = await createRecord(repositories, resource, actor, body);
    return { op, id: changed.id, ok: true, etag: changed.etag };
  }
  if (id === undefined) throw new HoldfastError('REQUEST_INVALID', `body.operations: ${op} takes an id`);
  const work = op === 'update' ? patchRecord : deleteRecord;
  const changed = await work(repositories, resource, actor, { id, body, match });
  return { op, id, ok: true, ...(changed.etag === undefined ? {} : { etag: changed.etag }) };
}

async function eachByItself(
  operations: readonly Operation[],
  work: (each: Operation) => Promise<Done>,
): Promise<Done[]> {
  const items: Done[] = [];
  for (const each of operations)
    items.push(
      await work(each).catch((error): Done => {
        if (!isHoldfastError(error)) throw error;
        return { op: each.op, id: each.id, ok: false, error: error.toJSON() };
      }),
    );
  return items;
}

/** The refusal of all, which names the one that it is for. */
function refuse(error: unknown, index: number): never {
  if (!isHoldfastError(error)) throw error;
  const { code, message, hint, details } = error;
  throw new HoldfastError(code, `operation ${index + 1}: ${message}`, {
    hint,
    details: { ...details, operation: index },
    cause: error,
  });
}
