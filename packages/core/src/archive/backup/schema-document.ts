// The schema document of an archive: the tables as they were declared, and the migrations that had made them.

import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../../schema/canonical-json.ts';
import type { TableSpec } from '../../schema/spec.ts';
import { corrupt } from '../format/failures.ts';

const name = z.string().min(1).max(200);
const columnSchema = z.looseObject({ name, kind: z.string() });
const specSchema = z.looseObject({
  name,
  dataClass: z.enum(['critical', 'important', 'operational', 'informational']),
  columns: z.array(columnSchema).min(1),
  key: z.array(name).min(1),
  foreignKeys: z.array(
    z.looseObject({ columns: z.array(name), table: name, references: z.array(name), onDelete: z.string() }),
  ),
  indexes: z.array(z.looseObject({ name, columns: z.array(name) })),
  checks: z.array(z.looseObject({ name, sql: z.string() })),
  metrics: z.array(columnSchema),
});
const documentSchema = z.object({
  format: z.literal(1),
  tables: z.array(specSchema),
  migrations: z.array(
    z.object({ domain: name, id: name, checksum: name, appliedAt: z.int(), appliedBy: z.string() }),
  ),
  /** Tables whose records are in the archive; the others are empty in it. */
  content: z.array(name),
  secrets: z.enum(['clear', 'omitted']),
});

/** A migration as the database has recorded it. `appliedAt` in microseconds. */
export interface AppliedMigration {
  readonly domain: string;
  readonly id: string;
  readonly checksum: string;
  readonly appliedAt: number;
  readonly appliedBy: string;
}

export interface SchemaDocument {
  readonly format: 1;
  /** All declared tables, parents before their children, but for the record of migrations. */
  readonly tables: readonly TableSpec[];
  readonly migrations: readonly AppliedMigration[];
  readonly content: readonly string[];
  /** Whether secret columns travel in clear, under the key of the archive, or were left out. */
  readonly secrets: 'clear' | 'omitted';
}

/** What tells two schemas apart: SHA-256 of the declarations, in hex. */
export const schemaFingerprint = (tables: readonly TableSpec[]): string =>
  createHash('sha256').update(canonicalJson(tables)).digest('hex');

/** @throws ARCHIVE_CORRUPT where it is no such document */
export function parseSchemaDocument(parsed: unknown): SchemaDocument {
  const checked = documentSchema.safeParse(parsed);
  if (!checked.success)
    throw corrupt(`its schema document is unsound: ${z.prettifyError(checked.error)}`, checked.error);
  return checked.data as unknown as SchemaDocument;
}

/** Newest migration of each domain, by name. */
export function schemaVersions(migrations: readonly AppliedMigration[]): Record<string, string> {
  const versions: Record<string, string> = {};
  for (const { domain, id } of migrations)
    if (versions[domain] === undefined || versions[domain] < id) versions[domain] = id;
  return versions;
}
