// Migrations: ordered, frozen steps of a domain's schema, identified by a checksum.

import { createHash } from 'node:crypto';
import type { EngineName } from '../engine/engine.ts';
import { canonicalJson } from '../schema/canonical-json.ts';
import type { TableSpec } from '../schema/spec.ts';

export type MigrationStep =
  | { readonly createTables: readonly TableSpec[] }
  /** From here on the changes of these tables, which are there, are captured. */
  | { readonly track: readonly TableSpec[] }
  | { readonly sql: Readonly<Record<EngineName, readonly string[]>> };

/** One step of a domain's schema. Once released it never changes: its checksum is recorded where it ran. */
export interface Migration {
  /** `0001-baseline`: sorts in the order of application. */
  readonly id: string;
  readonly steps: readonly MigrationStep[];
}

/** SHA-256 of the steps, as hex. Key order does not count. */
export const migrationChecksum = (migration: Migration): string =>
  createHash('sha256').update(canonicalJson(migration.steps)).digest('hex');
