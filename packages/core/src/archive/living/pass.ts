// One reading of the rows of a table in an archive beside the living ones: counted, and written where that is wanted.

import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import type { Session } from '../../engine/engine.ts';
import type { LossyValue } from '../../engine/fit-values.ts';
import { throwIfAborted } from '../../engine/write-lock.ts';
import type { StoredRow } from '../../schema/codec.ts';
import { type ForeignKeySpec, hasOtherUniques } from '../../schema/spec.ts';
import type { UniqueRoom } from '../../store/unique-room.ts';
import type { Pace } from '../backup/pace.ts';
import { TableDigest } from '../digest/table-digest.ts';
import { KeySet, keyText } from './key-set.ts';
import { type ChangedSince, type ConflictPolicy, type Decision, decide } from './policies.ts';
import { type LivingRow, rowsAtOnce, type TableForm } from './table-form.ts';

export interface Tally {
  inserted: number;
  updated: number;
  /** Records that stay although the archive has others. */
  skipped: number;
  /** Records that are in both, and not the same. */
  conflicts: number;
  /** Records that are the same. */
  unchanged: number;
  /** Values of written records that cannot be kept as they are. */
  lossy: number;
  /** Conflicts in which nobody knows which record is newer. */
  undated: number;
}

export interface PassOptions {
  readonly policy: ConflictPolicy;
  readonly changedSince: ChangedSince;
  /** Which rows of the archive. */
  readonly wants: (row: StoredRow) => boolean;
  /** Writes what was decided, in the transaction of the session. */
  readonly write: boolean;
  readonly signal: AbortSignal | undefined;
  readonly pace: Pace | undefined;
  /** Whether a record is deleted afterwards: asked of those whose unique values others have got. */
  readonly isGone?: ((keys: KeySet) => Promise<(key: StoredRow) => boolean>) | undefined;
  /** Told of each row that is written. */
  readonly onWritten?: ((row: StoredRow, inserted: boolean) => void) | undefined;
  readonly onLoss?: ((loss: LossyValue) => void) | undefined;
  /** Told of each record that is in both, and not the same. */
  readonly onConflict?: ((key: StoredRow, action: Decision['action']) => void) | undefined;
}

export interface Passed {
  readonly tally: Tally;
  /** SHA-256 over what becomes of which record: two readings that decide the same have the same. */
  readonly decisions: string;
  /** All keys that were wanted. */
  readonly keys: KeySet;
  /** Of the living records of these keys, as they were found. */
  readonly digest: TableDigest;
}

/** Rows that are written together: more at once than are looked up, since each write costs its triggers. */
const writtenAtOnce = 2_000;

/** Rows are looked up by hundreds, and written by thousands. */
export async function passOver(form: TableForm, session: Session, options: PassOptions): Promise<Passed> {
  const { wants, signal, pace } = options;
  const pass = new Pass(form, session, options);
  let batch: StoredRow[] = [];
  for await (const rows of form.read(signal)) {
    for (const row of rows) {
      if (!wants(row)) continue;
      if (batch.push(row) < rowsAtOnce) continue;
      await pass.batch(batch);
      batch = [];
      // Some engines answer at once, and the loop would never turn.
      await turn();
    }
    pace?.add(form.spec.name, rows.length);
    throwIfAborted(signal);
  }
  await pass.batch(batch);
  return await pass.end();
}

/** Of a table that nothing is wanted of. */
export const passNothing = (form: TableForm, session: Session, options: PassOptions): Promise<Passed> =>
  new Pass(form, session, options).end();

