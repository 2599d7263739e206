// Tracked tables that belong to somebody else: only an owner can make and mend what captures their changes.

import type { Finding, Session } from '../engine.ts';
import { syntax } from './dialect.ts';

const { quote } = syntax;

const strangersSql = `SELECT c.relname, pg_get_userbyid(c.relowner),
    ARRAY(SELECT quote_ident(p.proname) FROM pg_catalog.pg_trigger AS t JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid
      WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND p.proname LIKE replace(h.relname, '_', '\\_') || '\\_%'
      ORDER BY p.proname)::text
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_class AS h ON h.relnamespace = c.relnamespace AND h.relname = c.relname || '_history'
  WHERE c.relkind = 'r' AND NOT (pg_has_role(c.relowner, 'USAGE') AND pg_has_role(h.relowner, 'USAGE'))
    AND c.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = current_schema())
  ORDER BY c.relname`;

/** Reading and writing needs no ownership: the triggers run as the owner of the history. */
export async function ownership(session: Session, user: string): Promise<Finding[]> {
  return (await session.all({ sql: strangersSql }, [])).map(([table, owner, functions]) => {
    const things = [
      `TABLE ${quote(String(table))}`,
      `TABLE ${quote(`${table}_history`)}`,
      ...String(functions)
        .slice(1, -1)
        .split(',')
        .filter((name) => name !== '')
        .map((name) => `FUNCTION ${name}()`),
    ];
    return {
      code: 'RIGHT_MISSING',
      where: String(table),
      what: `belongs to ${owner}: only its owner can make and mend the triggers that capture its changes`,
      fix: things.map((thing) => `ALTER ${thing} OWNER TO ${quote(user)};`).join('\n'),
    };
  });
}
