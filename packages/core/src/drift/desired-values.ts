// Is what somebody wants of a record something that its declaration can hold?

import { z } from 'zod';
import { HoldfastError } from '../errors.ts';
import { canonicalDecimal } from '../schema/codec.ts';
import { formatInstant } from '../schema/instant.ts';
import type { ColumnSpec } from '../schema/spec.ts';
import { columnSchema } from '../schema/validate.ts';
import { pathText, type Segments } from './path.ts';
import { isObject, type State } from './state.ts';
import type { Subject } from './subject.ts';

/** @returns the properties in the form that the API shows. @throws DESIRED_INVALID */
export function checkProperties(subject: Subject, properties: State): Record<string, unknown> {
  const { resource } = subject;
  const known = [...subject.properties.keys()].join(', ');
  const invalid = (message: string): HoldfastError =>
    new HoldfastError('DESIRED_INVALID', `${resource.name}: ${message}`, {
      hint: `What can be wanted: ${known}`,
      details: { resource: resource.name, properties: [...subject.properties.keys()] },
    });
  const entries = Object.entries(properties);
  if (entries.length === 0) throw invalid('nothing is wanted');
  return Object.fromEntries(
    entries.map(([property, value]): [string, unknown] => {
      if (!subject.properties.has(property)) throw invalid(whyNot(subject, property));
      const secret = secretIn(subject, [property], value);
      if (secret !== undefined)
        throw invalid(`${pathText(secret)} is a secret, and what is wanted is read by everybody`);
      const spec = subject.properties.get(property);
      return [
        property,
        spec === undefined || value === null ? value : plainValue(spec, property, value, invalid),
      ];
    }),
  );
}

/** Why a property cannot be wanted, in words. */
function whyNot({ resource: { table } }: Subject, property: string): string {
  const column = Object.hasOwn(table.columns, property) ? table.columns[property].options : undefined;
  if (column === undefined) return `there is no property ${JSON.stringify(property)}`;
  if (table.key.includes(property)) return `${property} is the key: another one is another record`;
  if (column.metric) return `${property} is a gauge: it moves, and nobody can hold it`;
  if (column.secret) return `${property} is a secret, and what is wanted is read by everybody`;
  if (column.auto) return `${property} is set by the store`;
  return `${property} is kept by Holdfast or its users, and is no state of the record`;
}

/** Where a secret stands, undefined where none does. */
function secretIn(subject: Subject, at: Segments, value: unknown): Segments | undefined {
  const name = at.at(-1)!;
  if (!isObject(value) && !Array.isArray(value))
    return value !== null && subject.resource.drift?.isSecret?.(name, value) ? at : undefined;
  for (const [key, each] of Object.entries(value)) {
    const found = secretIn(subject, [...at, key], each);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** One spelling for each value, where the declaration knows one. */
function plainValue(
  spec: ColumnSpec,
  property: string,
  value: unknown,
  invalid: (message: string) => HoldfastError,
): unknown {
  const parsed = columnSchema(spec).safeParse(value);
  if (!parsed.success) throw invalid(`${property}: ${z.prettifyError(parsed.error)}`);
  if (spec.kind === 'instant') return formatInstant(parsed.data as number);
  return spec.kind === 'decimal' ? canonicalDecimal(value as string, spec.scale!) : value;
}
