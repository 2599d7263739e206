// What is restored: tables by name, records by conditions, and the records that those refer to.

import { HoldfastError } from '../../errors.ts';
import { latestSpec, type TableSpec } from '../../schema/spec.ts';
import type { AnyTable } from '../../schema/table.ts';
import type { Store } from '../../store/open-store.ts';
import {
  archives,
  auditLogs,
  driftRuns,
  historyGaps,
  journal,
  plans,
  runScopes,
  runs,
  samples,
  series,
  settings,
  trackedTables,
  updates,
} from '../../system/tables.ts';
import { specsOf, tablesNamed } from '../backup/content.ts';
import { timelineSetting } from '../backup/timeline.ts';
import type { Contents } from './contents.ts';
import { type Filter, filterOf } from './filter-rows.ts';
import { keyText } from './key-set.ts';
import { TableForm } from './table-form.ts';

/** The course of the living store itself: it goes on. Each sample lies in one tier, and may lie in another one by now. */
const goesOn: ReadonlySet<string> = new Set(
  [journal, trackedTables, historyGaps, plans, updates, archives, samples, series].map(({ name }) => name),
);
/** Tell of what happened: what is missing comes back, and nothing of it is changed or deleted. */
const told: ReadonlySet<string> = new Set([auditLogs, runs, runScopes, driftRuns].map(({ name }) => name));
/** Records that no other database may have. */
const ownKeys: Readonly<Record<string, readonly string[]>> = { [settings.name]: [timelineSetting.name] };

export interface Selection {
  /** Domains, resources, tables and data classes. @default everything */
  readonly only?: readonly string[] | undefined;
  /** Conditions on the records of the one table that `only` names, by property. */
  readonly where?: object | undefined;
}

/** A table of which something is restored. */
export interface Unit {
  readonly table: AnyTable;
  readonly form: TableForm;
  /** The latest values of its gauges, for records that are brought back. */
  readonly gauges: TableForm | undefined;
  /** Undefined where nothing of it was asked for: only records that others refer to come along, and only missing ones. */
  readonly filter: Filter | undefined;
  readonly where: object | undefined;
  /** Every record of it was asked for. */
  readonly whole: boolean;
  /** Records are brought back and nothing else, whatever was asked for. */
  readonly told: boolean;
  /** A record that is never touched. */
  readonly isOwn: (key: readonly unknown[]) => boolean;
}

/**
 * Parents before their children.
 * @throws RESOURCE_UNKNOWN for what there is not, here or in the archive; RESTORE_SCHEMA, QUERY_INVALID
 */
export function selectUnits(store: Store, contents: Contents, { only, where }: Selection): Unit[] {
  const specs = specsOf(store.domains).filter(({ name }) => !goesOn.has(name));
  const wanted = new Set(
    only === undefined
      ? specs.map(({ name }) => name).filter((name) => contents.tables.has(name))
      : only.flatMap((name) => namedIn(store, contents, name)),
  );
  if (where !== undefined && wanted.size !== 1)
    throw new HoldfastError('USAGE', 'conditions select records of one table: name it', {
      hint: 'As --only proxmox.vm --where status=running',
    });
  const along = closure(specs, wanted);
  const tables = store.domains.flatMap((domain) => [...domain.tables]);
  return specs
    .filter(({ name }) => along.has(name) && contents.tables.has(name))
    .map((spec): Unit => {
      const table = tables.find(({ name }) => name === spec.name)!;
      const form = formOf(store, contents, spec, spec.name)!;
      const latest = latestSpec(spec);
      const asked = wanted.has(spec.name);
      const own = (ownKeys[spec.name] ?? []).map((key) => keyText([key]));
      return {
        ...{ table, form, where, told: told.has(spec.name), whole: asked && where === undefined },
        gauges: latest && formOf(store, contents, latest, spec.name),
        filter: asked ? (where === undefined ? () => true : filterOf(table, form, where)) : undefined,
        isOwn: (key) => own.length > 0 && own.includes(keyText(key as never)),
      };
    });
}

function namedIn(store: Store, contents: Contents, name: string): string[] {
  const named = tablesNamed(store.domains, name).filter((table) => !goesOn.has(table));
  if (named.length === 0)
    throw new HoldfastError('RESOURCE_UNKNOWN', `${name} goes on as it is in a store that lives`, {
      hint: 'holdfast restore ARCHIVE --replace brings back everything',
    });
  const there = named.filter((table) => contents.tables.has(table));
  if (there.length > 0) return there;
  throw new HoldfastError('RESOURCE_UNKNOWN', `${contents.label} has nothing of ${name}`, {
    hint: 'holdfast backup show ARCHIVE says what it has',
  });
}

/** With what they refer to. */
function closure(specs: readonly TableSpec[], wanted: ReadonlySet<string>): Set<string> {
  const all = new Set(wanted);
  for (let before = -1; before < all.size; ) {
    before = all.size;
    for (const { name, foreignKeys } of specs)
      if (all.has(name)) for (const { table } of foreignKeys) all.add(table);
  }
  return all;
}

function formOf(store: Store, contents: Contents, spec: TableSpec, of: string): TableForm | undefined {
  const content = contents.tables.get(spec.name);
  return content && new TableForm(store, spec, of, content, contents.secretsOmitted);
}
