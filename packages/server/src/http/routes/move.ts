// The move of the served database to another engine, or another place: tried first, then agreed to as a plan.

import { z } from 'zod';
import { sealParam } from '../../shapes/sealed.ts';
import { queueJob } from '../queue-job.ts';
import { jobAnswer } from '../request-parts.ts';
import { type Route, route } from '../route.ts';
import { targetUrl } from '../target-url.ts';

export const moveRoutes: readonly Route[] = [
  route({
    ...{ method: 'POST', path: '/move', role: 'admin', status: 202, answer: jobAnswer },
    summary: 'Try to move the served database, and plan it; the server follows once the plan is agreed to',
    body: z.strictObject({
      to: z.string().max(2_000),
      lossy: z.enum(['refuse', 'nearest']).default('refuse'),
      freezeMs: z.int().min(100).max(60_000).default(2_000),
    }),
    audit: ['move', 'database'],
    async handle({ server, store, reply, actor, body, audit }) {
      const { to, ...rest } = body;
      const url = targetUrl(to, server.place);
      audit({ details: rest });
      const given = { ...rest, to: await sealParam(store, url), by: actor.name };
      return { job: await queueJob(server, reply, actor, 'move', given) };
    },
  }),
];
