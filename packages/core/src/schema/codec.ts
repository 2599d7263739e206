// Compiled codecs: a record to the values an engine stores, and back, without a loop per column.
// The functions are generated from the declaration; only declared names and numbers enter the source text.

import { HoldfastError } from '../errors.ts';
import { canonicalJson } from './canonical-json.ts';
import { formatInstant } from './instant.ts';
import { Secret } from './secret.ts';
import { type ColumnSpec, type Kind, metricsAt } from './spec.ts';
import type { AnyTable } from './table.ts';

/** What crosses the engine seam. */
export type StoredValue = null | number | bigint | string | boolean | Uint8Array;
export type StoredRow = StoredValue[];

/** Opens and seals secret columns. `place` is `table.column`, bound into the sealing. */
export interface SecretBox {
  seal(plain: string, place: string): string;
  open(sealed: string, place: string): string;
}

/** How one engine stores a kind: JavaScript expressions over the variable `v`, or functions of it. */
export interface StorageForm {
  readonly encode: string | ((value: never) => StoredValue);
  readonly decode: string | ((stored: never) => unknown);
}
/** Kinds that are stored as they are need no entry. */
export type StorageForms = Partial<Record<Kind, StorageForm>>;

export interface CodecContext {
  readonly forms: StorageForms;
  readonly secrets: SecretBox;
  /** Whether text may hold NUL. @default true */
  readonly nulInText?: boolean;
}

/** One column as a codec sees it: its spec and the property that carries it. */
export interface Field {
  readonly property: string;
  readonly spec: ColumnSpec;
}

/** Fields of the record's own row. */
export const recordFields = (table: AnyTable): Field[] =>
  table.spec.columns.map((spec, index) => ({ property: table.properties[index]!, spec }));

/** Fields of the gauges, the instant they were read first; empty where the table declares none. */
export const metricFields = (table: AnyTable): Field[] =>
  table.spec.metrics.length === 0
    ? []
    : [
        { property: 'metricsAt', spec: { name: metricsAt, kind: 'instant' } },
        ...table.spec.metrics.map((spec, index) => ({ property: table.metricProperties[index]!, spec })),
      ];

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const datePattern = /^\d{4}-\d{2}-\d{2}$/;
export const isDate = (value: string): boolean => {
  if (!datePattern.test(value) || value.startsWith('0000')) return false;
  const parsed = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(value);
};
const isDecimal = (value: string, precision: number, scale: number): boolean => {
  const match = /^-?(0|[1-9]\d*)(?:\.(\d+))?$/.exec(value);
  if (!match) return false;
  return (match[1] === '0' ? 0 : match[1]!.length) <= precision - scale && (match[2]?.length ?? 0) <= scale;
};
/** The one spelling of a decimal: exactly `scale` digits after the point, and no negative zero. */
export const canonicalDecimal = (value: string, scale: number): string => {
  const [whole, fraction = ''] = value.split('.');
  const text = scale === 0 ? whole! : `${whole}.${fraction.padEnd(scale, '0')}`;
  return /^-[0.]+$/.test(text) ? text.slice(1) : text;
};
const minBigint = -(2n ** 63n);
const maxBigint = 2n ** 63n - 1n;

const helpers = {
  uuidPattern,
  isDate,
  isDecimal,
  canonicalDecimal,
  minBigint,
  maxBigint,
  Secret,
  stringify: (value: unknown): string | undefined => jsonText(value, JSON.stringify),
  canonical: (value: unknown): string | undefined => jsonText(value, canonicalJson),
};

/** JSON text, or undefined for what has none: a cycle, a bigint, NaN and the infinities, which would turn null. */
function jsonText(value: unknown, stringify: (value: unknown) => string | undefined): string | undefined {
  try {
    const text = stringify(value);
    return text?.includes('null') && holdsNoNumber(value) ? undefined : text;
  } catch {
    return undefined;
  }
}

const holdsNoNumber = (value: unknown): boolean =>
  typeof value === 'number'
    ? !Number.isFinite(value)
    : value !== null && typeof value === 'object' && Object.values(value).some(holdsNoNumber);

