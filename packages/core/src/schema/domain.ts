// A domain: the tables of one kind of system, their migrations, and the resources people ask for.

import type { DriftDescriptor } from '../drift/descriptor.ts';
import { HoldfastError } from '../errors.ts';
import type { Store } from '../store/open-store.ts';
import type { Migration } from '../update/migration.ts';
import type { Kind } from './spec.ts';
import type { AnyTable } from './table.ts';

/** A kind of record with a name of its own, as in `holdfast list proxmox.vm`. */
export interface Resource {
  /** `domain.noun` */
  readonly name: string;
  readonly table: AnyTable;
  /** Properties worth a column in a terminal. */
  readonly summary: readonly string[];
  /** Counts re-used ids, as the last part of the key; left out of an id while it is 1. */
  readonly incarnation?: string;
  /** The scope whose complete observation confirms the record. */
  readonly scopeOf?: (row: Readonly<Record<string, unknown>>) => string;
  /** People make and change its records; the others are what a system says of itself. */
  readonly editable?: true;
  /** How its records are compared with what they should be. */
  readonly drift?: DriftDescriptor;
}

export interface SeedOptions {
  /** How much to make, in the domain's main records. */
  readonly size: number;
  /** The same seed makes the same records. */
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface Domain<T extends AnyTable = AnyTable> {
  readonly name: string;
  readonly tables: readonly T[];
  readonly resources: readonly Resource[];
  readonly migrations: readonly Migration[];
  /** Stores made-up records under a source of its own, `seed-<domain>`. @returns rows stored */
  readonly seed?: (store: Store, options: SeedOptions) => Promise<number>;
  /** Brings the schedules of jobs in line with tables of its own; called before due ones are looked for. */
  readonly schedules?: (store: Store) => Promise<void>;
}

/** Text of a record's id: the key's parts, slashes and percent signs escaped. */
export function recordId(resource: Resource, row: Readonly<Record<string, unknown>>): string {
  const parts = resource.table.key.filter(
    (property: string) => property !== resource.incarnation || row[property] !== 1,
  );
  return parts.map((property: string) => escapePart(String(row[property]))).join('/');
}

const unsafe = /[%/\p{Cc}]/u;

const escapePart = (part: string): string =>
  unsafe.test(part) ? part.replaceAll(/[%/\p{Cc}]/gu, (character) => encodeURIComponent(character)) : part;

/**
 * The key properties an id names. Without an incarnation it means the newest one.
 * @throws RECORD_NOT_FOUND when it cannot be an id of this resource
 */
export function parseRecordId(resource: Resource, id: string): Record<string, unknown> {
  const { key, columns } = resource.table;
  const parts = id.split('/');
  const form = key
    .map((property: string, index: number) =>
      property === resource.incarnation ? `[/${property}]` : `${index === 0 ? '' : '/'}${property}`,
    )
    .join('');
  const least = resource.incarnation === undefined ? key.length : key.length - 1;
  const notFound = (): HoldfastError =>
    new HoldfastError('RECORD_NOT_FOUND', `${id} is no id of ${resource.name}: it is written ${form}`, {
      hint: `holdfast list ${resource.name}`,
    });
  if (parts.length < least || parts.length > key.length) throw notFound();
  const out: Record<string, unknown> = {};
  for (const [index, part] of parts.entries()) {
    const property = key[index]!;
    let plain: string;
    try {
      plain = decodeURIComponent(part);
    } catch {
      throw notFound();
    }
    out[property] = keyPart(columns[property].options.kind, plain);
    if (out[property] === undefined) throw notFound();
  }
  return out;
}

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A part of an id as the value of its column, undefined where it cannot be one. */
function keyPart(kind: Kind, plain: string): unknown {
  if (kind === 'bool') return plain === 'true' || (plain === 'false' ? false : undefined);
  if (kind === 'uuid') return uuidPattern.test(plain) ? plain : undefined;
  if (kind === 'bigint') return /^-?\d{1,19}$/.test(plain) ? BigInt(plain) : undefined;
  if (kind !== 'int' && kind !== 'instant' && kind !== 'real') return plain;
  const value = Number(plain);
  const fits = kind === 'real' ? Number.isFinite(value) : Number.isSafeInteger(value);
  return fits && String(value) === plain ? value : undefined;
}
