// zod validators of a declaration, for values that come from outside: API bodies, imports, settings.

import { z } from 'zod';
import { isDate } from './codec.ts';
import { parseInstant } from './instant.ts';
import { Secret } from './secret.ts';
import type { ColumnSpec } from './spec.ts';
import type { AnyTable, Insert, Update } from './table.ts';

/** JSON's view of one column: instants as RFC 3339, bigints and decimals as text, bytes as base64. */
export function columnSchema(spec: ColumnSpec): z.ZodType {
  switch (spec.kind) {
    case 'text': {
      const bounded = spec.maxLength === undefined ? z.string() : z.string().max(spec.maxLength);
      const text = bounded.refine((value) => value.isWellFormed(), 'lone surrogates are not text');
      return spec.secret ? text.transform((value) => new Secret(value)) : text;
    }
    case 'int':
      return z.int();
    case 'bigint':
      return z
        .string()
        .regex(/^-?\d{1,19}$/)
        .transform((value) => BigInt(value))
        .refine((value) => value >= -(2n ** 63n) && value < 2n ** 63n, 'beyond 64 bits');
    case 'real':
      return z.number();
    case 'decimal':
      return z.string().regex(decimalPattern(spec));
    case 'bool':
      return z.boolean();
    case 'instant':
      return z.string().transform((value, context) => {
        try {
          return parseInstant(value);
        } catch {
          context.addIssue({ code: 'custom', message: 'not an RFC 3339 instant with a zone' });
          return z.NEVER;
        }
      });
    case 'date':
      return z.iso.date().refine(isDate, 'there is no such day');
    case 'json':
      return z
        .unknown()
        .refine(isJson, 'no JSON value')
        .refine((value) => value !== null, 'a bare null is no JSON value here');
    case 'bytes':
      return z.base64().transform((value) => new Uint8Array(Buffer.from(value, 'base64')));
    case 'uuid':
      return z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    case 'enum':
      return z.enum(spec.values as [string, ...string[]]);
  }
}

/** Whether JSON can say it. Looked at and not copied: a copy by assignment loses a key named `__proto__`. */
function isJson(value: unknown): boolean {
  const [open, seen] = [[value], new Set<unknown>()];
  while (open.length > 0) {
    const each = open.pop();
    if (each === null || typeof each === 'string' || typeof each === 'boolean' || Number.isFinite(each))
      continue;
    if (typeof each !== 'object') return false;
    const prototype = Object.getPrototypeOf(each);
    if (!Array.isArray(each) && prototype !== null && prototype !== Object.prototype) return false;
    if (seen.has(each)) continue;
    seen.add(each);
    for (const inner of Object.values(each)) open.push(inner);
  }
  return true;
}

function decimalPattern({ precision = 1, scale = 0 }: ColumnSpec): RegExp {
  const whole = precision > scale ? `(0|[1-9]\\d{0,${precision - scale - 1}})` : '0';
  return new RegExp(`^-?${whole}${scale > 0 ? `(\\.\\d{1,${scale}})?` : ''}$`);
}

function objectSchema(table: AnyTable, partial: boolean): z.ZodObject {
  const shape: Record<string, z.ZodType> = {};
  const specs = [...table.spec.columns, ...table.spec.metrics];
  const properties = [...table.properties, ...table.metricProperties];
  for (const [index, spec] of specs.entries()) {
    const property = properties[index]!;
    if (spec.auto || (partial && table.spec.key.includes(spec.name))) continue;
    const base = columnSchema(spec);
    const schema = spec.nullable ? base.nullable() : base;
    const optional = partial || spec.nullable || spec.default !== undefined;
    shape[property] = optional ? schema.optional() : schema;
  }
  return z.strictObject(shape);
}

/** Validates JSON and gives what `insert` takes. Unknown properties are refused. */
export const insertSchema = <T extends AnyTable>(table: T): z.ZodType<Insert<T>> =>
  objectSchema(table, false) as unknown as z.ZodType<Insert<T>>;

/** Validates JSON and gives what `update` takes: any columns but the key and those the store sets. */
export const updateSchema = <T extends AnyTable>(table: T): z.ZodType<Update<T>> =>
  objectSchema(table, true) as unknown as z.ZodType<Update<T>>;
