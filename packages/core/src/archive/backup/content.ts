// What is backed up: every table of every domain, but for those that tell of this machine and not of the setup.

import { HoldfastError } from '../../errors.ts';
import type { Domain } from '../../schema/domain.ts';
import { historySpec, latestSpec, type TableSpec } from '../../schema/spec.ts';
import {
  answeredRequests,
  archiveMarks,
  jobLogs,
  jobProgress,
  jobs,
  journal,
  leases,
  revokedTokens,
  sessions,
  signInTries,
  trackedTables,
} from '../../system/tables.ts';
import { migrationsTable } from '../../update/migrations-table.ts';
import { dataClasses } from '../retention/facts.ts';

/** Who is signed in, what runs, and who may run it: of one machine at one moment, so never part of an archive. */
const ofTheMachine: ReadonlySet<string> = new Set(
  [
    ...[sessions, revokedTokens, answeredRequests, signInTries],
    ...[leases, jobs, jobLogs, jobProgress, archiveMarks],
  ].map(({ name }) => name),
);
/** Written when a database is opened, or with what is written elsewhere. */
const ofOpening: ReadonlySet<string> = new Set(
  [migrationsTable, trackedTables, journal].map(({ name }) => name),
);

/** Whether a row in it means that somebody uses the database. */
export const holdsRecords = (table: string): boolean => !ofTheMachine.has(table) && !ofOpening.has(table);

/** The tables of domains, parents before their children. The record of migrations is kept apart. */
export const specsOf = (domains: readonly Domain[]): TableSpec[] =>
  domains.flatMap(({ tables }) => tables.map(({ spec }) => spec));

const classes: ReadonlySet<string> = new Set(dataClasses);

/**
 * Specs of the tables that are backed up.
 * @param only names of domains, resources, tables and data classes; what their tables refer to comes along, and what is
 *   critical with any data class. @default all
 * @throws RESOURCE_UNKNOWN
 */
export function selectSpecs(domains: readonly Domain[], only?: readonly string[]): TableSpec[] {
  const all = specsOf(domains).filter(({ name }) => !ofTheMachine.has(name));
  if (only === undefined) return all;
  // A choice of classes says what else is wanted: there is no use for a backup without what is critical.
  const names = only.some((name) => isDataClass(domains, name)) ? [...only, 'critical'] : only;
  const wanted = new Set(names.flatMap((name) => tablesNamed(domains, name)));
  for (let before = -1; before < wanted.size; ) {
    before = wanted.size;
    for (const { name, foreignKeys } of all)
      if (wanted.has(name)) for (const { table } of foreignKeys) wanted.add(table);
  }
  return all.filter(({ name }) => wanted.has(name));
}

const isDataClass = (domains: readonly Domain[], name: string): boolean =>
  classes.has(name) && !domains.some((domain) => domain.name === name);

/** Names of the tables that a domain, a resource, a table or a data class stands for. @throws RESOURCE_UNKNOWN */
export function tablesNamed(domains: readonly Domain[], name: string): string[] {
  const domain = domains.find((each) => each.name === name);
  if (domain !== undefined) return domain.tables.map((table) => table.name);
  const resource = domains.flatMap(({ resources }) => resources).find((each) => each.name === name);
  if (resource !== undefined) return [resource.table.name];
  const found = specsOf(domains).filter((spec) =>
    classes.has(name) ? spec.dataClass === name : spec.name === name,
  );
  if (found.some((spec) => !ofTheMachine.has(spec.name))) return found.map((spec) => spec.name);
  throw new HoldfastError('RESOURCE_UNKNOWN', `there is nothing in backups by the name of ${name}`, {
    hint: `Name a resource, a table, one of the domains ${domains.map((each) => each.name).join(', ')}, or one of the data classes ${[...classes].join(', ')}`,
  });
}

/** A physical table, and how it stands in an archive. */
export interface Part {
  readonly spec: TableSpec;
  /** The declared table that it belongs to. */
  readonly of: string;
  readonly kind: 'rows' | 'history';
  /** Columns that travel, in their order: marks of an engine's reader of changes mean nothing elsewhere. */
  readonly columns: TableSpec['columns'];
}

/** Of what was, and not of what is: histories, and who made which change. */
export const isOfThePast = ({ kind, of }: Part): boolean => kind === 'history' || of === journal.name;

/** A table, the latest values of its gauges, and its history. */
export function partsOf(spec: TableSpec): Part[] {
  const [latest, history] = [latestSpec(spec), historySpec(spec)];
  const rows = [spec, ...(latest === undefined ? [] : [latest])].map(
    (each): Part => ({ spec: each, of: spec.name, kind: 'rows', columns: each.columns }),
  );
  if (history === undefined) return rows;
  const columns = history.columns.filter(({ name }) => name !== 'journal_mark');
  return [...rows, { spec: history, of: spec.name, kind: 'history', columns }];
}
