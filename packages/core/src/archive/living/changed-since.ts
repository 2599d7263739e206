// Which living records were changed after an instant, by the history of their table.

import type { Session } from '../../engine/engine.ts';
import type { Instant } from '../../schema/instant.ts';
import { historySpec } from '../../schema/spec.ts';
import type { Store } from '../../store/open-store.ts';
import { exactOf, storedOf } from './cells.ts';
import { KeySet } from './key-set.ts';
import type { ChangedSince } from './policies.ts';
import type { TableForm } from './table-form.ts';

const keysAtOnce = 5_000;
const instant = { name: 'at', kind: 'instant' } as const;

/** @returns undefined for a table that keeps no history: what changed is not known */
export async function changedSince(
  { engine }: Store,
  session: Session,
  { spec }: TableForm,
  at: Instant,
): Promise<ChangedSince> {
  const history = historySpec(spec);
  if (history === undefined) return undefined;
  const { syntax, forms } = engine;
  const key = spec.key.map((name) => spec.columns.find((column) => column.name === name)!);
  const exact = key.map((column) => exactOf(column, forms(true)));
  const after = syntax.operand(instant, syntax.placeholder(1));
  const names = key.map(({ name }) => syntax.quote(name)).join(', ');
  const sql = `SELECT DISTINCT ${names} FROM ${syntax.quote(history.name)} WHERE journal_op <= 3 AND journal_at > ${after}`;
  const changed = new KeySet();
  const since = storedOf(instant, forms(true))(at);
  for await (const rows of session.stream({ sql, bigints: true }, [since], keysAtOnce))
    for (const row of rows) changed.add(row.map((value, place) => exact[place]!(value)));
  return (wanted) => changed.has(wanted);
}
