// The record of migrations as a snapshot has it.

import type { Snapshot } from '../../engine/snapshot.ts';
import { migrationsTable } from '../../update/migrations-table.ts';
import type { AppliedMigration } from './schema-document.ts';

export async function readMigrations(snapshot: Snapshot): Promise<AppliedMigration[]> {
  const migrations: AppliedMigration[] = [];
  for await (const rows of snapshot.rows(migrationsTable.spec))
    for (const [domain, id, checksum, appliedAt, appliedBy] of rows as [
      string,
      string,
      string,
      number,
      string,
    ][])
      migrations.push({ domain, id, checksum, appliedAt, appliedBy });
  return migrations;
}
