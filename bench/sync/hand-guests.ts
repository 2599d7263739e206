// The reference: comparing and writing guests by code written for these two tables alone, on node:sqlite.
// It does what a sweep does for guests that exist already: a transaction for each scope in which a record differs,
// one for all gauges and results. New, moved and deleted guests are not its business, and it says so.

import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { now } from '@holdfast/core';
import { type Observation, type ObservedBatch, uuid7 } from '@holdfast/core/sync';
import { pragmas } from '../store/contender.ts';
import { type Cell, cellsOf, containerColumns, type GuestColumns, machineColumns } from './guest-columns.ts';

/** Rows of one statement: no number from 10 to 200 is faster. */
const gaugeRows = 20;

interface Guests {
  readonly container: boolean;
  readonly columns: GuestColumns;
  /** Stored values as `cellsOf` orders them, after vmid and incarnation, before absent_since. */
  readonly read: StatementSync;
  readonly readWithConfig: StatementSync;
  readonly update: StatementSync;
  readonly updateWithConfig: StatementSync;
  readonly putGauges: StatementSync;
  readonly putGaugesOfOne: StatementSync;
  /** Key and values of each guest whose gauges have moved. */
  moved: Moved[];
}

interface Moved {
  readonly vmid: number;
  readonly incarnation: number;
  readonly cells: readonly Cell[];
}

const source = 'lab';

function prepareGuests(db: DatabaseSync, table: string, columns: GuestColumns): Guests {
  const prepare = (sql: string): StatementSync => {
    const statement = db.prepare(sql);
    statement.setReturnArrays(true);
    return statement;
  };
  const { listed, gauges, configured } = columns;
  const read = (with_: readonly string[]): StatementSync =>
    prepare(`SELECT r.vmid, r.incarnation, ${listed.map((name) => `r.${name}`).join(', ')},
      ${gauges.map((name) => `m.${name}`).join(', ')}, ${with_.map((name) => `r.${name}, `).join('')}r.absent_since
      FROM ${table} AS r LEFT JOIN ${table}_latest AS m
      ON m.source = r.source AND m.vmid = r.vmid AND m.incarnation = r.incarnation
      WHERE r.source = ? AND r.node = ?`);
  const update = (names: readonly string[]): StatementSync =>
    prepare(`UPDATE ${table} SET ${names.map((name) => `${name} = ?`).join(', ')}, updated_at = ?
      WHERE source = ? AND vmid = ? AND incarnation = ?`);
  const put = (rows: number): StatementSync => {
    const names = [...gauges, 'metrics_at'];
    const row = `(${new Array(3 + names.length).fill('?').join(', ')})`;
    return prepare(`INSERT INTO ${table}_latest (source, vmid, incarnation, ${names.join(', ')})
      VALUES ${new Array(rows).fill(row).join(', ')} ON CONFLICT (source, vmid, incarnation)
      DO UPDATE SET ${names.map((name) => `${name} = excluded.${name}`).join(', ')}`);
  };
  return {
    container: columns === containerColumns,
    columns,
    read: read([]),
    readWithConfig: read(configured),
    update: update(listed),
    updateWithConfig: update([...listed, ...configured]),
    putGauges: put(gaugeRows),
    putGaugesOfOne: put(1),
    moved: [],
  };
}

export class HandWrittenGuests {
  readonly #db: DatabaseSync;
  readonly #kinds: ReadonlyMap<string, Guests>;
  readonly #insertRun: StatementSync;
  readonly #finishRun: StatementSync;
  readonly #insertScope: StatementSync;

