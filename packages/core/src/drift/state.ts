// A record's state as plain JSON, which is what is compared.

import { Secret } from '../schema/secret.ts';

/** Properties of a record: values as the API shows them, secrets as `Secret`. */
export type State = Readonly<Record<string, unknown>>;

/** A stored record, as its repository reads it. */
export type Stored = Readonly<Record<string, unknown>>;

/** A part with names in it: neither a list nor a value. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object' && !Array.isArray(value) && !(value instanceof Secret);
