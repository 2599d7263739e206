// Names of indexes and constraints: the server takes 64 signs.

import { createHash } from 'node:crypto';

const longest = 64;

/** The parts joined; where that is too long, its end is a fingerprint. */
export function shortName(...parts: readonly string[]): string {
  const name = parts.join('_');
  if (name.length <= longest) return name;
  return `${name.slice(0, longest - 9)}_${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
}