  constructor(path: string) {
    this.#db = new DatabaseSync(path, { enableDoubleQuotedStringLiterals: false });
    this.#db.exec(pragmas);
    this.#kinds = new Map([
      ['proxmox_vms', prepareGuests(this.#db, 'proxmox_vms', machineColumns)],
      ['proxmox_containers', prepareGuests(this.#db, 'proxmox_containers', containerColumns)],
    ]);
    this.#insertRun = this.#db.prepare(
      `INSERT INTO holdfast_runs (id, started_at, outcome) VALUES (?, ?, 'running')`,
    );
    this.#finishRun = this.#db.prepare('UPDATE holdfast_runs SET finished_at = ?, outcome = ? WHERE id = ?');
    this.#insertScope =
      this.#db.prepare(`INSERT INTO holdfast_run_scopes (run_id, source, scope, complete, created, changed, deleted, unchanged)
      VALUES (?, '${source}', ?, 1, 0, ?, 0, ?)`);
  }

  /** @param at the instant of the sweep. @returns milliseconds */
  sweep(observations: readonly Observation[], at: number): number {
    const start = performance.now();
    const id = uuid7(Date.now());
    this.#insertRun.run(id, at);
    const unchangedScopes: [string, number][] = [];
    for (const { scope, batches } of observations) {
      const batch = batches[0]!;
      const guests = this.#kinds.get(batch.table.name)!;
      const changed = this.#scope(guests, batch, at, () => this.#db.exec('BEGIN IMMEDIATE'));
      if (changed === 0) unchangedScopes.push([scope, batch.rows.length]);
      else {
        this.#insertScope.run(id, scope, changed, batch.rows.length - changed);
        this.#db.exec('COMMIT');
      }
    }
    this.#db.exec('BEGIN IMMEDIATE');
    for (const guests of this.#kinds.values()) putGauges(guests, at);
    for (const [scope, count] of unchangedScopes) this.#insertScope.run(id, scope, 0, count);
    this.#finishRun.run(now(), 'complete', id);
    this.#db.exec('COMMIT');
    return performance.now() - start;
  }

  close(): void {
    this.#db.close();
  }

  /** @returns records changed */
  #scope(guests: Guests, { rows, owns }: ObservedBatch, at: number, begin: () => void): number {
    const { columns, container } = guests;
    const withConfig = rows.some((row) => row['configDigest'] !== undefined);
    const statement = withConfig ? guests.readWithConfig : guests.read;
    const stored = statement.all(source, owns!['node'] as string) as unknown as Cell[][];
    const byId = new Map(stored.map((values) => [values[0], values]));
    const listedEnd = columns.listed.length;
    const gaugesEnd = listedEnd + columns.gauges.length;
    const end = withConfig ? gaugesEnd + columns.configured.length : gaugesEnd;
    let changed = 0;
    for (const row of rows) {
      const vmid = row['vmid'] as number;
      const incarnation = row['incarnation'] as number;
      const before = byId.get(vmid);
      if (before === undefined || before[1] !== incarnation || before[2 + end] !== null)
        throw new Error(`guest ${vmid} is new, moved or back`);
      const cells = cellsOf(row, container);
      const differs = complete(cells, before, 0, listedEnd);
      if (complete(cells, before, listedEnd, gaugesEnd)) guests.moved.push({ vmid, incarnation, cells });
      if (!complete(cells, before, gaugesEnd, end) && !differs) continue;
      if (changed++ === 0) begin();
      const values = cells.slice(0, listedEnd).concat(cells.slice(gaugesEnd, end)) as (string | number)[];
      const update = withConfig ? guests.updateWithConfig : guests.update;
      update.run(...values, at, source, vmid, incarnation);
    }
    if (stored.length !== rows.length) throw new Error('a guest is gone');
    return changed;
  }
}

/** Takes from the stored values what was not observed; true when an observed value differs. */
function complete(cells: Cell[], before: readonly Cell[], from: number, to: number): boolean {
  let differs = false;
  for (let index = from; index < to; index++) {
    const value = cells[index];
    if (value === undefined) cells[index] = before[index + 2];
    else if (value !== before[index + 2]) differs = true;
  }
  return differs;
}

/** Gauges in the order of their table, which is that of the key. */
function putGauges(guests: Guests, at: number): void {
  const { moved, columns, putGauges: many, putGaugesOfOne: one } = guests;
  guests.moved = [];
  moved.sort((a, b) => a.vmid - b.vmid);
  const from = columns.listed.length;
  const to = from + columns.gauges.length;
  const width = columns.gauges.length + 4;
  const params = new Array<never>(gaugeRows * width);
  const fill = ({ vmid, incarnation, cells }: Moved, into: unknown[], offset: number): void => {
    let place = offset;
    into[place++] = source;
    into[place++] = vmid;
    into[place++] = incarnation;
    for (let index = from; index < to; index++) into[place++] = cells[index];
    into[place] = at;
  };
  let row = 0;
  for (; row + gaugeRows <= moved.length; row += gaugeRows) {
    for (let index = 0; index < gaugeRows; index++) fill(moved[row + index]!, params, index * width);
    many.run(...params);
  }
  const single = new Array<never>(width);
  for (; row < moved.length; row++) {
    fill(moved[row]!, single, 0);
    one.run(...single);
  }
}
