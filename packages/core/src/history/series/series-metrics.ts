// Which gauges of a table make a series, how their stored values become samples, and how a record is named in one.

import { createHash } from 'node:crypto';
import type { StorageForms, StoredValue } from '../../schema/codec.ts';
import type { ColumnSpec, Kind } from '../../schema/spec.ts';
import type { AnyTable } from '../../schema/table.ts';
import type { TableCodec } from '../../store/table-codec.ts';
import type { BlockMetric } from './block.ts';

/** Numbers, and what counts as one. Text, words, JSON and bytes have a latest value and no series. */
const kinds: ReadonlySet<Kind> = new Set(['int', 'bigint', 'real', 'bool', 'instant']);

export interface SeriesMetric extends BlockMetric {
  readonly property: string;
  /** Stored numbers are samples as they are. */
  readonly asStored: boolean;
  /** A stored value as a sample: flags are 0 and 1, instants microseconds; rounded where a resolution is declared. */
  readonly sample: (stored: StoredValue) => number | bigint;
}

const cache = new WeakMap<TableCodec, readonly SeriesMetric[]>();

/** The metrics of a table that have a series, in declared order. */
export function seriesMetrics(codec: TableCodec): readonly SeriesMetric[] {
  let found = cache.get(codec);
  if (found === undefined) {
    const { table, context } = codec;
    found = table.spec.metrics.flatMap((spec, index): SeriesMetric[] => {
      if (!kinds.has(spec.kind)) return [];
      const property = table.metricProperties[index]!;
      const sample = sampler(spec, context.forms);
      const wide = spec.kind === 'bigint';
      return [{ property, name: spec.name, wide, sample, asStored: sample === Number }];
    });
    cache.set(codec, found);
  }
  return found;
}

function sampler({ kind, resolution }: ColumnSpec, forms: StorageForms): SeriesMetric['sample'] {
  if (kind === 'bool') return (stored) => (stored === true || stored === 1 || stored === 1n ? 1 : 0);
  if (kind === 'bigint') return (stored) => BigInt(stored as bigint);
  const decode = forms[kind]?.decode;
  if (typeof decode === 'function') return (stored) => decode(stored as never) as number;
  if (resolution === undefined) return Number;
  const perUnit = Math.round(1 / resolution);
  // A division gives the nearest short decimal, which a product with 0.001 would miss by its last bit.
  return resolution < 1 && Math.abs(perUnit * resolution - 1) < 1e-9
    ? (stored) => orAsIs(Math.round(Number(stored) * perUnit) / perUnit, stored)
    : (stored) => orAsIs(Math.round(Number(stored) / resolution) * resolution, stored);
}

/** Numbers too large to be rounded, or beyond what their kind keeps, stay as they are. */
const orAsIs = (rounded: number, stored: StoredValue): number =>
  Math.abs(rounded) <= Number.MAX_SAFE_INTEGER ? rounded + 0 : Number(stored);

/** Longest name of a record; the longer ones end in a digest. */
const longest = 255;
const unsafe = /[%/\p{Cc}]/u;

const escapePart = (part: string): string =>
  unsafe.test(part) ? part.replaceAll(/[%/\p{Cc}]/gu, encodeURIComponent) : part;

/** Names a record by the stored values of its key, the same on every engine. */
export type NameRecord = (stored: readonly unknown[]) => string;

const names = new WeakMap<TableCodec, NameRecord>();

export function recordNamer(codec: TableCodec): NameRecord {
  let found = names.get(codec);
  if (found === undefined) {
    const parts = codec.keyFields.map(({ spec: { kind } }) => partNamer(kind, codec.context.forms));
    found = (stored) => {
      let name = parts[0]!(stored[0]);
      for (let index = 1; index < parts.length; index++) name += `/${parts[index]!(stored[index])}`;
      if (name.length <= longest) return name;
      const digest = createHash('sha256').update(name).digest('hex');
      return `${name.slice(0, longest - digest.length - 1).toWellFormed()}#${digest}`;
    };
    names.set(codec, found);
  }
  return found;
}

function partNamer(kind: Kind, forms: StorageForms): (stored: unknown) => string {
  if (kind === 'bool') return (stored) => String(Number(stored) === 1);
  const decode = forms[kind]?.decode;
  if (typeof decode === 'function') return (stored) => String(decode(stored as never));
  return (stored) => escapePart(String(stored));
}

/** Where the key of a table names a source; undefined where it does not. */
export const sourcePlace = (table: AnyTable): number | undefined => {
  const place = table.key.indexOf('source');
  return place < 0 ? undefined : place;
};
