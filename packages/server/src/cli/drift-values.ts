// What is wanted, as it is typed: PROPERTY=VALUE by the kind of the column, PATH=VALUE inside JSON.

import { type AnyTable, HoldfastError, type Kind } from '@holdfast/core';
import { pathSegments } from '@holdfast/core/drift';

/** @throws USAGE for what has no equals sign */
export function parseWishes(table: AnyTable, wishes: readonly string[]): Record<string, unknown> {
  return wishes.reduce<Record<string, unknown>>((into, wish) => {
    const at = wish.indexOf('=');
    if (at < 1)
      throw new HoldfastError('USAGE', `not a wish: ${JSON.stringify(wish)}`, {
        hint: 'Write it as cores=4 or config.net0.bridge=vmbr0',
      });
    const segments = pathSegments(wish.slice(0, at));
    const column = Object.hasOwn(table.columns, segments[0]!) ? table.columns[segments[0]!] : undefined;
    const kind: Kind = segments.length > 1 ? 'json' : (column?.options.kind ?? 'json');
    return withValue(into, segments, parseValue(kind, wish.slice(at + 1)));
  }, {});
}

/** Text stays text where the column is one; elsewhere what JSON can read is JSON. */
function parseValue(kind: Kind, text: string): unknown {
  if (text === 'null') return null;
  if (kind !== 'json' && kind !== 'int' && kind !== 'real' && kind !== 'bool') return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function withValue(
  object: Readonly<Record<string, unknown>>,
  [name, ...rest]: readonly string[],
  value: unknown,
): Record<string, unknown> {
  const below = Object.hasOwn(object, name!) ? object[name!] : undefined;
  const inner = below !== null && typeof below === 'object' && !Array.isArray(below) ? below : {};
  const next = rest.length === 0 ? value : withValue(inner as Record<string, unknown>, rest, value);
  return Object.fromEntries([...Object.entries(object), [name!, next]]);
}
