// Long work, and when it is done by itself.

import { HoldfastError } from '@holdfast/core';
import {
  cancelJob,
  jobLog,
  jobPace,
  listSchedules,
  putSchedule,
  removeSchedule,
  requireJob,
  requireKind,
  requireSchedule,
  runScheduleNow,
} from '@holdfast/core/job';
import { jobs } from '@holdfast/core/system';
import { z } from 'zod';
import { offeredKinds } from '../../cli/job-kinds.ts';
import { jobJson, jobLineJson, scheduleJson } from '../../shapes/jobs.ts';
import { requireRole } from '../principal.ts';
import { queueJob } from '../queue-job.ts';
import { anyObject, jobAnswer, limitOf, name, pageOf, paging } from '../request-parts.ts';
import { type Call, type Route, route } from '../route.ts';

const states = ['queued', 'running', 'done', 'failed', 'cancelled', 'interrupted'] as const;
const params = z.record(z.string(), z.unknown());

/** @throws JOB_KIND_UNKNOWN, ROLE_TOO_LOW, REQUEST_INVALID for one that is asked for in its own way */
function requireOffered({ principal }: Pick<Call, 'principal'>, kind: string): void {
  requireKind(
    offeredKinds.map((each) => each.kind),
    kind,
  );
  const offered = offeredKinds.find((each) => each.kind.kind === kind)!;
  requireRole(principal, offered.role ?? 'operator');
  if (offered.ownRoute !== undefined)
    throw new HoldfastError('REQUEST_INVALID', `body.kind: ${kind} is asked for by POST ${offered.ownRoute}`);
}

