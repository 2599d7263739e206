// The ETag of a record: a digest of its own columns. Gauges move all the time and are no version of it.

import { createHash } from 'node:crypto';
import { HoldfastError, jsonEncoder, type Resource } from '@holdfast/core';
import { canonicalJson } from '@holdfast/core/sync';

export function etagOf({ table }: Resource, row: Readonly<Record<string, unknown>>): string {
  const own = Object.fromEntries(table.properties.map((property: string) => [property, row[property]]));
  const text = canonicalJson(JSON.parse(JSON.stringify(jsonEncoder(table)(own))));
  return `"${createHash('sha256')
    .update(text ?? '')
    .digest('base64url')
    .slice(0, 22)}"`;
}

/** @throws IF_MATCH_MISSING, RECORD_CHANGED */
export function requireMatch(given: string | undefined, resource: Resource, id: string, etag: string): void {
  if (given === undefined)
    throw new HoldfastError(
      'IF_MATCH_MISSING',
      `a change of ${resource.name} ${id} says which version it is of`,
      {
        details: { etag },
      },
    );
  const tags = given.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (tags.includes('*') || tags.includes(etag)) return;
  throw new HoldfastError(
    'RECORD_CHANGED',
    `${resource.name} ${id} is not as it was read: somebody has changed it`,
    {
      details: { etag },
    },
  );
}