/** JavaScript condition that `v` is a value of the column. */
function guard(spec: ColumnSpec, index: number, observed: boolean, nulInText = true): string {
  switch (spec.kind) {
    case 'text': {
      const bound = spec.maxLength === undefined ? '' : ` && v.length <= ${spec.maxLength}`;
      const nul = nulInText ? '' : ` && !v.includes('\\0')`;
      return `typeof v === 'string'${bound} && v.isWellFormed()${nul}`;
    }
    case 'int':
    case 'instant':
      return 'Number.isSafeInteger(v)';
    case 'bigint':
      return `typeof v === 'bigint' && v >= h.minBigint && v <= h.maxBigint`;
    case 'real':
      return 'Number.isFinite(v)';
    case 'decimal':
      return `typeof v === 'string' && h.isDecimal(v, ${spec.precision}, ${spec.scale})`;
    case 'bool':
      return `typeof v === 'boolean'`;
    case 'date':
      return `typeof v === 'string' && h.isDate(v)`;
    case 'uuid':
      return `typeof v === 'string' && h.uuidPattern.test(v)`;
    case 'enum':
      return `allowed[${index}].has(v)`;
    case 'json':
      return `(v = h.${observed ? 'canonical' : 'stringify'}(v)) !== undefined && v !== 'null'`;
    case 'bytes':
      return 'v instanceof Uint8Array';
  }
}

/** JavaScript value stored when the property is undefined: default, now, null, or a failure. */
function fallback(spec: ColumnSpec, index: number): string {
  if (spec.auto) return 'now';
  if (spec.default !== undefined) return `defaults[${index}]`;
  return spec.nullable ? 'null' : `fail(${index}, v)`;
}

const defaultValue = (spec: ColumnSpec): unknown =>
  spec.kind === 'bigint' && spec.default !== undefined && spec.default !== null
    ? BigInt(spec.default as string)
    : spec.default;

/** Writes the stored values of `row` to `into` from `offset` on. `now` fills the columns the store sets. */
export type Encode = (
  row: Readonly<Record<string, unknown>>,
  into: StoredValue[],
  offset: number,
  now: number,
) => void;

export interface EncoderOptions {
  /**
   * For what a collector saw: undefined stays undefined (not observed), and JSON is written with sorted keys,
   * so that stored and observed values compare as they are. @default false
   */
  readonly observed?: boolean;
  /** How many fields, from the first on, are the key: without it, nothing was observed. @default 0 */
  readonly keyWidth?: number;
}

/** @throws RECORD_INVALID naming table, column, what is expected and what was given */
export function compileEncoder(
  table: string,
  fields: readonly Field[],
  context: CodecContext,
  { observed = false, keyWidth = 0 }: EncoderOptions = {},
): Encode {
  const lines = fields.map(({ property, spec }, index) => {
    const form = context.forms[spec.kind]?.encode ?? 'v';
    const stored = typeof form === 'string' ? form : `encode[${index}](v)`;
    const canonical = spec.kind === 'decimal' ? `v = h.canonicalDecimal(v, ${spec.scale});` : '';
    const seal = spec.secret
      ? `v = secrets.seal(v, ${JSON.stringify(`${table}.${spec.name}`)});`
      : `${canonical}`;
    const open = spec.secret ? 'if (v instanceof h.Secret) v = v.reveal();' : '';
    const nulls = spec.nullable ? `if (v === null) { into[offset + ${index}] = null; } else` : '';
    const missing =
      observed && index >= keyWidth
        ? `if (v === undefined) into[offset + ${index}] = undefined; else`
        : `if (v === undefined) v = ${fallback(spec, index)};`;
    return `v = row[${JSON.stringify(property)}];
${missing} ${nulls} { ${open} const given = v;
if (!(${guard(spec, index, observed, context.nulInText)})) fail(${index}, given);
${seal} into[offset + ${index}] = ${stored}; }`;
  });
  const allowed = fields.map(({ spec }) => new Set<unknown>(spec.values ?? []));
  const defaults = fields.map(({ spec }) => defaultValue(spec));
  const encode = fields.map(({ spec }) => context.forms[spec.kind]?.encode);
  const fail = (index: number, given: unknown): never => {
    const { spec } = fields[index]!;
    const error = invalidValue(table, spec, given);
    throw context.nulInText === false && typeof given === 'string' && given.includes('\0')
      ? new HoldfastError(error.code, `${error.message}: this engine keeps no NUL in text`, {
          details: error.details!,
        })
      : error;
  };
  return new Function(
    'h',
    'allowed',
    'defaults',
    'fail',
    'secrets',
    'encode',
    `return (row, into, offset, now) => { let v;\n${lines.join('\n')}\n};`,
  )(helpers, allowed, defaults, fail, context.secrets, encode) as Encode;
}

