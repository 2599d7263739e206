// Statements and compiled codecs with which a sweep compares and writes one table.

import type { BulkWrite, Statement } from '../engine/engine.ts';
import {
  compileEncoder,
  type Encode,
  type Field,
  type StoredRow,
  type StoredValue,
} from '../schema/codec.ts';
import { type ColumnSpec, hasOtherUniques, metricsAt } from '../schema/spec.ts';
import type { TableCodec } from '../store/table-codec.ts';
import type { ObservedRow } from './observation.ts';

/** How values stand in a row: key, then the other observed columns, then gauges, then absentSince. */
export interface ObservedTable {
  readonly codec: TableCodec;
  readonly keyWidth: number;
  /** More than one part of the key is free text. */
  readonly severalTexts: boolean;
  /** Where the gauges start; the record's own columns stand before. */
  readonly metricStart: number;
  /** Where absentSince stands; also the number of observed columns. */
  readonly width: number;
  readonly encode: Encode;
  /** A stored row as the encoder would write it. */
  readonly normalise: (row: StoredRow) => StoredRow;
  readonly fields: readonly Field[];
  /** `SELECT … FROM …`; columns whose value is known anyway are read as null. */
  readonly select: (known: readonly number[]) => string;
  readonly hasPresence: boolean;
  readonly initial: readonly StoredValue[];
  /** Inserts records; updates what is observed of existing ones. */
  readonly writeRecords: BulkWrite;
  readonly writeGauges: BulkWrite | undefined;
  /** Takes the sweep's instant `instants` times, then the key. */
  readonly markAbsent: Statement;
  readonly instants: number;
  /** Columns that a new record cannot do without. */
  readonly mandatory: readonly { readonly at: number; readonly spec: ColumnSpec }[];
}

const cache = new WeakMap<TableCodec, Map<string, ObservedTable>>();

/**
 * The plan for the columns that some row gives. What nobody observed is neither read nor written, mandatory columns
 * excepted: a configuration that was not asked for costs nothing.
 */
export function observedTable(codec: TableCodec, rows: readonly ObservedRow[]): ObservedTable {
  const given = givenProperties(codec, rows);
  const id = [...given].join();
  let plans = cache.get(codec);
  if (plans === undefined) {
    plans = new Map();
    cache.set(codec, plans);
  }
  let made = plans.get(id);
  if (made === undefined) {
    made = make(codec, given);
    plans.set(id, made);
  }
  return made;
}

/** Observed properties in declared order. Rows come in few shapes, so only the first of each is looked at. */
function givenProperties(codec: TableCodec, rows: readonly ObservedRow[]): Set<string> {
  const shapes = new Map<number | string, ObservedRow>();
  const metricShapes = new Map<number | string, ObservedRow>();
  for (const row of rows) {
    const shape = codec.shapeOf(row);
    if (!shapes.has(shape)) shapes.set(shape, row);
    const metricShape = codec.metricShapeOf(row);
    if (!metricShapes.has(metricShape)) metricShapes.set(metricShape, row);
  }
  const firsts = [...shapes.values(), ...metricShapes.values()];
  const all = [...codec.fields, ...codec.metrics].map(({ property }) => property);
  return new Set(all.filter((property) => firsts.some((row) => row[property] !== undefined)));
}

function make(codec: TableCodec, given: ReadonlySet<string>): ObservedTable {
  const { table, syntax } = codec;
  const settable = codec.fields.filter(
    ({ property, spec }) => !table.spec.key.includes(spec.name) && !spec.auto && property !== 'absentSince',
  );
  // A write begins as an insert, also where it ends as an update: it cannot do without mandatory columns.
  const own = settable.filter(({ property, spec }) => given.has(property) || isMandatory(spec));
  const metrics = codec.metrics.filter(
    ({ property, spec }) => spec.name !== metricsAt && given.has(property),
  );
  const fields = [...codec.keyFields, ...own, ...metrics];
  const hasPresence = codec.fields.some(({ property }) => property === 'absentSince');
  const absent = hasPresence ? codec.column('absentSince').sql : 'NULL';
  const columns = [...fields.map(({ property }) => codec.column(property).sql), absent];
  const names = (some: readonly Field[]): string[] => some.map(({ spec }) => spec.name);
  const auto = codec.fields.filter(({ spec }) => spec.auto);
  const presence = hasPresence ? ['absent_since'] : [];
  const touched = names(auto.filter(({ spec }) => spec.auto === 'update'));
  const key = table.spec.key;
  const set = [...presence, ...touched].map(
    (name, index) => `${syntax.quote(name)} = ${syntax.placeholder(index + 1)}`,
  );
  const condition = codec.keyFields
    .map(({ property }, index) => codec.equals(property, set.length + index + 1))
    .join(' AND ');
  return {
    codec,
    keyWidth: key.length,
    severalTexts: codec.keyFields.filter(({ spec }) => spec.kind === 'text').length > 1,
    metricStart: key.length + own.length,
    width: fields.length,
    encode: compileEncoder(table.name, fields, codec.context, { observed: true, keyWidth: key.length }),
    normalise: codec.bigints ? normaliser(fields) : (row) => row,
    fields,
    select: (known) => {
      const read = columns.map((column, index) => (known.includes(index) ? 'NULL' : column));
      return `SELECT ${read.join(', ')} FROM ${metrics.length === 0 ? codec.fromRecord : codec.from}`;
    },
    hasPresence,
    initial: fields.map((field) => initialValue(field, codec)),
    writeRecords: {
      table: table.name,
      columns: [...names(codec.keyFields), ...names(own), ...presence, ...names(auto)],
      key,
      onConflict: {
        update: [...names(own), ...presence, ...touched],
        otherUniques: hasOtherUniques(table.spec),
      },
    },
    writeGauges:
      metrics.length === 0
        ? undefined
        : {
            table: `${table.name}_latest`,
            columns: [...key, ...names(metrics), metricsAt],
            key,
            onConflict: { update: [...names(metrics), metricsAt], otherUniques: false },
          },
    markAbsent: {
      sql: `UPDATE ${syntax.quote(table.name)} AS r SET ${set.join(', ')} WHERE ${condition}`,
    },
    instants: set.length,
    mandatory: own
      .filter(({ spec }) => isMandatory(spec))
      .map((field) => ({ at: fields.indexOf(field), spec: field.spec })),
  };
}

const isMandatory = (spec: ColumnSpec): boolean => !spec.nullable && spec.default === undefined;

/** What a new record stores in a column that was not observed. */
function initialValue({ property, spec }: Field, codec: TableCodec): StoredValue {
  if (spec.default === undefined) return null;
  return codec
    .column(property)
    .encode(spec.kind === 'bigint' ? BigInt(spec.default as string) : spec.default);
}

/** Integers come as bigint where some column is 64-bit wide; the narrow ones go back to number. */
function normaliser(fields: readonly Field[]): (row: StoredRow) => StoredRow {
  const wide = new Set(fields.flatMap(({ spec }, index) => (spec.kind === 'bigint' ? [index] : [])));
  return (row) =>
    row.map((value, index) => (typeof value === 'bigint' && !wide.has(index) ? Number(value) : value));
}
