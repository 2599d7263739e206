// Many small scopes at once: those in which no record differs need no transaction of their own.

import { isHoldfastError } from '../errors.ts';
import type { StoredValue } from '../schema/codec.ts';
import type { AnyTable } from '../schema/table.ts';

import { type Run, scopeOutcome } from './apply-observation.ts';
import { fill, keyOf, readKeys } from './compare-batch.ts';
import type { LaterWrites } from './later-writes.ts';
import type { Observation, ObservedRow, ScopeResult } from './observation.ts';
import { observedTable } from './observed-table.ts';
import { asSeen, type Cells } from './write-observed.ts';

/** One scope of the group, and what is known of it so far. */
interface Member {
  readonly observation: Observation;
  unchanged: number;
  gauges: number;
  /** Something differs, or is to be refused: it is applied by itself. */
  differs: boolean;
}

interface Row {
  readonly row: ObservedRow;
  readonly member: Member;
}

/**
 * Compares the records of all these scopes with what is stored, in one read for each table. A scope in which none
 * differs is done: its result and its moved gauges wait with the sweep's later writes.
 * @returns results in the order of the scopes; undefined for each that has to be applied by itself
 */
export async function settleUnchanged(
  run: Run & { readonly later: LaterWrites },
  source: string,
  observations: readonly Observation[],
): Promise<(ScopeResult | undefined)[]> {
  const members = observations.map((observation): Member => {
    // Absence is found by reading what a scope owns, and refusals are counted where they are written.
    // What waits for confirmation and is shown again is struck off where it is written.
    const alone =
      run.rules?.watched === true ||
      (observation.rejected ?? []).length > 0 ||
      observation.batches.some(({ owns }) => owns !== undefined);
    return { observation, unchanged: 0, gauges: 0, differs: alone };
  });
  const compared = [];
  for (const [table, rows] of rowsByTable(members)) compared.push(await compare(run, table, rows));
  const settled = (rows: Compared['moved']): Cells[] =>
    rows.filter(({ member }) => !member.differs).map(({ cells }) => cells);
  for (const { plan, moved, seen } of compared) run.later.gauges(plan, settled(moved), settled(seen));
  return members.map(({ observation, differs, unchanged, gauges }) => {
    if (differs) return undefined;
    const numbers = { created: 0, changed: 0, deleted: 0, unchanged };
    const { result, row } = scopeOutcome(run, source, observation, numbers, gauges, []);
    run.later.scope(row);
    return result;
  });
}

function rowsByTable(members: readonly Member[]): Map<AnyTable, Row[]> {
  const tables = new Map<AnyTable, Row[]>();
  for (const member of members) {
    if (member.differs) continue;
    for (const { table, rows } of member.observation.batches) {
      const before = tables.get(table) ?? [];
      for (const row of rows) before.push({ row, member });
      tables.set(table, before);
    }
  }
  return tables;
}

interface Compared {
  readonly plan: ReturnType<typeof observedTable>;
  readonly moved: readonly { readonly cells: Cells; readonly member: Member }[];
  /** Every record, as it was seen. */
  readonly seen: Compared['moved'];
}

async function compare({ store }: Run, table: AnyTable, rows: readonly Row[]): Promise<Compared> {
  const plan = observedTable(
    store.codec(table),
    rows.map(({ row }) => row),
  );
  const { keyWidth, metricStart, width } = plan;
  const observed = new Map<unknown, { cells: Cells; member: Member }>();
  for (const { row, member } of rows) {
    const cells: Cells = new Array(width + 1).fill(undefined);
    try {
      plan.encode(row, cells as StoredValue[], 0, 0);
    } catch (error) {
      if (!isHoldfastError(error)) throw error;
      member.differs = true;
      continue;
    }
    const key = keyOf(cells, plan);
    const twin = observed.get(key);
    if (twin !== undefined) member.differs = twin.member.differs = true;
    else observed.set(key, { cells, member });
  }
  const moved: { cells: Cells; member: Member }[] = [];
  const wanted = [...observed.values()].map(({ cells }) => cells);
  const shown = asSeen(plan, wanted);
  const found = await store.engine.read((session) => readKeys(session, plan, wanted));
  for (const stored of found.flat().map(plan.normalise)) {
    const entry = observed.get(keyOf(stored, plan))!;
    const { cells, member } = entry;
    cells[width] = true;
    if (fill(cells, stored, metricStart, width)) {
      moved.push(entry);
      member.gauges++;
    }
    if (fill(cells, stored, keyWidth, metricStart) || stored[width] !== null) member.differs = true;
    else member.unchanged++;
  }
  for (const { cells, member } of observed.values()) if (cells[width] === undefined) member.differs = true;
  const seen = [...observed.values()].flatMap(({ cells, member }) => {
    const row = shown.get(cells);
    return row === undefined ? [] : [{ cells: row, member }];
  });
  return { plan, moved, seen };
}
