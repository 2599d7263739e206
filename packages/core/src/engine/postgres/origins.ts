// Decoders of results by the column that each value comes from, as the server names it.

import type { StoredRow } from '../../schema/codec.ts';
import type { OriginDecoders } from '../engine.ts';
import { plain, plainNumeric } from '../expression-values.ts';
import type { PostgresSession } from './session.ts';
import type { ResultColumn } from './statements.ts';
import { parseInstantText } from './values.ts';

type Decode = (value: unknown) => unknown;

/** Types as the server numbers them: numbers with a fraction of any length, and instants. */
const numericType = 1_700;
const timestampType = 1_184;

export class Origins {
  readonly #session: PostgresSession;
  readonly #decoders: OriginDecoders;
  /** Column names by table and position, as the server numbers them. */
  readonly #names = new Map<string, { readonly table: string; readonly column: string }>();
  readonly #made = new WeakMap<readonly ResultColumn[], (row: StoredRow) => Record<string, unknown>>();

  constructor(session: PostgresSession, decoders: OriginDecoders) {
    this.#session = session;
    this.#decoders = decoders;
  }

  /** Makes objects of rows with these columns. */
  async decoder(columns: readonly ResultColumn[]): Promise<(row: StoredRow) => Record<string, unknown>> {
    let decode = this.#made.get(columns);
    if (decode !== undefined) return decode;
    const unknown = columns.filter(
      ({ tableID, columnID }) => tableID !== 0 && !this.#names.has(`${tableID}.${columnID}`),
    );
    if (unknown.length > 0) await this.#learn(new Set(unknown.map(({ tableID }) => tableID)));
    const decoders = columns.map((column) => this.#decoderOf(column));
    decode = (row) => {
      const out: Record<string, unknown> = {};
      for (const [index, { name }] of columns.entries()) {
        const value = row[index];
        out[name] = value === null ? null : decoders[index]!(value);
      }
      return out;
    };
    this.#made.set(columns, decode);
    return decode;
  }

  #decoderOf({ tableID, columnID, dataTypeID }: ResultColumn): Decode {
    const origin = this.#names.get(`${tableID}.${columnID}`);
    const declared = origin && this.#decoders.find(origin.table, origin.column);
    return declared ?? byType[dataTypeID] ?? plain;
  }

  async #learn(tables: ReadonlySet<number>): Promise<void> {
    const sql = `SELECT a.attrelid, a.attnum, c.relname, a.attname FROM pg_catalog.pg_attribute AS a
      JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid WHERE a.attnum > 0 AND a.attrelid = ANY ($1::oid[])`;
    for (const [id, position, table, column] of await this.#session.all({ sql }, [`{${[...tables].join()}}`]))
      this.#names.set(`${id}.${position}`, { table: String(table), column: String(column) });
  }
}

const byType: Readonly<Record<number, Decode>> = {
  [numericType]: plainNumeric,
  [timestampType]: (value) => parseInstantText(String(value)),
};
