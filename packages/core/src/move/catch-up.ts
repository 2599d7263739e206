// The rows of a living database into another one, and what has changed in it since, round after round.

import type { OnProgress } from '../archive/backup/pace.ts';
import { Pace } from '../archive/backup/pace.ts';
import { TableDigest } from '../archive/digest/table-digest.ts';
import type { Load } from '../engine/load.ts';
import type { Snapshot } from '../engine/snapshot.ts';
import { HoldfastError } from '../errors.ts';
import type { StoredRow } from '../schema/codec.ts';
import type { TableSpec } from '../schema/spec.ts';
import { lastingColumns, type MovingTables } from './moving-tables.ts';

/** Keys whose rows are read, and written, at once. */
const keysAtOnce = 2_000;

export interface Digested {
  readonly rows: number;
  readonly digest: string;
}

export class Follower {
  readonly #tables: MovingTables;

  constructor(tables: MovingTables) {
    this.#tables = tables;
  }

  /** All rows of a snapshot. @returns what each table holds */
  async copy(
    snapshot: Snapshot,
    load: Load,
    onProgress: OnProgress | undefined,
  ): Promise<ReadonlyMap<string, Digested>> {
    const all = this.#all;
    const counts = await snapshot.counts(all.map((spec) => ({ spec })));
    const total = counts.reduce((sum, rows) => sum + rows, 0);
    const pace = new Pace('loading', total, onProgress);
    const found = new Map<string, Digested>();
    for (const spec of all) {
      const { add, sum } = digesting(spec);
      for await (const rows of snapshot.rows(spec)) {
        add(rows);
        pace.add(spec.name, rows.length);
        await load.rows(spec, rows);
      }
      found.set(spec.name, { rows: sum.rows, digest: sum.digest });
    }
    return found;
  }

  /** What has changed since a position. @returns rows written */
  async follow(snapshot: Snapshot, load: Load, since: string): Promise<number> {
    const { tracked, histories } = this.#tables;
    let written = 0;
    for (const spec of tracked) {
      const keys: StoredRow[] = [];
      const present: StoredRow[] = [];
      for await (const some of snapshot.changedKeys(spec, since))
        for (const { key, present: there } of some) {
          keys.push(key);
          if (there) present.push(key);
        }
      if (keys.length === 0) continue;
      // All of them go before any comes: two records may have exchanged a value that is unique.
      await load.replace(spec, keys, []);
      for (let from = 0; from < present.length; from += keysAtOnce)
        for await (const rows of snapshot.rowsByKeys(spec, present.slice(from, from + keysAtOnce)))
          await load.replace(spec, [], rows);
      written += keys.length;
    }
    for (const spec of histories)
      for await (const rows of snapshot.rows(spec, { since })) {
        written += rows.length;
        await load.replace(spec, [], rows);
      }
    return written;
  }

  /** What each table holds. */
  async digest(
    { rows }: Pick<Snapshot, 'rows'>,
    total: number,
    onProgress: OnProgress | undefined,
  ): Promise<ReadonlyMap<string, Digested>> {
    const pace = new Pace('proving', total, onProgress);
    const found = new Map<string, Digested>();
    for (const spec of this.#all) {
      const { add, sum } = digesting(spec);
      for await (const some of rows(spec)) {
        add(some);
        pace.add(spec.name, some.length);
      }
      found.set(spec.name, { rows: sum.rows, digest: sum.digest });
    }
    return found;
  }

  get #all(): readonly TableSpec[] {
    const { tracked, histories } = this.#tables;
    return [...tracked, ...histories];
  }
}

/** Digests rows as they go by: what is done with them afterwards may change them. */
function digesting(spec: TableSpec): { add(rows: readonly StoredRow[]): void; readonly sum: TableDigest } {
  const columns = lastingColumns(spec);
  const sum = new TableDigest(columns);
  if (columns.length === spec.columns.length) return { add: (rows) => sum.add(rows), sum };
  const places = columns.map((column) => spec.columns.indexOf(column));
  return { add: (rows) => sum.add(rows.map((row) => places.map((place) => row[place]!))), sum };
}

/**
 * @param lossy tables in which a value could not be kept as it was: they are compared by their number of rows
 * @returns the names of tables that differ
 */
export function differing(
  here: ReadonlyMap<string, Digested>,
  there: ReadonlyMap<string, Digested>,
  lossy: ReadonlySet<string>,
): string[] {
  return [...here].flatMap(([table, { rows, digest }]) => {
    const other = there.get(table);
    const same = other?.rows === rows && (lossy.has(table) || other.digest === digest);
    return same ? [] : [`${table}: ${rows} rows here, ${other?.rows ?? 0} there`];
  });
}

export const notEqual = (differences: readonly string[]): HoldfastError =>
  new HoldfastError('PROOF_FAILED', `what was copied is not equal: ${differences.slice(0, 5).join('; ')}`, {
    details: { tables: [...differences] },
  });
