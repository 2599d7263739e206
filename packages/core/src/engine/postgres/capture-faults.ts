// The triggers there are, compared with those that capture needs.

import type { StoredRow } from '../../schema/codec.ts';
import type { TableSpec } from '../../schema/spec.ts';
import type { CaptureFault, Session } from '../engine.ts';
import { type CaptureTrigger, captureTriggers } from './capture.ts';

const triggersSql = `SELECT c.relname, t.tgname, t.tgenabled = 'A', t.tgtype, t.tgoldtable, t.tgnewtable,
    t.tgqual IS NULL AND t.tgattr::text = '' AND p.proname = t.tgname AND p.pronamespace = c.relnamespace
      AND p.prosecdef AND p.proconfig IS NULL,
    p.prosrc, quote_ident(current_schema())
  FROM pg_catalog.pg_trigger AS t
  JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
  JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid
  WHERE NOT t.tgisinternal
    AND c.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = current_schema())`;

export async function captureFaults(session: Session, specs: readonly TableSpec[]): Promise<CaptureFault[]> {
  const there = new Map<string, StoredRow>();
  for (const row of await session.all({ sql: triggersSql }, [])) there.set(`${row[0]}.${row[1]}`, row);
  return specs
    .filter(({ history }) => history !== undefined)
    .flatMap(({ name: table, ...spec }) =>
      captureTriggers({ name: table, ...spec }).flatMap((wanted): CaptureFault[] => {
        const found = there.get(`${table}.${wanted.name}`);
        const fault = (code: string, what: string): CaptureFault[] => [
          { table, code, what: `the trigger ${wanted.name} ${what}` },
        ];
        if (found === undefined) return fault('TRIGGER_MISSING', 'does not exist');
        if (!isAsMade(found, wanted)) return fault('TRIGGER_DIFFERS', 'is not as it was made');
        return found[2] === true ? [] : fault('TRIGGER_DISABLED', 'does not run always');
      }),
    );
}

function isAsMade(
  [, , , type, old, after, plain, source, schema]: StoredRow,
  wanted: CaptureTrigger,
): boolean {
  return (
    type === wanted.type &&
    old === wanted.old &&
    after === wanted.new &&
    plain === true &&
    source === wanted.body(String(schema))
  );
}

/** A table made anew has another object id. One that is emptied tells of it, and keeps its own. */
export async function identities(
  session: Session,
  specs: readonly TableSpec[],
): Promise<ReadonlyMap<string, string>> {
  const names = specs.filter(({ history }) => history !== undefined).map(({ name }) => name);
  const rows = await session.all(
    {
      sql: `SELECT relname, oid FROM pg_catalog.pg_class
        WHERE relkind IN ('r', 'p') AND relname = ANY ($1::text[])
          AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = current_schema())`,
    },
    [`{${names.join()}}`],
  );
  return new Map(rows.map(([name, oid]) => [String(name), String(oid)]));
}
