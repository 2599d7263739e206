// A route as it is declared: where, who may, what it takes and answers. Handlers, checks and OpenAPI derive from it.

import type { Store } from '@holdfast/core';
import type { Actor, AuditEntry, Role } from '@holdfast/core/system';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Principal } from './principal.ts';
import type { ServerContext } from './server-context.ts';

type ParamsOf<P extends string> = P extends `${string}:${infer Name}/${infer Rest}`
  ? { readonly [K in Name]: string } & ParamsOf<`/${Rest}`>
  : P extends `${string}:${infer Name}`
    ? { readonly [K in Name]: string }
    : unknown;

/** One request, checked. */
export interface Call<P = unknown, Q = unknown, B = unknown> {
  readonly server: ServerContext;
  readonly store: Store;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** Of a route with a role, whoever asks; a route without one must not look. */
  readonly principal: Principal;
  readonly actor: Actor;
  /** Fires when the client has hung up, or the server ends. */
  readonly signal: AbortSignal;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** What the audit says of it; of every change the route's own words where it says nothing. */
  audit(entry: Partial<AuditEntry>): void;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

interface RouteSpec<P extends string, Q extends z.ZodType, B extends z.ZodType> {
  readonly method: Method;
  /** Below `/api/v1` unless it begins with a slash twice. */
  readonly path: P;
  /** The least one that may; null: nobody has to sign in. */
  readonly role: Role | null;
  readonly summary: string;
  readonly query?: Q;
  readonly body?: B;
  /** What a good answer has, for the document. */
  readonly answer?: z.ZodType;
  /** @default 200 */
  readonly status?: number;
  /** Of a change: the words of its audit entry. None: it changes nothing. */
  readonly audit?: readonly [action: string, entity: string];
  /** Holds fresh secrets, so that it is never stored for a repeated request. */
  readonly fresh?: true;
  /** The body is a stream of bytes, `application/octet-stream`: `request.body` is a `Readable`. */
  readonly bytes?: true;
  /**
   * Of a read: whether it may read without bound. Where statements block the thread it is done in another one, which has
   * nothing of a call but store, params and query.
   */
  readonly long?: (query: z.output<Q>) => boolean;
  /** Bytes. */
  readonly bodyLimit?: number;
  readonly handle: (call: Call<ParamsOf<P>, z.output<Q>, z.output<B>>) => unknown;
}

export interface Route extends Omit<RouteSpec<string, z.ZodType, z.ZodType>, 'handle' | 'long'> {
  readonly long?: (query: unknown) => boolean;
  readonly handle: (call: Call<Record<string, string>>) => unknown;
}

/** Declares a route; the types of what its handler gets follow. */
export const route = <const P extends string, Q extends z.ZodType, B extends z.ZodType>(
  spec: RouteSpec<P, Q, B>,
): Route => spec as unknown as Route;
