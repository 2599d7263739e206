// The server itself: is it up, is it ready, how is its database, who follows.

import { statfs } from 'node:fs/promises';
import { formatInstant, HoldfastError, version } from '@holdfast/core';
import { leaseHolder } from '@holdfast/core/job';
import { leases } from '@holdfast/core/system';
import { z } from 'zod';
import { domains } from '../../cli/domains.ts';
import { authenticate } from '../authenticate.ts';
import { connectionJson } from '../events/connections.ts';
import { metricsText } from '../metrics.ts';
import { mayAct } from '../principal.ts';
import { queueJob } from '../queue-job.ts';
import { anyObject, jobAnswer, pageOf } from '../request-parts.ts';
import { type Route, route } from '../route.ts';

/** A scheduler that has not looked for so long hangs. */
const hangingMs = 60_000;

export const systemRoutes: readonly Route[] = [
  route({
    ...{ method: 'GET', path: '//health', role: null, summary: 'The process answers' },
    answer: z.object({ ok: z.literal(true), version: z.string() }),
    handle: async () => ({ ok: true, version }),
  }),
  route({
    ...{
      method: 'GET',
      path: '//ready',
      role: null,
      summary: 'The database answers and jobs are looked after',
    },
    answer: z.object({ ready: z.boolean(), checks: anyObject }),
    async handle({ server, store, reply }) {
      const database = await store
        .repository(leases)
        .count()
        .then(
          () => 'ok',
          (error: Error) => error.message,
        );
      const turn = server.lastTurn();
      const scheduler = turn === undefined || performance.now() - turn > hangingMs ? 'late' : 'ok';
      const ready = database === 'ok' && scheduler === 'ok';
      if (!ready) reply.code(503);
      const setup = database === 'ok' && (await server.setup.needed()) ? 'needed' : 'done';
      // Where the database is stays inside.
      const checks = { database: database === 'ok' ? 'ok' : 'failing' };
      // Without it others are told later, by the database: no reason to send nobody here.
      const redis = server.fanout === undefined ? {} : { redis: server.fanout.state };
      return { ready, checks: { ...checks, scheduler, setup, ...redis } };
    },
  }),
  route({
    ...{ method: 'GET', path: '//metrics', role: null, summary: 'What Prometheus reads' },
    async handle({ server, request, reply }) {
      const principal = await authenticate(server, request);
      const scoped = principal.session.scopes?.includes('metrics') === true;
      if (!scoped && !mayAct(principal.role, 'viewer'))
        throw new HoldfastError('ROLE_TOO_LOW', 'this takes the scope metrics', {
          details: { needs: 'metrics' },
        });
      reply.header('content-type', 'text/plain; version=0.0.4; charset=utf-8');
      return metricsText(server);
    },
  }),
  route({
    ...{
      method: 'GET',
      path: '/db/stats',
      role: 'viewer',
      summary: 'Sizes, settings in force, rows by table',
      answer: anyObject,
    },
    handle: ({ store }) => store.stats(),
  }),
  route({
    ...{ method: 'POST', path: '/db/check', role: 'operator', status: 202, answer: jobAnswer },
    ...{ summary: 'Is the data sound: pages, references, values', audit: ['check', 'database'] },
    handle: async ({ server, reply, actor }) => ({
      job: await queueJob(server, reply, actor, 'db-check', { what: 'check', by: actor.name }),
    }),
  }),
  route({
    ...{ method: 'POST', path: '/doctor', role: 'operator', status: 202, answer: jobAnswer },
    ...{ summary: 'Is the schema as declared, are settings as needed', audit: ['doctor', 'database'] },
    handle: async ({ server, reply, actor }) => ({
      job: await queueJob(server, reply, actor, 'doctor', { what: 'doctor', by: actor.name }),
    }),
  }),
  route({
    ...{ method: 'GET', path: '/connections', role: 'operator', summary: 'Who follows events' },
    answer: pageOf(anyObject, { viewers: z.number(), controllers: z.number() }),
    handle: async ({ server: { connections } }) => ({
      items: connections.all.map(connectionJson),
      ...{ viewers: connections.count('viewer'), controllers: connections.count('controller'), next: null },
    }),
  }),
  route({
    ...{
      method: 'GET',
      path: '/server',
      role: 'viewer',
      summary: 'This server and the others of its database',
      answer: anyObject,
    },
    async handle({ server, store }) {
      const disk = await statfs(server.data).catch(() => undefined);
      return {
        ...{ version, engine: store.engine.name, location: store.engine.location },
        startedAt: formatInstant(server.startedAt),
        scheduler: (await leaseHolder(store, 'scheduler')) ?? null,
        domains: domains.map(({ name }) => name),
        disk:
          disk === undefined
            ? null
            : { freeBytes: disk.bavail * disk.bsize, totalBytes: disk.blocks * disk.bsize },
      };
    },
  }),
];
