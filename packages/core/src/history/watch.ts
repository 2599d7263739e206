// Is every change captured? What is found broken is told, and noted as a gap: answers across it say so.

import type { CaptureFault, Finding } from '../engine/engine.ts';
import { now } from '../schema/instant.ts';
import type { TableSpec } from '../schema/spec.ts';
import type { Row } from '../schema/table.ts';
import { uuid7 } from '../schema/uuid7.ts';
import type { Store } from '../store/open-store.ts';
import type { Repositories } from '../store/repository.ts';
import { historyGaps, trackedTables } from '../system/tables.ts';

type Tracked = Row<typeof trackedTables>;

const specsOf = (store: Store): TableSpec[] =>
  store.domains.flatMap(({ tables }) => tables.map(({ spec }) => spec));

/**
 * Looks at triggers and tables, and notes what it finds: until when capture was whole, gaps that begin, and those that
 * have ended because somebody mended their cause.
 * @returns what is broken now
 */
export async function watchCapture(store: Store): Promise<CaptureFault[]> {
  const specs = specsOf(store);
  const faults = await store.engine.captureFaults(specs);
  const identities = await store.engine.identities(specs);
  const { items } = await store.repository(trackedTables).list({ limit: 10_000 });
  const identityOf = ({ tableName, identity }: Tracked): string | null =>
    identities.get(tableName) ?? identity;
  const replaced = items
    .filter((tracked) => tracked.identity !== null && identityOf(tracked) !== tracked.identity)
    .map(
      ({ tableName: table }): CaptureFault => ({
        table,
        code: 'TABLE_REPLACED',
        what: 'the table was emptied or made anew: records may have gone without a trace',
      }),
    );
  const all = [...faults, ...replaced];
  const broken = new Set(faults.map(({ table }) => table));
  await store.transaction(async (transaction) => {
    const tracked = transaction.repository(trackedTables);
    for (const each of items) {
      const fault = all.find(({ table }) => table === each.tableName);
      if (fault !== undefined) await note(transaction, each, fault, broken.has(each.tableName));
      if (identityOf(each) !== each.identity)
        await tracked.update({ tableName: each.tableName }, { identity: identityOf(each) });
    }
    const sound = items.map(({ tableName }) => tableName).filter((name) => !broken.has(name));
    const at = now();
    const mended = { tableName: { in: sound }, until: null };
    await transaction.repository(historyGaps).updateMany(mended, { until: at });
    await tracked.updateMany({ tableName: { in: sound } }, { soundAt: at });
  });
  return all;
}

/** @param lasts whether capture is still broken */
async function note(
  repositories: Repositories,
  { tableName, soundAt }: Tracked,
  fault: CaptureFault,
  lasts: boolean,
): Promise<void> {
  const gaps = repositories.repository(historyGaps);
  const open = { tableName, until: null };
  if ((await gaps.count(open)) > 0) return;
  const { code: cause, what: details } = fault;
  const until = lasts ? null : now();
  await gaps.insert({ id: uuid7(Date.now()), tableName, from: soundAt, until, cause, details });
}

/** For `doctor`: broken capture, with what mends it. */
export async function captureFindings(store: Store): Promise<Finding[]> {
  return (await watchCapture(store)).map(({ table, code, what }) => ({
    code,
    where: table,
    what: `${what}; since then changes may be missing from its history`,
    fix:
      code === 'TABLE_REPLACED' ? 'Restore the records from the newest proven backup' : 'holdfast db repair',
  }));
}

/**
 * Makes broken triggers anew. What was changed meanwhile stays unknown: the gap that this ends is kept.
 * @returns what was mended
 */
export async function repairCapture(store: Store): Promise<CaptureFault[]> {
  const faults = (await watchCapture(store)).filter(({ code }) => code.startsWith('TRIGGER_'));
  if (faults.length === 0) return [];
  const { engine } = store;
  const specs = specsOf(store);
  const broken = new Set(faults.map(({ table }) => table));
  const { session, commit, rollback } = await engine.beginMigration();
  try {
    for (const spec of specs.filter(({ name }) => broken.has(name)))
      for (const statement of engine.ddl.createCapture(spec, specs)) await session.exec(statement);
    await commit();
  } catch (error) {
    await rollback();
    throw error;
  }
  await watchCapture(store);
  return faults;
}
