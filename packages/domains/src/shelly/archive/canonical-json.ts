// RFC 8785: one text for equal JSON. Keys that look like numbers stand in the order of their text, as an object of the
// language would not keep them.

import { HoldfastError } from '@holdfast/core';

/** @throws DOCUMENT_INVALID for text that is not well-formed */
export function jcs(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return JSON.stringify(value);
  if (typeof value === 'string') return text(value);
  if (Array.isArray(value)) return `[${value.map(jcs).join(',')}]`;
  const entries = Object.entries(value as object).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, each]) => `${text(key)}:${jcs(each)}`).join(',')}}`;
}

function text(value: string): string {
  if (value.isWellFormed()) return JSON.stringify(value);
  throw new HoldfastError(
    'DOCUMENT_INVALID',
    `the archive has text that is no Unicode: ${JSON.stringify(value).slice(0, 60)}`,
  );
}