/** Makes a record of stored values that stand in field order. */
export type Decode = (values: readonly unknown[]) => Record<string, unknown>;

/** @param absent fields that are null in every record, and have no stored value */
export function compileDecoder(
  table: string,
  fields: readonly Field[],
  context: CodecContext,
  absent: readonly Field[] = [],
): Decode {
  const entries = fields.map(({ property, spec }, index) => {
    const v = `a[${index}]`;
    const form = context.forms[spec.kind]?.decode;
    let expression = v;
    if (spec.secret)
      expression = `new h.Secret(secrets.open(${v}, ${JSON.stringify(`${table}.${spec.name}`)}))`;
    else if (spec.kind === 'json') expression = `parse(${v}, ${index})`;
    else if (typeof form === 'function') expression = `decode[${index}](${v})`;
    else if (form !== undefined && form !== 'v') expression = form.replaceAll(/\bv\b/g, v);
    // Gauges come through an outer join, so every decoder stands a null.
    return `${JSON.stringify(property)}: ${expression === v ? v : `${v} === null ? null : ${expression}`}`;
  });
  entries.push(...absent.map(({ property }) => `${JSON.stringify(property)}: null`));
  const parse = (value: string, index: number): unknown => {
    try {
      return JSON.parse(value);
    } catch (cause) {
      const where = `${table}.${fields[index]!.spec.name}`;
      throw new HoldfastError('DATA_UNSOUND', `${where} holds text that is not JSON`, { cause });
    }
  };
  const decode = fields.map(({ spec }) => context.forms[spec.kind]?.decode);
  return new Function('h', 'secrets', 'parse', 'decode', `return (a) => ({ ${entries.join(', ')} });`)(
    helpers,
    context.secrets,
    parse,
    decode,
  ) as Decode;
}

/** What a column takes, in words, for messages. */
export function expectation(spec: ColumnSpec): string {
  const words: Record<Kind, string> = {
    text:
      spec.maxLength === undefined
        ? 'well-formed text'
        : `well-formed text of at most ${spec.maxLength} characters`,
    int: 'a whole number within ±(2^53-1)',
    bigint: 'a bigint of 64 bits',
    real: 'a finite number',
    decimal: `a decimal as text, ${spec.precision} digits with ${spec.scale} after the point`,
    bool: 'true or false',
    instant: 'an instant in whole microseconds',
    date: 'a date YYYY-MM-DD',
    json: 'a JSON value',
    bytes: 'a Uint8Array',
    uuid: 'a lower-case UUID',
    enum: `one of ${spec.values?.join(', ')}`,
  };
  return words[spec.kind];
}

/** The error for a value that does not fit its column; a secret's value is never shown. */
export function invalidValue(table: string, spec: ColumnSpec, given: unknown): HoldfastError {
  const what =
    given === undefined || given === null ? 'nothing' : spec.secret ? 'a secret' : preview(given, spec);
  const where = `${table}.${spec.name}`;
  return new HoldfastError('RECORD_INVALID', `${where}: expected ${expectation(spec)}, got ${what}`, {
    details: { table, column: spec.name },
  });
}

function preview(value: unknown, spec: ColumnSpec): string {
  if (spec.kind === 'instant' && typeof value === 'number' && Number.isSafeInteger(value))
    return formatInstant(value);
  const text = typeof value === 'string' ? JSON.stringify(value.slice(0, 60)) : plainText(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** Only what cannot run code or grow: an object is named by its kind. */
function plainText(value: unknown): string {
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  return typeof value === 'function' ? 'a function' : `${typeof value} ${String(value)}`;
}
