// Proof that the sides of a case did the same work: equal decoded results, or no figures at all.

import { createHash } from 'node:crypto';

/** Text of a decoded value: property order does not count, bytes are bytes in whichever class. */
function plainText(value: unknown): string {
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`;
  if (Array.isArray(value)) return `[${value.map(plainText).join()}]`;
  if (value === null || typeof value !== 'object')
    return typeof value === 'bigint' ? `${value}n` : (JSON.stringify(value) ?? 'undefined');
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, each]) => `${key}:${plainText(each)}`).join()}}`;
}

/** SHA-256 over rows, in their order. */
export class Digest {
  readonly #hash = createHash('sha256');
  #rows = 0;

  add(row: unknown): void {
    this.#rows++;
    this.#hash.update(`${plainText(row)}\n`);
  }

  toString(): string {
    return `${this.#rows} rows ${this.#hash.digest('hex')}`;
  }
}

export function digestOf(rows: Iterable<unknown>): string {
  const digest = new Digest();
  for (const row of rows) digest.add(row);
  return digest.toString();
}

/** @throws Error naming the case, the sides and both results */
export function requireSame(what: string, results: Readonly<Record<string, unknown>>): void {
  const [first, ...others] = Object.entries(results).map(
    ([side, value]) => [side, plainText(value)] as const,
  );
  for (const [side, text] of others)
    if (text !== first![1])
      throw new Error(
        `${what}: the results differ\n${first![0]}: ${first![1].slice(0, 600)}\n${side}: ${text.slice(0, 600)}`,
      );
}
