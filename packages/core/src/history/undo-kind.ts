// Undoing as a plan: refused where later changes stand on what would be undone, else one transaction that puts
// records back bit by bit.

import { HoldfastError } from '../errors.ts';
import type { AtomicKind, Effects, Gate, GateAnswer, Json, PlanContext, StepDone } from '../plan/plan.ts';
import type { StoredRow } from '../schema/codec.ts';
import type { Resource } from '../schema/domain.ts';
import { hasOtherUniques } from '../schema/spec.ts';
import type { Store } from '../store/open-store.ts';
import type { Transaction } from '../store/transaction.ts';
import { UniqueRoom } from '../store/unique-room.ts';
import { Parameters } from '../store/where.ts';
import { counts, type HistoryTable, historyTable } from './history-table.ts';
import { inside } from './inside.ts';
import { type UndoAction, type UndoEntry, type UndoSubject, undoDraft } from './undo-draft.ts';
import { strandedBy } from './undo-references.ts';

/** Entries looked at in one statement, and named in a refusal. */
const batch = 200;
const named = 20;

/** @param resources those whose past is kept, parents before their children */
export const undoKind = (resources: readonly Resource[]): AtomicKind<UndoSubject> => ({
  kind: 'undo',
  atomic: true,
  revise: (plan, { store, transaction }) =>
    undoDraft(inside(store, transaction), resources, plan.subject.target),
  gates: (plan, context) => [
    laterChanges(resources, plan.subject, context),
    references(resources, plan.subject, context),
  ],
  step: (step, plan, context) => {
    const [action, name] = step.id.split(' ') as [UndoAction, string];
    const ofOne = plan.subject.entries.filter(({ resource }) => resource === name);
    return perform(resourceOf(resources, name), action, ofOne, context);
  },
  prove: async (plan, _done: readonly StepDone[], { store, transaction }) => {
    const wrong: string[] = [];
    for (const [name, entries] of Map.groupBy(plan.subject.entries, ({ resource }) => resource)) {
      const resource = resourceOf(resources, name);
      for (const part of parts(entries))
        wrong.push(...(await differing(store, resource, part, transaction!)));
    }
    return wrong.slice(0, named);
  },
});

const resourceOf = (resources: readonly Resource[], name: string): Resource => {
  const found = resources.find((each) => each.name === name);
  if (found === undefined) throw new HoldfastError('RESOURCE_UNKNOWN', `there is no resource ${name}`);
  return found;
};

function* parts(entries: readonly UndoEntry[]): Generator<readonly UndoEntry[]> {
  for (let start = 0; start < entries.length; start += batch) yield entries.slice(start, start + batch);
}

/** Records that somebody changed again since. */
const laterChanges = (
  resources: readonly Resource[],
  { entries }: UndoSubject,
  context: PlanContext,
): Gate => ({
  name: 'later-changes',
  async check(): Promise<GateAnswer> {
    const store = inside(context.store, context.transaction);
    const later: string[] = [];
    for (const [name, ofOne] of Map.groupBy(entries, ({ resource }) => resource)) {
      const history = historyTable(store, resourceOf(resources, name).table);
      for (const part of parts(ofOne)) later.push(...(await changedSince(store, history, part)));
    }
    if (later.length === 0) return { ok: true, evidence: { records: entries.length } };
    const [first] = later;
    return {
      ok: false,
      reason: `${later.length} of ${entries.length} records were changed again since: ${later.slice(0, named).join(', ')}${later.length > named ? ', …' : ''}`,
      evidence: later as readonly Json[],
      fix: `holdfast history ${first}`,
    };
  },
});

/** Records that came later and refer to what would be deleted. */
const references = (
  resources: readonly Resource[],
  { entries }: UndoSubject,
  context: PlanContext,
): Gate => ({
  name: 'references',
  async check(): Promise<GateAnswer> {
    const store = inside(context.store, context.transaction);
    const stranded = await strandedBy(store, resources, entries);
    if (stranded.length === 0) return { ok: true };
    return {
      ok: false,
      reason: `${stranded.length} other records refer to what would be deleted: ${stranded.slice(0, named).join(', ')}${stranded.length > named ? ', …' : ''}`,
      evidence: stranded,
      fix: `holdfast history ${stranded[0]}`,
    };
  },
});

/** Of each entry the last of its changes, and whether the same record has a later one. */
async function changedSince(
  store: Store,
  history: HistoryTable,
  part: readonly UndoEntry[],
): Promise<string[]> {
  const parameters = new Parameters(history.codec.syntax);
  const lasts = part.map(({ last }) => parameters.add(last)).join(', ');
  const sql = `SELECT h.journal_seq FROM ${history.history} AS h WHERE h.journal_seq IN (${lasts}) AND EXISTS (
      SELECT 1 FROM ${history.history} AS n WHERE ${history.same('n', 'h')} AND n.journal_at >= h.journal_at
        AND n.journal_seq > h.journal_seq AND ${counts('n')})`;
  const rows = await store.engine.read((session) => session.all({ sql }, parameters.values));
  const found = new Set(rows.map(([seq]) => Number(seq)));
  return part.filter(({ last }) => found.has(last)).map(({ resource, id }) => `${resource} ${id}`);
}

