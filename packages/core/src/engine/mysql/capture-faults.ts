// The triggers there are, compared with those that capture needs; and what tells a table that was emptied.

import { isHoldfastError } from '../../errors.ts';
import type { TableSpec } from '../../schema/spec.ts';
import type { CaptureFault, Session } from '../engine.ts';
import { type Trigger, triggersOf } from './capture.ts';
import type { Flavour } from './flavour.ts';

const isTracked = ({ history }: TableSpec): boolean => history !== undefined;

export async function captureFaults(session: Session, specs: readonly TableSpec[]): Promise<CaptureFault[]> {
  const sql = `SELECT trigger_name, action_timing, event_manipulation, event_object_table, action_statement
    FROM information_schema.triggers WHERE trigger_schema = database()`;
  const rows = await session.all({ sql }, []);
  const there = new Map(rows.map(([name, ...rest]) => [String(name), rest.join(' ')]));
  return specs.filter(isTracked).flatMap((spec) =>
    triggersOf(spec, specs).flatMap((wanted): CaptureFault[] => {
      const { name } = wanted;
      if (there.get(name) === described(wanted)) return [];
      const found = there.has(name);
      return [
        {
          table: spec.name,
          code: found ? 'TRIGGER_DIFFERS' : 'TRIGGER_MISSING',
          what: `the trigger ${name} ${found ? 'is not as it was made' : 'does not exist'}`,
        },
      ];
    }),
  );
}

const described = ({ timing, event, table, body }: Trigger): string => [timing, event, table, body].join(' ');

/**
 * Numbers of tables inside InnoDB: TRUNCATE, which no trigger sees, gives another one.
 * @returns nothing where the account has no right to see them
 */
export async function identities(
  session: Session,
  { name: flavour }: Flavour,
  specs: readonly TableSpec[],
): Promise<ReadonlyMap<string, string>> {
  const tracked = new Set(specs.filter(isTracked).map(({ name }) => name));
  if (tracked.size === 0) return new Map();
  const view = flavour === 'MariaDB' ? 'innodb_sys_tables' : 'innodb_tables';
  // Names of databases are spelled there as those of files are.
  const sql = `SELECT substring_index(name, '/', -1), table_id FROM information_schema.${view}
    WHERE substring_index(name, '/', 1) = CONVERT(CONVERT(database() USING filename) USING binary)`;
  try {
    const rows = await session.all({ sql, bigints: true }, []);
    return new Map(
      rows.map(([name, id]) => [String(name), String(id)] as const).filter(([name]) => tracked.has(name)),
    );
  } catch (error) {
    if (isHoldfastError(error) && error.code === 'DATABASE_FORBIDDEN') return new Map();
    throw error;
  }
}
