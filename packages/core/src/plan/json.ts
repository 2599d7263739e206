// Plain JSON, exactly: what is hashed and stored must come back as it was.

import { HoldfastError } from '../errors.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/**
 * Refuses what JSON would change or drop: NaN, bigints, dates, bytes, secrets. A property that is undefined
 * is refused too: gone after storing, it would change the hash.
 * @throws SCHEMA_INVALID naming the place
 */
export function assertJson(value: unknown, where: string): asserts value is Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return;
  if (typeof value === 'number' && Number.isFinite(value)) return;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) assertJson(value[index], `${where}[${index}]`);
    return;
  }
  const prototype = typeof value === 'object' ? Object.getPrototypeOf(value) : undefined;
  if (prototype !== Object.prototype && prototype !== null)
    throw new HoldfastError('SCHEMA_INVALID', `${where} is no JSON: ${described(value)}`);
  for (const [name, each] of Object.entries(value as object)) assertJson(each, `${where}.${name}`);
}

const described = (value: unknown): string =>
  typeof value === 'object' ? `a ${(value as object).constructor.name}` : `${typeof value} ${String(value)}`;
