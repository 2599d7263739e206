// The tables of a living PostgreSQL database, in the shape that declarations are compared with.

import type { StoredRow } from '../../schema/codec.ts';
import { physicalSpecs, type TableSpec } from '../../schema/spec.ts';
import type { ActualColumn, ActualConstraint, ActualIndex, ActualTable, Session } from '../engine.ts';
import { ddl } from './ddl.ts';
import type { PostgresConnections } from './session.ts';

/** The schema that unqualified names are made in. */
const currentSchema = '(SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = current_schema())';
const temporarySchema = 'pg_catalog.pg_my_temp_schema()';

export async function hasTable(session: Session, name: string): Promise<boolean> {
  const sql = `SELECT 1 FROM pg_catalog.pg_class
    WHERE relkind IN ('r', 'p') AND relname = $1 AND relnamespace = ${currentSchema}`;
  return (await session.get({ sql }, [name])) !== undefined;
}

export async function tableNames(session: Session): Promise<ReadonlySet<string>> {
  const sql = `SELECT relname FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p') AND relnamespace = ${currentSchema}`;
  return new Set((await session.all({ sql }, [])).map(([name]) => String(name)));
}

/** All tables of the schema. */
export async function introspect(session: Session, schema = currentSchema): Promise<ActualTable[]> {
  const of = (sql: string): Promise<StoredRow[]> =>
    session.all({ sql: sql.replaceAll('$schema', schema) }, []);
  const [tables, columns, constraints, indexes, triggers] = [
    await of(tablesSql),
    await of(columnsSql),
    await of(constraintsSql),
    await of(indexesSql),
    await of(triggersSql),
  ].map((rows) => Map.groupBy(rows, ([table]) => String(table)));
  return [...tables!].map(([name, [row]]) =>
    table(name, row!, columns!.get(name), constraints!.get(name), indexes!.get(name), triggers!.get(name)),
  );
}

/** What the declarations look like once the server has taken them in: as temporary tables that nobody else sees. */
export async function describe(
  connections: PostgresConnections,
  specs: readonly TableSpec[],
): Promise<ActualTable[]> {
  const { session, rollback } = await connections.begin();
  try {
    await session.exec('SET LOCAL search_path TO pg_temp');
    const statements = specs.flatMap(physicalSpecs).flatMap(ddl.createTable);
    await session.exec(statements.join(';\n'));
    return await introspect(session, temporarySchema);
  } finally {
    await rollback();
  }
}

const tablesSql = `SELECT c.relname, c.relpersistence = 'u' FROM pg_catalog.pg_class AS c
  WHERE c.relkind IN ('r', 'p') AND c.relnamespace = $schema`;

const columnsSql = `SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
    (SELECT collname FROM pg_catalog.pg_collation WHERE oid = a.attcollation AND collname <> 'default'),
    a.attnotnull, pg_get_expr(d.adbin, d.adrelid)
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE c.relkind IN ('r', 'p') AND c.relnamespace = $schema ORDER BY c.relname, a.attnum`;

const namesOf = (table: string, positions: string): string =>
  `(SELECT string_agg(a.attname, ', ' ORDER BY n.place) FROM unnest(${positions}) WITH ORDINALITY AS n (number, place)
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = ${table} AND a.attnum = n.number)`;

const constraintsSql = `SELECT c.relname, k.contype::text, k.conname, pg_get_constraintdef(k.oid, true),
    ${namesOf('k.conrelid', 'k.conkey')}, r.relname, ${namesOf('k.confrelid', 'k.confkey')}, k.confdeltype::text,
    k.convalidated
  FROM pg_catalog.pg_constraint AS k JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
  LEFT JOIN pg_catalog.pg_class AS r ON r.oid = k.confrelid
  WHERE k.contype IN ('p', 'u', 'f', 'c') AND c.relnamespace = $schema ORDER BY k.conname`;

const indexesSql = `SELECT c.relname, i.relname, x.indisunique, pg_get_indexdef(x.indexrelid), x.indisvalid
  FROM pg_catalog.pg_index AS x JOIN pg_catalog.pg_class AS c ON c.oid = x.indrelid
  JOIN pg_catalog.pg_class AS i ON i.oid = x.indexrelid
  WHERE c.relnamespace = $schema
    AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_constraint AS k WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x'))`;

const triggersSql = `SELECT c.relname, pg_get_triggerdef(t.oid, true) FROM pg_catalog.pg_trigger AS t
  JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
  WHERE NOT t.tgisinternal AND c.relnamespace = $schema ORDER BY t.tgname`;

const onDelete: Readonly<Record<string, string>> = {
  a: 'no action',
  r: 'restrict',
  c: 'cascade',
  n: 'set null',
  d: 'set default',
};

function table(
  name: string,
  [, unlogged]: StoredRow,
  columnRows: readonly StoredRow[] = [],
  constraintRows: readonly StoredRow[] = [],
  indexRows: readonly StoredRow[] = [],
  triggerRows: readonly StoredRow[] = [],
): ActualTable {
  const columns = columnRows.map(
    ([, column, type, collation, notNull, initial]): ActualColumn => ({
      name: String(column),
      type: collation === null ? String(type) : `${type} collate ${collation}`,
      nullable: notNull === false,
      default: initial === null ? null : String(initial),
    }),
  );
  const constraints: Record<string, ActualConstraint> = {};
  const [key, foreignKeys, checks]: string[][] = [[], [], []];
  const indexes: ActualIndex[] = [];
  for (const [, kind, constraint, sql, from, target, to, action, valid] of constraintRows) {
    let definition = `unique (${from})`;
    if (kind === 'p') {
      definition = `key (${from})`;
      key!.push(...String(from).split(', '));
    } else if (kind === 'f') {
      const checked = valid === true ? '' : ' not validated';
      definition = `(${from}) -> ${target} (${to}) on delete ${onDelete[String(action)]}${checked}`;
      foreignKeys!.push(definition);
    } else if (kind === 'c') {
      definition = `check ${String(sql).replace(/^CHECK /, '')}`;
      checks!.push(definition.slice(6));
    } else indexes.push({ name: definition, definition });
    constraints[definition] = { name: String(constraint), sql: String(sql) };
  }
  for (const [, index, unique, sql, valid] of indexRows) {
    const on = String(sql).replace(/^.*? USING (btree )?/s, '');
    const state = valid === true ? '' : ' invalid';
    const definition = `${unique === true ? 'unique ' : ''}${on.replace(' WHERE ', ' where ')}${state}`;
    indexes.push({ name: String(index), definition, sql: String(sql) });
  }
  return {
    name,
    columns,
    key: key!,
    foreignKeys: foreignKeys!.sort(),
    indexes: indexes.sort((a, b) => (a.name < b.name ? -1 : 1)),
    checks: checks!.sort(),
    triggers: triggerRows.map(([, source]) => String(source)),
    options: unlogged === true ? 'unlogged' : 'logged',
    constraints,
  };
}