export const jobRoutes: readonly Route[] = [
  route({
    ...{ method: 'GET', path: '/jobs', role: 'viewer' },
    summary: 'Jobs, newest first',
    query: z.strictObject({
      state: z.enum(states).optional(),
      kind: z.string().max(64).optional(),
      ...paging(50),
    }),
    answer: pageOf(anyObject),
    async handle({ store, query: { state, kind, ...page } }) {
      const where = { ...(state === undefined ? {} : { state }), ...(kind === undefined ? {} : { kind }) };
      const { items, next } = await store
        .repository(jobs)
        .list({ where, orderBy: [['createdAt', 'desc']], ...page });
      return {
        items: await Promise.all(items.map(async (job) => jobJson(job, await jobPace(store, job)))),
        next,
      };
    },
  }),
  route({
    ...{ method: 'GET', path: '/jobs/kinds', role: 'viewer' },
    summary: 'The kinds of jobs there are',
    answer: pageOf(anyObject),
    handle: async () => ({
      items: offeredKinds.map(({ kind, summary, role = 'operator', ownRoute = null }) => ({
        ...{ kind: kind.kind, summary, role, ownRoute },
      })),
      next: null,
    }),
  }),
  route({
    ...{ method: 'POST', path: '/jobs', role: 'operator', status: 202 },
    summary: 'Ask for a job',
    body: z.strictObject({ kind: name, params: params.default({}) }),
    answer: jobAnswer,
    audit: ['run', 'job'],
    async handle(call) {
      const { server, reply, actor, body, audit } = call;
      requireOffered(call, body.kind);
      const job = await queueJob(server, reply, actor, body.kind, body.params);
      audit({ entityId: job.id, details: { kind: body.kind } });
      return { job };
    },
  }),
  route({
    ...{ method: 'GET', path: '/jobs/:id', role: 'viewer' },
    summary: 'One job with its newest log lines',
    query: z.strictObject({ log: limitOf(20) }),
    answer: anyObject,
    async handle({ store, params: { id }, query }) {
      const job = await requireJob(store, id);
      const log = await jobLog(store, id, query.log);
      return { ...jobJson(job, await jobPace(store, job)), log: log.map(jobLineJson) };
    },
  }),
  route({
    ...{ method: 'GET', path: '/jobs/:id/log', role: 'viewer' },
    summary: 'The newest log lines of a job',
    query: z.strictObject({ limit: limitOf(100) }),
    answer: pageOf(anyObject),
    async handle({ store, params: { id }, query }) {
      await requireJob(store, id);
      return { items: (await jobLog(store, id, query.limit)).map(jobLineJson), next: null };
    },
  }),
  route({
    ...{ method: 'POST', path: '/jobs/:id/cancel', role: 'operator' },
    summary: 'End a job that waits, tell one that runs to stop',
    answer: anyObject,
    audit: ['cancel', 'job'],
    async handle({ store, params: { id } }) {
      const { state } = await requireJob(store, id);
      if (!(await cancelJob(store, id)))
        throw new HoldfastError('JOB_OVER', `the job ${id} is over: ${state}`);
      return { id, state: (await requireJob(store, id)).state, cancelRequested: true };
    },
  }),
  route({
    ...{ method: 'GET', path: '/schedules', role: 'viewer' },
    summary: 'What is done by itself, and when next',
    answer: pageOf(anyObject),
    handle: async ({ store }) => ({ items: (await listSchedules(store)).map(scheduleJson), next: null }),
  }),
  route({
    ...{ method: 'PUT', path: '/schedules/:name', role: 'operator' },
    summary: 'A new schedule, or another time for one',
    body: z.strictObject({
      kind: name,
      cron: z.string().min(1).max(255),
      timeZone: z.string().max(64).default('UTC'),
      params: params.optional(),
      enabled: z.boolean().default(true),
      jitterMs: z.number().int().min(0).max(86_400_000).default(0),
    }),
    answer: anyObject,
    audit: ['set', 'schedule'],
    async handle(call) {
      const { store, params: path, body, audit } = call;
      requireOffered(call as unknown as Call, body.kind);
      refuseDeclared(path.name);
      if (!/^[^/\s]{1,64}$/.test(path.name))
        throw new HoldfastError(
          'REQUEST_INVALID',
          'the name of a schedule has 1 to 64 characters, no spaces, no slash',
        );
      const before = (await listSchedules(store)).find((each) => each.name === path.name);
      if (before !== undefined && before.kind !== body.kind)
        throw new HoldfastError('CONFLICT', `${path.name} is a schedule of ${before.kind}`, {
          hint: 'Choose another name',
        });
      const { params: given, ...schedule } = body;
      // A run of drift tells which schedule asked for it.
      const own = body.kind === 'drift' ? { ...given, schedule: path.name } : given;
      await putSchedule(store, {
        ...schedule,
        name: path.name,
        ...(own === undefined ? {} : { params: own }),
      });
      const made = scheduleJson(await requireSchedule(store, path.name));
      audit({ ...(before === undefined ? {} : { before: scheduleJson(before) }), after: made });
      return made;
    },
  }),
  route({
    ...{ method: 'DELETE', path: '/schedules/:name', role: 'operator' },
    summary: 'Remove a schedule; its jobs stay',
    answer: anyObject,
    audit: ['delete', 'schedule'],
    async handle({ store, params: path }) {
      await requireSchedule(store, path.name);
      refuseDeclared(path.name);
      await removeSchedule(store, path.name);
      return { removed: path.name };
    },
  }),
  route({
    ...{ method: 'POST', path: '/schedules/:name/run', role: 'operator', status: 202 },
    summary: 'Run a schedule now; its next run stays',
    answer: jobAnswer,
    audit: ['run', 'schedule'],
    async handle({ server, store, params: path, reply }) {
      const id = await runScheduleNow(store, path.name);
      server.wake();
      reply.header('location', `/api/v1/jobs/${id}`);
      const job = await requireJob(store, id);
      return { job: jobJson(job, await jobPace(store, job)) };
    },
  }),
];

/** Those with a slash come from a table of their domain. */
function refuseDeclared(schedule: string): void {
  if (schedule.includes('/'))
    throw new HoldfastError('CONFLICT', `${schedule} is declared in a table of its domain`, {
      hint: 'Change or delete it there',
    });
}
