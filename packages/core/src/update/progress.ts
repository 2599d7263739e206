// How far a change of the schema has come, where every statement of it commits by itself. Kept in the record of
// migrations, in the place of the checksum, so that whoever opens the database next goes on from there.

import type { Engine, Session } from '../engine/engine.ts';
import { compileEncoder, recordFields, type StoredValue } from '../schema/codec.ts';
import { now } from '../schema/instant.ts';
import { version } from '../version.ts';
import { migrationsTable } from './migrations-table.ts';

export interface Progress {
  /** Statements that are done. */
  readonly done: number;
  /** The next one may have been sent: whether it was carried out is not known. */
  readonly begun: boolean;
  /** Beginning of the migration's checksum. */
  readonly checksum: string;
}

const signs = 40;

export const progressText = (checksum: string, done: number, begun: boolean): string =>
  `${begun ? 'begun' : 'done'} ${done} ${checksum.slice(0, signs)}`;

/** @returns undefined for the checksum of a migration that is applied */
export function progressOf(text: string): Progress | undefined {
  const [, state, done, checksum] = /^(begun|done) (\d+) (\w+)$/.exec(text) ?? [];
  return state === undefined
    ? undefined
    : { done: Number(done), begun: state === 'begun', checksum: checksum! };
}

export const isOf = (progress: Progress, checksum: string): boolean =>
  progress.checksum === checksum.slice(0, signs);

/** The record of migrations has no secret columns. */
const secrets = { seal: (plain: string) => plain, open: (sealed: string) => sealed };

export interface MigrationRow {
  readonly domain: string;
  readonly id: string;
  /** That of an applied migration, or how far it has come. */
  readonly checksum: string;
  /** Microseconds. @default now */
  readonly appliedAt?: number;
  /** @default this version */
  readonly appliedBy?: string;
}

/** Writes a row of the record. @param whereThere what becomes of one that is there. @throws CONFLICT where it fails then */
export async function recordMigration(
  session: Session,
  engine: Engine,
  row: MigrationRow,
  whereThere: 'update' | 'fail' = 'update',
): Promise<void> {
  const { name: table, spec } = migrationsTable;
  const columns = spec.columns.map(({ name }) => name);
  const update = columns.filter((name) => !spec.key.includes(name));
  const onConflict = whereThere === 'fail' ? whereThere : { update, otherUniques: false };
  const write = { table, columns, key: spec.key, onConflict };
  const encode = compileEncoder(table, recordFields(migrationsTable), {
    forms: engine.forms(false),
    secrets,
  });
  const params: StoredValue[] = [];
  encode({ appliedAt: now(), appliedBy: version, ...row }, params, 0, 0);
  await session.run({ sql: engine.syntax.bulkInsert(write, 1) }, params);
}
