// Values on their way into another database: what it cannot keep is found before it is sent, told, and, where that is
// wanted, put as near as it can be kept. Nothing is left to the engine to cut, round or respell.

import { canonicalDecimal, isDate, type StoredRow, type StoredValue } from '../schema/codec.ts';
import type { ColumnSpec, TableSpec } from '../schema/spec.ts';
import { isJson, judgeDecimal, judgeOf, uuidPattern } from './judge-value.ts';

/** What an engine keeps beyond, or short of, what is declared. */
export interface Keeps {
  readonly nulInText: boolean;
  /** Text is bounded, decimals and dates are numbers and days; elsewhere they are any text. */
  readonly typed: boolean;
  /** Text that is not UTF-8, by its bytes. */
  readonly brokenText: boolean;
  readonly infinity: boolean;
  readonly nan: boolean;
  /** Instants and dates may be infinite, or before the year 1. */
  readonly endlessTime: boolean;
  /** JSON is checked by the engine. */
  readonly checksJson: boolean;
  /** Most bytes of a value. */
  readonly maxBytes: number;
}

/** A value that cannot be kept as it is, and why. */
export interface LossyValue {
  readonly table: string;
  readonly key: StoredRow;
  readonly column: string;
  readonly why: string;
}

/** Puts near values in place of those that cannot be kept. @returns what was found, or undefined */
export type Fit = (row: StoredRow) => readonly LossyValue[] | undefined;

/** The emptiest value of a column, for one that has none that is near. */
export function emptiest({ kind, nullable, values, scale = 0 }: ColumnSpec): StoredValue {
  if (nullable) return null;
  switch (kind) {
    case 'int':
    case 'instant':
    case 'real':
      return 0;
    case 'bigint':
      return 0n;
    case 'bool':
      return false;
    case 'decimal':
      return canonicalDecimal('0', scale);
    case 'date':
      return '1970-01-01';
    case 'uuid':
      return '00000000-0000-0000-0000-000000000000';
    case 'json':
      return '{}';
    case 'bytes':
      return new Uint8Array(0);
    case 'enum':
      return values![0]!;
    case 'text':
      return '';
  }
}

/** Compiled for a table: the common case is one comparison a value. @param keeps of the engine that the rows go to */
export function compileFit(spec: TableSpec, keeps: Keeps): Fit {
  const lines = spec.columns.map((column, index) => {
    const nulls = column.nullable ? 'v === null || ' : '';
    return `v = r[${index}]; if (!(${nulls}(${simple(column, index, keeps, spec)}))) (found ??= []).push(${index});`;
  });
  const source = `return (r) => { let v, found;\n${lines.join('\n')}\nreturn found; };`;
  const allowed = spec.columns.map(({ values }) => new Set<unknown>(values ?? []));
  const suspects = new Function('allowed', 'h', source)(allowed, helpers) as (
    row: StoredRow,
  ) => number[] | undefined;
  const judges = spec.columns.map((column) => judgeOf(column, keeps, spec));
  const keyAt = spec.key.map((name) => spec.columns.findIndex((column) => column.name === name));
  return (row) => {
    const found = suspects(row);
    if (found === undefined) return undefined;
    const losses: LossyValue[] = [];
    const key = keyAt.map((at) => row[at]!);
    for (const index of found) {
      const verdict = judges[index]!(row[index]!);
      if (verdict === undefined) continue;
      const column = spec.columns[index]!;
      losses.push({ table: spec.name, key, column: column.name, why: verdict.why });
      row[index] = verdict.nearest === undefined ? emptiest(column) : verdict.nearest;
    }
    return losses.length === 0 ? undefined : losses;
  };
}

const helpers = { isDate, isJson, judgeDecimal, uuid: uuidPattern };
const [lowest, highest] = [-(2n ** 63n), 2n ** 63n - 1n];

/** Text of this length may be larger than a value can be. */
const mayBeLarge = ({ maxBytes }: Keeps): number => Math.floor(maxBytes / 3);

/** JavaScript condition that `v` can surely be kept; what it leaves over is judged. */
function simple(
  { kind, maxLength, secret, precision = 0, scale = 0 }: ColumnSpec,
  index: number,
  keeps: Keeps,
  { copies }: TableSpec,
): string {
  const bound = Math.min(
    maxLength === undefined || secret || !keeps.typed ? Number.POSITIVE_INFINITY : maxLength,
    mayBeLarge(keeps),
  );
  const short = Number.isFinite(bound) ? ` && v.length <= ${bound}` : '';
  const nul = keeps.nulInText ? '' : " && !v.includes('\\0')";
  const string = `typeof v === 'string' && v.isWellFormed()${short}${nul}`;
  switch (kind) {
    case 'int':
    case 'instant':
      return 'Number.isSafeInteger(v)';
    case 'bigint':
      return `typeof v === 'bigint' && v >= ${lowest}n && v <= ${highest}n`;
    case 'real':
      return 'Number.isFinite(v)';
    case 'bool':
      return `typeof v === 'boolean'`;
    case 'bytes':
      return `v instanceof Uint8Array && v.length <= ${keeps.maxBytes}`;
    case 'date':
      return keeps.typed ? `typeof v === 'string' && h.isDate(v)` : string;
    case 'decimal':
      return keeps.typed
        ? `typeof v === 'string' && h.judgeDecimal(v, ${precision}, ${scale}) === undefined`
        : string;
    case 'json':
      return keeps.checksJson ? `${string} && h.isJson(v)` : string;
    case 'uuid':
      return `typeof v === 'string' && h.uuid.test(v)`;
    case 'enum':
      return copies ? string : `allowed[${index}].has(v)`;
    case 'text':
      return string;
  }
}
