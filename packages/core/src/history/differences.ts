// What a change changed: fields that differ, one by one, down into JSON.

import { canonicalJson } from '../schema/canonical-json.ts';
import { recordFields } from '../schema/codec.ts';
import { Secret } from '../schema/secret.ts';
import type { AnyTable } from '../schema/table.ts';

export interface FieldChange {
  /** `name`, or `config.net0` inside JSON. */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

type Given = Readonly<Record<string, unknown>>;

const cache = new WeakMap<AnyTable, readonly string[]>();

/** Properties that say something of the record; the store's own instants move with every write. */
function telling(table: AnyTable): readonly string[] {
  let properties = cache.get(table);
  if (properties === undefined) {
    properties = recordFields(table)
      .filter(({ spec }) => spec.auto === undefined)
      .map(({ property }) => property);
    cache.set(table, properties);
  }
  return properties;
}

/** Fields in which two versions of a record differ. Key order in JSON is no difference. */
export function differences(table: AnyTable, before: Given, after: Given): FieldChange[] {
  return telling(table).flatMap((property) =>
    leaves(property, before[property] ?? null, after[property] ?? null),
  );
}

function leaves(path: string, before: unknown, after: unknown): FieldChange[] {
  if (isSame(before, after)) return [];
  if (!isObject(before) || !isObject(after)) return [{ path, before, after }];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => leaves(`${path}.${key}`, before[key] ?? null, after[key] ?? null));
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a instanceof Secret || b instanceof Secret)
    return a instanceof Secret && b instanceof Secret && a.reveal() === b.reveal();
  if (a instanceof Uint8Array || b instanceof Uint8Array)
    return a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  return canonicalJson(a) === canonicalJson(b);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Secret) &&
  !(value instanceof Uint8Array);

/** Of a record, the properties that these changes are about. */
export const changedPart = (row: Given, changes: readonly FieldChange[]): Record<string, unknown> =>
  Object.fromEntries(
    [...new Set(changes.map(({ path }) => path.split('.')[0]!))].map((property) => [
      property,
      row[property] ?? null,
    ]),
  );
