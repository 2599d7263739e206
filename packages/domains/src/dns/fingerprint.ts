// What makes two DNS records the same, as one short text.

import { createHash } from 'node:crypto';

/** The parts of a record that an answer to a query shows. */
export interface RecordValue {
  readonly type: string;
  readonly name: string;
  readonly content: string;
  readonly ttl?: number | null | undefined;
  readonly proxied?: boolean | null | undefined;
  readonly priority?: number | null | undefined;
  readonly weight?: number | null | undefined;
  readonly port?: number | null | undefined;
  readonly flags?: number | null | undefined;
  readonly tag?: string | null | undefined;
}

/** SHA-256 as hex. The parts are written as JSON, so that no content can be taken for a separator. */
export function recordFingerprint(record: RecordValue): string {
  const { type, name, content, ttl, proxied, priority, weight, port, flags, tag } = record;
  const parts = [type, name, content, ttl, proxied, priority, weight, port, flags, tag];
  const text = JSON.stringify(parts.map((part) => part ?? null));
  return createHash('sha256').update(text).digest('hex');
}