class Pass {
  readonly #form: TableForm;
  readonly #session: Session;
  readonly #options: PassOptions;
  readonly #tally: Tally = {
    ...{ inserted: 0, updated: 0, skipped: 0, conflicts: 0, unchanged: 0, lossy: 0, undated: 0 },
  };
  readonly #decisions = createHash('sha256');
  readonly #keys = new KeySet();
  readonly #digest: TableDigest;
  readonly #inward: readonly Inward[];
  readonly #inserts: StoredRow[] = [];
  readonly #updates: StoredRow[] = [];
  readonly #later: StoredRow[] = [];
  readonly #room: UniqueRoom | undefined;

  constructor(form: TableForm, session: Session, options: PassOptions) {
    this.#form = form;
    this.#session = session;
    this.#options = options;
    this.#digest = new TableDigest(form.columns);
    this.#inward = options.write ? inwardOf(form) : [];
    this.#room = options.write && hasOtherUniques(form.spec) ? form.room(session) : undefined;
  }

  async batch(rows: readonly StoredRow[]): Promise<void> {
    if (rows.length === 0) return;
    const { policy, changedSince, write, onLoss, onWritten, onConflict } = this.#options;
    const form = this.#form;
    const losses = rows.map((row) => form.fit(row) ?? []);
    const keys = rows.map((row) => form.keyOf(row));
    if (write) await form.readyFor(this.#session, rows);
    const living = await form.lookUp(this.#session, keys);
    const found: StoredRow[] = [];
    for (const [index, row] of rows.entries()) {
      const key = keys[index]!;
      const text = keyText(key);
      const there = this.#asItWas(living.get(text));
      this.#keys.add(key);
      if (there !== undefined) found.push(there.exact);
      const decision = decide(form, policy, row, there, changedSince);
      this.#count(decision.action);
      if (decision.action !== 'same') this.#decisions.update(`${decision.action} ${text}\n`);
      if (decision.action !== 'same' && there !== undefined) onConflict?.(key, decision.action);
      if (!('row' in decision)) continue;
      this.#tally.lossy += losses[index]!.length;
      for (const loss of losses[index]!) onLoss?.(loss);
      onWritten?.(decision.row, there === undefined);
      if (write) this.#put(decision.row, there);
    }
    this.#digest.add(found);
    await this.#flush(writtenAtOnce);
  }

  /** A record that was moved out of the way of another is what it was before. */
  #asItWas(living: LivingRow | undefined): LivingRow | undefined {
    if (living === undefined || this.#room === undefined || this.#room.moved === 0) return living;
    const before = this.#room.before(living.stored);
    return before === living.stored ? living : this.#form.living([before])[0]!;
  }

  async #flush(from: number): Promise<void> {
    const { signal } = this.#options;
    if (this.#room !== undefined) {
      if (this.#inserts.length + this.#updates.length < from) return;
      const updates = await this.#room.clear(this.#updates.splice(0), this.#inserts);
      await this.#form.update(this.#session, updates, signal);
      await this.#form.insert(this.#session, this.#inserts.splice(0), signal);
      return;
    }
    if (this.#inserts.length >= from) await this.#form.insert(this.#session, this.#inserts.splice(0), signal);
    if (this.#updates.length >= from) await this.#form.update(this.#session, this.#updates.splice(0), signal);
  }

  #count(action: Decision['action']): void {
    const tally = this.#tally;
    if (action === 'insert') tally.inserted++;
    else if (action === 'same') tally.unchanged++;
    else {
      tally.conflicts++;
      if (action === 'update') tally.updated++;
      else tally.skipped++;
      if (action === 'undated') tally.undated++;
    }
  }

  /** What refers to a record of the same table is told of it when all of them are there. */
  #put(row: StoredRow, there: LivingRow | undefined): void {
    const late = this.#inward.some(({ at }) => at.every((place) => row[place] !== null));
    let first = row;
    if (late) {
      this.#later.push(row);
      first = [...row];
      for (const { at } of this.#inward)
        for (const place of at) first[place] = there === undefined ? null : there.exact[place]!;
    }
    if (there === undefined) this.#inserts.push(this.#form.newRow(first));
    else this.#updates.push(this.#form.changedRow(first, there));
  }

  async end(): Promise<Passed> {
    await this.#flush(1);
    for (let from = 0; from < this.#later.length; from += rowsAtOnce) {
      const rows = this.#later.slice(from, from + rowsAtOnce);
      const living = await this.#form.lookUp(
        this.#session,
        rows.map((row) => this.#form.keyOf(row)),
      );
      const whole = rows.map((row) =>
        this.#form.changedRow(row, living.get(keyText(this.#form.keyOf(row)))!),
      );
      await this.#form.update(this.#session, whole, this.#options.signal);
    }
    if (this.#room !== undefined && this.#room.moved > 0) {
      const isGone = (await this.#options.isGone?.(this.#keys)) ?? (() => false);
      await this.#room.putBack((row) => isGone(this.#form.keyOf(this.#form.living([row])[0]!.exact)));
    }
    return {
      tally: this.#tally,
      decisions: this.#decisions.digest('hex'),
      keys: this.#keys,
      digest: this.#digest,
    };
  }
}

/** A reference of a table to itself, which may be null for a while. */
interface Inward {
  readonly at: readonly number[];
}

function inwardOf({ spec, columns }: TableForm): Inward[] {
  return spec.foreignKeys
    .filter((key: ForeignKeySpec) => key.table === spec.name)
    .map((key) => ({
      at: key.columns
        .map((name) => columns.findIndex((column) => column.name === name))
        .filter((place) => place >= 0 && columns[place]!.nullable),
    }))
    .filter(({ at }) => at.length > 0);
}
