// References to records that are not there, as a switched-off check may have let them in.

import type { Finding, Session } from '../engine.ts';
import { quote } from './dialect.ts';

const referencesSql = `SELECT table_name, constraint_name, referenced_table_name, column_name, referenced_column_name
  FROM information_schema.key_column_usage
  WHERE table_schema = database() AND referenced_table_name IS NOT NULL
  ORDER BY table_name, constraint_name, ordinal_position`;

/** One finding for each reference that some record breaks; one statement mends all of them. */
export async function orphans(session: Session): Promise<Finding[]> {
  const rows = (await session.all({ sql: referencesSql }, [])).map((row) => row.map(String));
  const findings: Finding[] = [];
  for (const columns of Map.groupBy(rows, ([table, constraint]) => `${table} ${constraint}`).values()) {
    const [table, constraint, parent] = columns[0]!;
    const same = columns.map(([, , , from, to]) => `p.${quote(to!)} = c.${quote(from!)}`);
    const given = columns.map(([, , , from]) => `c.${quote(from!)} IS NOT NULL`);
    const condition = `${given.join(' AND ')} AND NOT EXISTS (SELECT 1 FROM ${quote(parent!)} AS p WHERE ${same.join(' AND ')})`;
    const found = await session.get(
      { sql: `SELECT count(*) FROM ${quote(table!)} AS c WHERE ${condition}` },
      [],
    );
    if (Number(found![0]) > 0)
      findings.push({
        code: 'REFERENCE_MISSING',
        where: `${table} ${constraint}`,
        what: `${found![0]} records refer to a record of ${parent} that does not exist`,
        fix: `DELETE c FROM ${quote(table!)} AS c WHERE ${condition};`,
      });
  }
  return findings;
}
