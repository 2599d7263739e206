// Answers and refusals: what routes give back, before it is written as JSON.
import type { Json } from './json.ts';

/** A success: the data, and for paged lists how many matches there are in all. */
export interface Answer {
  data: Json;
  total?: number;
}

/** A failure as the product gives it: status, reason phrase and a body that depends on both. */
export class Refusal extends Error {
  readonly status: number;
  readonly reason: string;
  /** Parameter name to what is wrong with it; only for 400. */
  readonly errors: Record<string, string> | undefined;
  /** Whether the body stays empty: so for 401, 595 and others that come from outside the API's own code. */
  readonly empty: boolean;

  constructor(
    status: number,
    reason: string,
    options: { errors?: Record<string, string>; empty?: boolean } = {},
  ) {
    super(`${status} ${reason}`);
    this.status = status;
    this.reason = reason;
    this.errors = options.errors;
    this.empty = options.empty ?? false;
  }
}

/** 400: parameters that the schema of the call does not allow. */
export const badParameters = (errors: Record<string, string>): Refusal =>
  new Refusal(400, 'Parameter verification failed.', { errors });

/** 403: a privilege is missing. Checked before existence, so it does not tell whether the thing exists. */
export const missingPrivilege = (path: string, privilege: string): Refusal =>
  new Refusal(403, `Permission check failed (${path}, ${privilege})`);

/** 500: what the API's code died of. Missing guests end here too, not in a 404. */
export const died = (reason: string): Refusal => new Refusal(500, reason);

/** 501: no such path or method. */
export const notImplemented = (method: string, path: string): Refusal =>
  new Refusal(501, `Method '${method} ${path}' not implemented`);
