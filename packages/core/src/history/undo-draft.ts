// What would be undone: for each record that somebody changed, what it was before.

import { HoldfastError } from '../errors.ts';
import type { Effects, Json, PlanDraft } from '../plan/plan.ts';
import { type Resource, recordId } from '../schema/domain.ts';
import { journalOps } from '../schema/spec.ts';
import type { Row } from '../schema/table.ts';
import type { Store } from '../store/open-store.ts';
import { journal } from '../system/tables.ts';
import { type HistoryTable, historyTable } from './history-table.ts';
import { type LoggedChange, readChanges } from './read-changes.ts';
import { seqRange } from './seq-range.ts';

/** Whose changes are undone: of a sweep, of one call, or the last one of a record. */
export type UndoTarget =
  | { readonly run: string }
  | { readonly request: string }
  | { readonly resource: string; readonly id: string; readonly key: { readonly [property: string]: Json } };

export type UndoAction = 'delete' | 'insert' | 'update';

/** One record: what is done to it, and the change that holds it as it was. */
export interface UndoEntry {
  readonly resource: string;
  readonly id: string;
  readonly action: UndoAction;
  /** Number of the first change that is undone; its old image is put back. */
  readonly first: number;
  /** Number of the last one: nothing may have come after it. */
  readonly last: number;
}

export type UndoSubject = {
  readonly target: UndoTarget & Json;
  readonly entries: readonly (UndoEntry & Json)[];
};

/** More is not undone record by record. */
const most = 100_000;
const step = 2_000;

/** @throws RECORD_NOT_FOUND where nothing is to be undone, QUERY_INVALID for too much */
export async function undoDraft(
  store: Store,
  resources: readonly Resource[],
  target: UndoTarget,
): Promise<PlanDraft<UndoSubject>> {
  const entries =
    'resource' in target
      ? await ofRecord(store, resources, target)
      : await ofJournal(store, resources, target);
  const title = titleOf(target);
  if (entries.length === 0)
    throw new HoldfastError('RECORD_NOT_FOUND', `${title}: nothing of it is in the history`, {
      hint: 'holdfast history shows what there is, with run and request of each change',
    });
  return {
    kind: 'undo',
    title,
    steps: stepsOf(resources, entries),
    wayBack: 'holdfast undo --request, with the request of this call',
    subject: { target: target as UndoTarget & Json, entries: entries as (UndoEntry & Json)[] },
  };
}

function titleOf(target: UndoTarget): string {
  if ('run' in target) return `Undo what the sweep ${target.run} changed`;
  if ('request' in target) return `Undo what the call ${target.request} changed`;
  return `Undo the last change of ${target.resource} ${target.id}`;
}

/** Children are deleted before their parents, and put back after them. */
function stepsOf(resources: readonly Resource[], entries: readonly UndoEntry[]): PlanDraft['steps'] {
  const of = (action: UndoAction, { name }: Resource) => ({
    [name]: { [action]: count(entries, name, action) },
  });
  const steps = (action: UndoAction, ordered: readonly Resource[]) =>
    ordered
      .filter(({ name }) => count(entries, name, action) > 0)
      .map((resource) => ({
        id: `${action} ${resource.name}`,
        title: `${words[action]} ${count(entries, resource.name, action)} of ${resource.name}`,
        effects: of(action, resource) as Effects,
      }));
  return [
    ...steps('delete', resources.toReversed()),
    ...steps('insert', resources),
    ...steps('update', resources),
  ];
}

const words: Readonly<Record<UndoAction, string>> = {
  delete: 'delete',
  insert: 'bring back',
  update: 'set back',
};

const count = (entries: readonly UndoEntry[], resource: string, action: UndoAction): number =>
  entries.filter((entry) => entry.resource === resource && entry.action === action).length;

async function ofJournal(
  store: Store,
  resources: readonly Resource[],
  where: { readonly run: string } | { readonly request: string },
): Promise<UndoEntry[]> {
  const credits: Row<typeof journal>[] = [];
  for await (const rows of store.repository(journal).stream({ where })) credits.push(...rows);
  if (credits.length === 0) return [];
  const txns = credits.map(({ txn }) => txn);
  const from = Math.min(...credits.map(({ startedAt }) => startedAt));
  const to = Math.max(...credits.map(({ at }) => at));
  const entries: UndoEntry[] = [];
  for (const resource of resources) {
    const history = historyTable(store, resource.table);
    const range = await seqRange(store, history, from, to);
    const changes: LoggedChange[] = [];
    for (let beforeSeq: number | undefined; ; beforeSeq = changes.at(-1)!.seq) {
      const more = await readChanges(store, history, { from, to, range, txns, beforeSeq }, step);
      for (const change of more) changes.push(change);
      if (changes.length > most)
        throw new HoldfastError(
          'QUERY_INVALID',
          `more than ${most.toLocaleString('en')} changes are not undone at once`,
          {
            hint: 'Restore the newest backup from before them',
          },
        );
      if (more.length < step) break;
    }
    entries.push(...entriesOf(resource, history, changes));
  }
  return entries;
}

async function ofRecord(
  store: Store,
  resources: readonly Resource[],
  { resource: name, key }: Extract<UndoTarget, { resource: string }>,
): Promise<UndoEntry[]> {
  const resource = resources.find((each) => each.name === name);
  if (resource === undefined) throw new HoldfastError('RESOURCE_UNKNOWN', `there is no resource ${name}`);
  const history = historyTable(store, resource.table);
  const { codec } = history;
  const values = codec.keyFields.map(({ property, spec }) => {
    const value = key[property];
    return codec.column(property).encode(spec.kind === 'bigint' ? BigInt(value as string) : value);
  });
  const [last, before] = await readChanges(store, history, { key: values }, 2);
  if (last === undefined) return [];
  const replaced = before !== undefined && before.txn === last.txn && before.at === last.at;
  return entriesOf(resource, history, replaced ? [last, before] : [last]);
}

/** One entry for each record. @param changes the last one first */
function entriesOf(resource: Resource, history: HistoryTable, changes: readonly LoggedChange[]): UndoEntry[] {
  const byKey = Map.groupBy(changes, ({ key }) => JSON.stringify(key.map(String)));
  return [...byKey.values()].flatMap((ofOne): UndoEntry[] => {
    const [last, first] = [ofOne[0]!, ofOne.at(-1)!];
    const gone = last.op === journalOps.delete;
    const made = first.op === journalOps.insert;
    // Made and deleted again: there is nothing to undo.
    if (gone && made) return [];
    const action = made ? 'delete' : gone ? 'insert' : 'update';
    const id = recordId(resource, history.decode(first.image));
    return [{ resource: resource.name, id, action, first: first.seq, last: last.seq }];
  });
}
