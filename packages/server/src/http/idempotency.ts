// Requests that are repeated with their key are answered again, and not done again, whichever server of the database they reach.

import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { HoldfastError, isHoldfastError, now, type Store } from '@holdfast/core';
import { isGone, thisProcess } from '@holdfast/core/job';
import { answeredRequests } from '@holdfast/core/system';
import type { FastifyRequest } from 'fastify';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

const kept = 24 * 3_600_000_000;
/** Whoever comes while it is being done waits so long, and looks so often. */
const mostMs = 20_000;
const everyMs = 100;

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

/**
 * 1. Notes that it is begun. Noted before: waits for its answer, and gives that.
 * 2. Does it; what failed was not done, and may be tried again.
 * 3. Keeps the answer for a day. Killed before: IDEMPOTENCY_UNKNOWN for whoever repeats it.
 * @param user keys of one are nobody else's
 * @returns the answer, and whether it was given before
 * @throws IDEMPOTENCY_MISMATCH, IDEMPOTENCY_UNKNOWN, REQUEST_INVALID, TOO_MANY_REQUESTS while it is still being done
 */
export async function once(
  store: Store,
  request: FastifyRequest,
  user: string,
  work: () => Promise<Answer>,
): Promise<Answer & { readonly replayed: boolean }> {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return { ...(await work()), replayed: false };
  if (typeof key !== 'string' || !/^[\x20-\x7e]{1,200}$/.test(key))
    throw new HoldfastError('REQUEST_INVALID', 'Idempotency-Key has 1 to 200 printable characters');
  const id = digest(`${user}\n${key}`);
  const print = digest(JSON.stringify([request.method, request.url, request.body ?? null]));
  const before = await begin(store, id, print);
  if (before !== undefined) return { ...before, replayed: true };
  const repository = store.repository(answeredRequests);
  let answer: Answer;
  try {
    answer = await work();
  } catch (error) {
    await repository.delete({ id }).catch(() => undefined);
    throw error;
  }
  const { status, headers } = answer;
  const body = JSON.parse(JSON.stringify(answer.body ?? null)) as never;
  await repository.update({ id }, { state: 'answered', status, body, headers: { ...headers } });
  return { ...answer, replayed: false };
}

/** @returns what was answered before; undefined: it is begun now */
async function begin(store: Store, id: string, print: string): Promise<Answer | undefined> {
  const repository = store.repository(answeredRequests);
  const until = performance.now() + mostMs;
  for (;;) {
    const found = await repository.get({ id });
    if (found !== undefined && found.expiresAt <= now()) await repository.delete({ id });
    else if (found !== undefined) {
      if (found.request !== print)
        throw new HoldfastError(
          'IDEMPOTENCY_MISMATCH',
          'this Idempotency-Key came with another request before',
        );
      if (found.state === 'answered')
        return { status: found.status!, body: found.body ?? undefined, headers: found.headers ?? {} };
      if (isGone(found.owner))
        throw new HoldfastError(
          'IDEMPOTENCY_UNKNOWN',
          'the server that did this ended before it had answered',
        );
      if (performance.now() > until)
        throw new HoldfastError('TOO_MANY_REQUESTS', 'the same request is still being done', {
          details: { retryAfter: 5 },
        });
      await wait(everyMs);
      continue;
    }
    try {
      await repository.insert({ id, request: print, owner: thisProcess(), expiresAt: now() + kept });
      return undefined;
    } catch (error) {
      // Another server was first.
      if (!isHoldfastError(error) || error.code !== 'CONFLICT') throw error;
    }
  }
}
