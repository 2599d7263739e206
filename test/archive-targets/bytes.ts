// Bytes that look random and can be made again from any place.

import { createCipheriv, createHash } from 'node:crypto';
import type { Source } from '@holdfast/core/targets';

export function someBytes(size: number, seed = 'seed'): Buffer {
  const key = createHash('sha256').update(seed).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size));
}

/** In chunks of uneven size. */
export function sourceOf(bytes: Uint8Array): Source {
  return {
    size: bytes.length,
    async *read(start, end) {
      for (let at = start; at < end; at += 300_007) yield bytes.subarray(at, Math.min(at + 300_007, end));
    },
  };
}

export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await all(chunks));
}

export async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const value of values) found.push(value);
  return found;
}

export async function names(list: AsyncIterable<{ readonly name: string }>): Promise<string[]> {
  return (await all(list)).map(({ name }) => name);
}
