// Records that restored ones refer to: what is neither living nor restored anyway comes along from the archive.

import type { Engine, Session } from '../../engine/engine.ts';
import type { StoredRow } from '../../schema/codec.ts';
import type { ForeignKeySpec } from '../../schema/spec.ts';
import { exactOf, pick } from './cells.ts';
import { keyText } from './key-set.ts';
import type { Unit } from './selection.ts';
import type { TableForm } from './table-form.ts';

/** What is referred to by the same columns of one table. */
interface Need {
  readonly references: readonly string[];
  /** By their text. */
  readonly tuples: Map<string, StoredRow>;
  /** Those that the archive has. */
  readonly found: Set<string>;
}

/** What a restore of chosen records needs, by table. As many entries as records are referred to. */
export class Needs {
  readonly #partial: ReadonlySet<string>;
  readonly #needs = new Map<string, Map<string, Need>>();

  /** @param units all tables of the selection: of those that come whole, nothing can be missing */
  constructor(units: readonly Unit[]) {
    this.#partial = new Set(units.filter(({ whole }) => !whole).map(({ table }) => table.name));
  }

  /** Notes what a row that is written refers to. @returns undefined for a table that refers to nothing of the kind */
  watch({ spec, columns }: TableForm): ((row: StoredRow) => void) | undefined {
    const keys = spec.foreignKeys.flatMap((key) => {
      const at = key.columns.map((name) => columns.findIndex((column) => column.name === name));
      return this.#partial.has(key.table) && !at.includes(-1) ? [{ key, at }] : [];
    });
    if (keys.length === 0) return undefined;
    return (row) => {
      for (const { key, at } of keys) {
        const tuple = pick(row, at);
        if (!tuple.includes(null)) this.#of(key).tuples.set(keyText(tuple), tuple);
      }
    };
  }

  #of({ table, references }: ForeignKeySpec): Need {
    const ofTable = this.#needs.get(table) ?? new Map<string, Need>();
    this.#needs.set(table, ofTable);
    const by = references.join();
    const need = ofTable.get(by) ?? { references, tuples: new Map(), found: new Set() };
    ofTable.set(by, need);
    return need;
  }

  /** Forgets what lives. */
  async settle(
    { form }: Unit,
    session: Session,
    { syntax, forms }: Pick<Engine, 'syntax' | 'forms'>,
  ): Promise<void> {
    for (const { references, tuples } of this.#ofTable(form)) {
      const columns = references.map((name) => form.spec.columns.find((column) => column.name === name)!);
      const exact = columns.map((column) => exactOf(column, forms(true)));
      const select = references.map(syntax.quote).join(', ');
      for (const row of await form.byTuples(session, select, references, [...tuples.values()]))
        tuples.delete(keyText(row.map((value, at) => exact[at]!(value))));
    }
  }

  /** Whether a row of the archive is one that is needed. */
  wants({ form }: Unit): (row: StoredRow) => boolean {
    const needs = this.#ofTable(form).map(({ references, ...need }) => ({
      at: references.map((name) => form.at(name)),
      ...need,
    }));
    return (row) => {
      let wanted = false;
      for (const { at, tuples, found } of needs) {
        if (tuples.size === 0) continue;
        const text = keyText(pick(row, at));
        if (!tuples.has(text)) continue;
        found.add(text);
        wanted = true;
      }
      return wanted;
    };
  }

  any({ form }: Unit): boolean {
    return this.#ofTable(form).some(({ tuples }) => tuples.size > 0);
  }

  /** Keys that the archive does not have either, once all of its rows were asked about. */
  missing({ form }: Unit): string[] {
    return this.#ofTable(form).flatMap(({ tuples, found }) =>
      [...tuples].filter(([text]) => !found.has(text)).map(([, tuple]) => tuple.map(String).join('/')),
    );
  }

  #ofTable({ spec }: TableForm): readonly Need[] {
    return [...(this.#needs.get(spec.name)?.values() ?? [])];
  }
}
