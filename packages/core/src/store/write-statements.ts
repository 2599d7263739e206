// Insert, upsert and update statements, compiled once for each set of given columns.

import type { BulkWrite } from '../engine/engine.ts';
import { HoldfastError } from '../errors.ts';
import { type Encode, type Field, invalidValue } from '../schema/codec.ts';
import { hasOtherUniques, mayBeLeftOut, metricsAt } from '../schema/spec.ts';
import type { TableCodec } from './table-codec.ts';

/** A many-row write and the encoder that fills its rows. */
export interface CompiledWrite {
  readonly write: BulkWrite;
  readonly encode: Encode;
  readonly width: number;
  /** The same write for a single row, as SQL. */
  readonly sql: string;
}

export interface CompiledUpdate {
  /** `UPDATE … SET …`, without its condition. */
  readonly sql: string;
  readonly encode: Encode;
  readonly width: number;
}

type Given = Readonly<Record<string, unknown>>;

export class WriteStatements {
  readonly #codec: TableCodec;
  readonly #inserts = new Map<number | string, CompiledWrite>();
  readonly #upserts = new Map<number | string, CompiledWrite>();
  readonly #latest = new Map<string, CompiledWrite>();
  readonly #updates = new Map<string, CompiledUpdate>();

  constructor(codec: TableCodec) {
    this.#codec = codec;
  }

  insert(shape: number | string, row: Given): CompiledWrite {
    return cached(this.#inserts, shape, () => this.#record(row, 'fail'));
  }

  /** Columns that are not given keep their value where the record exists. */
  upsert(shape: number | string, row: Given): CompiledWrite {
    return cached(this.#upserts, shape, () => this.#record(row, 'update'));
  }

  /** Writes the gauges that are given, the others keep their value. */
  latest(row: Given): CompiledWrite {
    const { metrics, keyFields, table } = this.#codec;
    const given = metrics.filter(
      ({ property, spec }) => spec.name === metricsAt || row[property] !== undefined,
    );
    const id = given.map(({ property }) => property).join();
    return cached(this.#latest, id, () => {
      // The instant of the gauges is the store's to fill in where it is not given.
      const fields = [...keyFields, ...given].map(
        (field): Field =>
          field.spec.name === metricsAt ? { ...field, spec: { ...field.spec, auto: 'update' } } : field,
      );
      const update = given.map(({ spec }) => spec.name);
      return this.#compile(`${table.name}_latest`, fields, { update, otherUniques: false });
    });
  }

  update(patch: Given): CompiledUpdate | undefined {
    const { fields, table, syntax } = this.#codec;
    const given = fields.filter(({ property }) => patch[property] !== undefined);
    for (const { property, spec } of given)
      if (table.spec.key.includes(spec.name))
        throw new HoldfastError(
          'QUERY_INVALID',
          `${table.name}: ${property} is in the key and never changes`,
        );
    if (given.length === 0) return undefined;
    const id = given.map(({ property }) => property).join();
    return cached(this.#updates, id, () => {
      const set = [
        ...given,
        ...fields.filter(({ spec, property }) => spec.auto === 'update' && patch[property] === undefined),
      ];
      const assignments = set.map(
        ({ spec }, index) => `${syntax.quote(spec.name)} = ${syntax.placeholder(index + 1)}`,
      );
      return {
        sql: `UPDATE ${syntax.quote(table.name)} AS r SET ${assignments.join(', ')}`,
        encode: this.#codec.encoder(set),
        width: set.length,
      };
    });
  }

  #record(row: Given, mode: 'fail' | 'update'): CompiledWrite {
    const { fields, table } = this.#codec;
    for (const { property, spec } of fields)
      if (row[property] === undefined && !mayBeLeftOut(spec)) throw invalidValue(table.name, spec, undefined);
    const written = fields.filter(({ property, spec }) => row[property] !== undefined || spec.auto);
    const update = written
      .filter(
        ({ property, spec }) =>
          !table.spec.key.includes(spec.name) && (row[property] !== undefined || spec.auto === 'update'),
      )
      .map(({ spec }) => spec.name);
    const otherUniques = hasOtherUniques(table.spec);
    return this.#compile(table.name, written, mode === 'fail' ? 'fail' : { update, otherUniques });
  }

  #compile(table: string, fields: readonly Field[], onConflict: BulkWrite['onConflict']): CompiledWrite {
    const write: BulkWrite = {
      table,
      columns: fields.map(({ spec }) => spec.name),
      key: this.#codec.table.spec.key,
      onConflict,
    };
    const { syntax } = this.#codec;
    return {
      write,
      encode: this.#codec.encoder(fields),
      width: fields.length,
      sql: syntax.bulkInsert(write, 1),
    };
  }
}

function cached<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
