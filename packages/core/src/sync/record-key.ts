// A record's key as Holdfast's own tables keep it: the same on every engine, and short enough for an index.

import { createHash } from 'node:crypto';
import { canonicalJson } from '../schema/canonical-json.ts';
import { compileDecoder, type Decode, type StoredValue } from '../schema/codec.ts';
import type { TableCodec } from '../store/table-codec.ts';

export interface RecordKey {
  /** The parts in declared order; what JSON has no form for is text. */
  readonly parts: readonly unknown[];
  /** SHA-256 of the parts as canonical JSON, in hex. */
  readonly hash: string;
}

const decoders = new WeakMap<TableCodec, Decode>();

/** @param stored a row that begins with the key, as the engine stores it */
export function recordKey(codec: TableCodec, stored: readonly (StoredValue | undefined)[]): RecordKey {
  const { keyFields } = codec;
  let decode = decoders.get(codec);
  if (decode === undefined) {
    decode = compileDecoder(codec.table.name, keyFields, codec.context);
    decoders.set(codec, decode);
  }
  const values = decode(stored.slice(0, keyFields.length));
  const parts = keyFields.map(({ property }) => plain(values[property]));
  return { parts, hash: createHash('sha256').update(canonicalJson(parts)).digest('hex') };
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
}
