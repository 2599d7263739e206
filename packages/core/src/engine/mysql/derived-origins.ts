// Where the columns of sub-queries come from. The server names the real column behind a value, but for a
// sub-query in FROM it names the sub-query; the query itself says what stands behind that.

import type { OperationNode, SelectQueryNode } from 'kysely';
import type { OriginDecoders } from '../engine.ts';

type Decode = (value: unknown) => unknown;
/** The decoder of a column of a table, or of a sub-query. */
type Lookup = (column: string) => Decode | undefined;

/** The nodes of Kysely that name something, as far as they do. */
interface Node {
  readonly kind: string;
  readonly node?: Node;
  readonly alias?: Node;
  readonly name?: string | Node;
  readonly identifier?: Node;
  readonly table?: Node;
  readonly column?: Node;
  readonly selection?: Node;
  readonly expression?: Node;
  readonly expressions?: readonly Node[];
}

/** Decoders of the sub-queries that stand in the FROM of a query, by their aliases. */
export function derivedOrigins(
  query: OperationNode,
  decoders: OriginDecoders,
): (table: string, column: string) => Decode | undefined {
  if (query.kind !== 'SelectQueryNode') return () => undefined;
  const { derived } = sourcesOf(query as SelectQueryNode, decoders, new Map());
  return (table, column) => derived.get(table)?.(column);
}

interface Sources {
  readonly all: ReadonlyMap<string, Lookup>;
  readonly derived: ReadonlyMap<string, Lookup>;
}

function sourcesOf(
  query: SelectQueryNode,
  decoders: OriginDecoders,
  outer: ReadonlyMap<string, Lookup>,
): Sources {
  const named = new Map(outer);
  for (const { name, expression } of (query.with?.expressions ?? []) as unknown as readonly Node[])
    if (expression?.kind === 'SelectQueryNode')
      named.set(
        tableName((name as Node).table),
        outputOf(expression as unknown as SelectQueryNode, decoders, named),
      );
  const [all, derived] = [new Map<string, Lookup>(), new Map<string, Lookup>()];
  const sources = [...(query.from?.froms ?? []), ...(query.joins ?? []).map(({ table }) => table)];
  for (const source of sources as unknown as readonly Node[]) {
    const node = source.kind === 'AliasNode' ? source.node! : source;
    const alias = source.kind === 'AliasNode' ? text(source.alias) : tableName(node);
    const isQuery = node.kind === 'SelectQueryNode';
    const inner = isQuery
      ? outputOf(node as unknown as SelectQueryNode, decoders, named)
      : named.get(tableName(node));
    if (inner !== undefined) derived.set(alias, inner);
    all.set(alias, inner ?? ((column) => decoders.find(tableName(node), column)));
  }
  return { all, derived };
}

/** The columns that a query gives. */
function outputOf(
  query: SelectQueryNode,
  decoders: OriginDecoders,
  outer: ReadonlyMap<string, Lookup>,
): Lookup {
  const { all } = sourcesOf(query, decoders, outer);
  const anywhere: Lookup = (column) => {
    for (const lookup of all.values()) {
      const found = lookup(column);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const columns = new Map<string, Decode | undefined>();
  const stars: Lookup[] = [];
  for (const { selection } of (query.selections ?? []) as unknown as readonly Node[]) {
    const node = selection!.kind === 'AliasNode' ? selection!.node! : selection!;
    const lookup = node.table === undefined ? anywhere : (all.get(tableName(node.table)) ?? anywhere);
    const column = node.kind === 'ReferenceNode' ? node.column! : node;
    if (column.kind === 'SelectAllNode') stars.push(lookup);
    else if (column.kind === 'ColumnNode') {
      const name = text(column.column);
      columns.set(selection!.kind === 'AliasNode' ? text(selection!.alias) : name, lookup(name));
    }
  }
  return (name) => {
    if (columns.has(name)) return columns.get(name);
    for (const star of stars) {
      const found = star(name);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

/** The name in an identifier. */
const text = (node: Node | undefined): string => (typeof node?.name === 'string' ? node.name : '');

/** The name of a table, its schema left out. */
function tableName(node: Node | undefined): string {
  const inner = node?.table;
  return text(inner?.identifier ?? inner ?? node?.identifier);
}
