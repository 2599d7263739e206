// References to records that are not there, as a switched-off constraint may have let them in.

import type { Finding, Session } from '../engine.ts';
import { syntax } from './dialect.ts';

const { quote } = syntax;

const referencesSql = `SELECT c.relname, k.conname, r.relname,
    ARRAY(SELECT a.attname FROM unnest(k.conkey) WITH ORDINALITY AS n (number, place)
      JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = n.number ORDER BY n.place)::text,
    ARRAY(SELECT a.attname FROM unnest(k.confkey) WITH ORDINALITY AS n (number, place)
      JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = n.number ORDER BY n.place)::text
  FROM pg_catalog.pg_constraint AS k
  JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
  JOIN pg_catalog.pg_class AS r ON r.oid = k.confrelid
  WHERE k.contype = 'f' AND c.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = current_schema())
  ORDER BY c.relname, k.conname`;

/** One finding for each reference that some record breaks; one statement mends all of them. */
export async function orphans(session: Session): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [table, constraint, parent, from, to] of await session.all({ sql: referencesSql }, [])) {
    const columns = names(from);
    const keys = names(to);
    const same = columns.map((column, at) => `p.${quote(keys[at]!)} = c.${quote(column)}`);
    const given = columns.map((column) => `c.${quote(column)} IS NOT NULL`);
    const condition = `${given.join(' AND ')} AND NOT EXISTS (SELECT 1 FROM ${quote(String(parent))} AS p WHERE ${same.join(' AND ')})`;
    const row = await session.get(
      { sql: `SELECT count(*) FROM ${quote(String(table))} AS c WHERE ${condition}` },
      [],
    );
    if (Number(row![0]) > 0)
      findings.push({
        code: 'REFERENCE_MISSING',
        where: `${table} ${constraint}`,
        what: `${row![0]} records refer to a record of ${parent} that does not exist`,
        fix: `DELETE FROM ${quote(String(table))} AS c WHERE ${condition};`,
      });
  }
  return findings;
}

/** The parts of an array as text; names with signs of their own stand in quotes. */
const names = (array: unknown): string[] =>
  [
    ...String(array)
      .slice(1, -1)
      .matchAll(/"((?:[^"\\]|\\.)*)"|([^,]+)/g),
  ].map(([, quoted, plain]) => (quoted ?? plain!).replaceAll(/\\(.)/g, '$1'));