/** @param ofOne all entries of the resource */
async function perform(
  resource: Resource,
  action: UndoAction,
  ofOne: readonly UndoEntry[],
  { store, transaction, signal }: PlanContext,
): Promise<Effects> {
  const history = historyTable(store, resource.table);
  const { spec } = resource.table;
  const entries = ofOne.filter((entry) => entry.action === action);
  // Of records that have exchanged their unique values, one has to let go first: also for one that was deleted.
  const room = new UniqueRoom(store.engine, transaction!.session, spec, spec.columns);
  let done = 0;
  for (const part of parts(entries)) {
    const images = await imagesOf(history, part, transaction!);
    if (images.length < part.length)
      throw new HoldfastError(
        'PLAN_STALE',
        `${resource.name}: some of what was changed is no longer in the history`,
      );
    if (action === 'delete') done += await remove(history, images, transaction!);
    else {
      const ordered = action === 'update' ? await room.clear(images) : images;
      if (action === 'insert') await room.clear([], images);
      done += await putBack(history, ordered, transaction!, signal);
    }
  }
  // Those that are set back by the next step need not have their value until then.
  const next = action === 'insert' && room.moved > 0 ? await keysOf(history, ofOne, transaction!) : undefined;
  await room.putBack((row) => next?.has(String(history.keyOf(row))) ?? false);
  return { [resource.name]: { [action]: done } };
}

/** Of records that are set back. */
async function keysOf(
  history: HistoryTable,
  ofOne: readonly UndoEntry[],
  transaction: Transaction,
): Promise<Set<string>> {
  const keys = new Set<string>();
  for (const part of parts(ofOne.filter(({ action }) => action === 'update')))
    for (const image of await imagesOf(history, part, transaction)) keys.add(String(history.keyOf(image)));
  return keys;
}

/** Stored columns of the records as they were before the first change; of an insert only the key. */
async function imagesOf(
  history: HistoryTable,
  part: readonly UndoEntry[],
  { session }: Transaction,
): Promise<StoredRow[]> {
  const parameters = new Parameters(history.codec.syntax);
  const firsts = part.map(({ first }) => parameters.add(first)).join(', ');
  const sql = `SELECT ${history.of('h')} FROM ${history.history} AS h WHERE h.journal_seq IN (${firsts})`;
  return session.all(history.codec.statement(sql), parameters.values);
}

async function remove(
  history: HistoryTable,
  images: readonly StoredRow[],
  { session }: Transaction,
): Promise<number> {
  const { codec } = history;
  const sql = `${codec.syntax.deleteFrom(history.table.name, 'r')} WHERE ${history.keyIs('r', 1)}`;
  let removed = 0;
  for (const image of images) removed += await session.run({ sql }, history.keyOf(image));
  return removed;
}

async function putBack(
  history: HistoryTable,
  images: readonly StoredRow[],
  { session }: Transaction,
  signal: AbortSignal | undefined,
): Promise<number> {
  const { spec } = history.table;
  const columns = spec.columns.map(({ name }: { name: string }) => name);
  const update = columns.filter((name: string) => !spec.key.includes(name));
  await session.bulk(
    { table: spec.name, columns, key: spec.key, onConflict: { update, otherUniques: hasOtherUniques(spec) } },
    images.length,
    (index, into, offset) => {
      for (const [column, value] of images[index]!.entries()) into[offset + column] = value;
    },
    { signal },
  );
  return images.length;
}

/** Records that are not as they were, by id. */
async function differing(
  store: Store,
  resource: Resource,
  part: readonly UndoEntry[],
  transaction: Transaction,
): Promise<string[]> {
  const history = historyTable(store, resource.table);
  const parameters = new Parameters(history.codec.syntax);
  const firsts = part.map(({ first }) => parameters.add(first)).join(', ');
  const on = history.same('t', 'h');
  const sql = `SELECT h.journal_seq, ${history.of('h')}, ${history.of('t')}, t.${history.key[0]} FROM ${history.history} AS h
      LEFT JOIN ${history.living} AS t ON ${on} WHERE h.journal_seq IN (${firsts})`;
  const rows = await transaction.session.all(history.codec.statement(sql), parameters.values);
  const width = history.columns.length;
  return rows.flatMap((row) => {
    const entry = part.find(({ first }) => first === Number(row[0]))!;
    const there = row[2 * width + 1] !== null;
    if (entry.action === 'delete') return there ? [`${resource.name} ${entry.id} is still there`] : [];
    const same = there && String(row.slice(1, width + 1)) === String(row.slice(width + 1, 2 * width + 1));
    return same ? [] : [`${resource.name} ${entry.id} is not as it was`];
  });
}
