// Long work that a request asks for: stored as a job, which this server or another takes up.

import { createJob, jobPace, requireJob } from '@holdfast/core/job';
import type { Actor } from '@holdfast/core/system';
import type { FastifyReply } from 'fastify';
import { jobJson } from '../shapes/jobs.ts';
import type { ServerContext } from './server-context.ts';

/** Answers 202 with where it can be looked at. */
export async function queueJob(
  server: ServerContext,
  reply: FastifyReply,
  actor: Actor,
  kind: string,
  params: Record<string, unknown>,
) {
  const { store } = server;
  const given = Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined));
  const id = await createJob(store, { kind, params: { ...given, restarts: 0 }, requestedBy: actor.name });
  server.wake();
  reply.code(202).header('location', `/api/v1/jobs/${id}`);
  const job = await requireJob(store, id);
  return jobJson(job, await jobPace(store, job));
}
