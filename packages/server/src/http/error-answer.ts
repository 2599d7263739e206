// Every failure as the one shape: code, message, hint. What is no error of the table is a bug, told without its stack.

import { HoldfastError, isHoldfastError } from '@holdfast/core';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';

/** @throws REQUEST_INVALID naming each part that does not fit */
export function parsePart<S extends z.ZodType>(schema: S, value: unknown, part: string): z.output<S> {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const issues = read.error.issues.slice(0, 20).map(({ path, message, ...issue }) => ({
    path: [part, ...path.map(String)].join('.'),
    message: 'keys' in issue ? `there is no ${(issue.keys as string[]).join(', ').slice(0, 200)}` : message,
  }));
  const [first] = issues;
  throw new HoldfastError('REQUEST_INVALID', `${first!.path}: ${first!.message}`, { details: { issues } });
}

/** What the framework refuses, in our words. */
function known(error: unknown): HoldfastError | undefined {
  if (isHoldfastError(error)) return error;
  const { code = '', statusCode = 500, message } = error as FastifyError;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new HoldfastError('BODY_TOO_LARGE', 'the body is larger than this route takes');
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return new HoldfastError('BODY_KIND', 'the body is not of the kind that this route takes');
  if (statusCode >= 400 && statusCode < 500) return new HoldfastError('REQUEST_INVALID', message);
  return undefined;
}

export const errorBody = (error: HoldfastError) => ({ error: error.toJSON() });

export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const ours = known(error);
  if (ours === undefined) {
    request.log.error({ err: error }, 'a bug');
    const told = {
      code: 'BUG',
      message: 'this is a bug',
      hint: `Report it with the log line of ${request.id}`,
    };
    reply.code(500).send({ error: told });
    return;
  }
  const { status, code, details } = ours;
  if (status >= 500) request.log.warn({ code, reason: ours.message }, 'failed');
  if (typeof details?.['retryAfter'] === 'number') reply.header('retry-after', details['retryAfter']);
  // CANCELLED has a status that no client knows of.
  reply.code(status === 499 ? 409 : status).send(errorBody(ours));
}
