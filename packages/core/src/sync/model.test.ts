// Any series of sweeps leaves what a plain reading of the observations says: each record as last seen, absent when
// enough complete sweeps of its scope in a row did not show it, and counts that add up.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { setSetting } from '../system/settings.ts';
import { absences } from '../system/tables.ts';
import { sweepSetting } from './sweep-policy.ts';
import { actor, failure, guests, type ofNode, openSystem } from './test-sync.ts';

interface Seen {
  readonly id: number;
  readonly name?: string | undefined;
  readonly note?: string | null | undefined;
  readonly heat?: number | null | undefined;
}
interface Step {
  readonly node: string;
  readonly rows: readonly Seen[];
  readonly complete: boolean;
}
interface Expected {
  node: string;
  name: string;
  note: string | null;
  heat: number | null;
  absent: boolean;
  /** Complete sweeps of its scope in a row that did not show it. */
  missed: number;
}

const maybe = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: undefined });
const seen: fc.Arbitrary<Seen> = fc.record({
  id: fc.integer({ min: 0, max: 7 }),
  name: maybe(fc.constantFrom('a', 'b')),
  note: maybe(fc.constantFrom('', 'x', null)),
  heat: maybe(fc.constantFrom(0, 1.5, null)),
});
const step: fc.Arbitrary<Step> = fc.record({
  node: fc.constantFrom('n1', 'n2'),
  rows: fc.uniqueArray(seen, { selector: ({ id }) => id, maxLength: 6 }),
  complete: fc.boolean(),
});

const differs = (stored: Expected, given: Step, row: Seen): boolean =>
  stored.absent ||
  stored.node !== given.node ||
  (row.name !== undefined && row.name !== stored.name) ||
  (row.note !== undefined && row.note !== stored.note);

/** What one scope does to the model. */
function expectedOf(model: Map<number, Expected>, given: Step, confirmSweeps: number) {
  const counts = { created: 0, changed: 0, deleted: 0, unchanged: 0, gauges: 0, rejected: 0 };
  const shown = new Set<number>();
  for (const row of given.rows) {
    const stored = model.get(row.id);
    shown.add(row.id);
    if (stored === undefined && row.name === undefined) {
      counts.rejected++;
      continue;
    }
    const moved = row.heat !== undefined && row.heat !== (stored?.heat ?? null);
    if (stored === undefined) counts.created++;
    else if (differs(stored, given, row)) counts.changed++;
    else {
      counts.unchanged++;
      if (moved) counts.gauges++;
    }
    model.set(row.id, {
      node: given.node,
      name: row.name ?? stored!.name,
      note: row.note === undefined ? (stored?.note ?? null) : row.note,
      heat: row.heat === undefined ? (stored?.heat ?? null) : row.heat,
      absent: false,
      missed: 0,
    });
  }
  if (given.complete && counts.rejected === 0)
    for (const [id, stored] of model)
      if (stored.node === given.node && !shown.has(id) && !stored.absent) {
        const missed = stored.missed + 1;
        const absent = missed >= confirmSweeps;
        model.set(id, { ...stored, absent, missed: absent ? 0 : missed });
        if (absent) counts.deleted++;
      }
  return counts;
}

const observation = ({ node, rows, complete }: Step): ReturnType<typeof ofNode> => ({
  scope: `node/${node}`,
  ...(complete ? {} : { error: failure }),
  batches: [
    {
      table: guests,
      rows: rows.map((row) => ({ ...row, source: 'lab', node })),
      owns: { source: 'lab', node },
    },
  ],
});

test('any series of sweeps', async () => {
  const system = await openSystem();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 10 }), fc.constantFrom(1, 2, 3), async (steps, sweeps) => {
      await system.store.repository(guests).deleteMany({});
      await system.store.repository(absences).deleteMany({});
      await setSetting(system.store, sweepSetting, { confirmSweeps: sweeps }, actor);
      const model = new Map<number, Expected>();
      for (const given of steps) {
        const counts = expectedOf(model, given, sweeps);
        const { sources } = await system.sweep([observation(given)]);
        const { rejected, ...scope } = sources[0]!.scopes[0]!;
        expect({ ...scope, rejected: rejected.length }).toMatchObject({
          ...counts,
          complete: given.complete && counts.rejected === 0,
        });
        const stored = (await system.stored()).map(({ id, node, name, note, heat, absentSince }) => [
          id,
          { node, name, note, heat, absent: absentSince !== null },
        ]);
        const expected = [...model.entries()].sort(([a], [b]) => a - b);
        expect(stored).toEqual(expected.map(([id, { missed: _missed, ...row }]) => [id, row]));
        const waiting = (await system.stored(absences)).map(({ recordKey, timesMissed }) => [
          (recordKey as [string, number])[1],
          timesMissed,
        ]);
        expect(waiting.sort()).toEqual(
          expected.flatMap(([id, { missed }]) => (missed === 0 ? [] : [[id, missed]])),
        );
      }
    }),
    { numRuns: 100 },
  );
});
