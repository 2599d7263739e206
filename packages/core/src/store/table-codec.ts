// Everything compiled from one declaration for one engine: codecs, column references, selections.

import type { Engine, Statement, Syntax, TypedColumn } from '../engine/engine.ts';
import { HoldfastError } from '../errors.ts';
import {
  type CodecContext,
  compileDecoder,
  compileEncoder,
  type Decode,
  type Encode,
  type Field,
  metricFields,
  recordFields,
  type StoredValue,
} from '../schema/codec.ts';
import type { Instant } from '../schema/instant.ts';
import { mayBeLeftOut } from '../schema/spec.ts';
import type { AnyTable } from '../schema/table.ts';
import type { DatabaseKey } from '../system/database-key.ts';

/** A column as statements refer to it. */
export interface ColumnReference extends TypedColumn {
  readonly metric: boolean;
  /** The column as it sorts and compares; `orderOf` makes a placeholder its equal. */
  readonly order: string;
  readonly orderOf: (placeholder: string) => string;
  /** A placeholder that is compared with the column. */
  readonly operand: (placeholder: string) => string;
  /** One value as it is stored. @throws RECORD_INVALID */
  readonly encode: (value: unknown) => StoredValue;
}

const instantField: Field = { property: 'at', spec: { name: 'at', kind: 'instant' } };

/** Which columns of a record are given; the number that stands for the set, or its text past 52 columns. */
export type Shape = (row: Readonly<Record<string, unknown>>) => number | string;

export class TableCodec {
  readonly table: AnyTable;
  readonly syntax: Syntax;
  readonly fields: readonly Field[];
  readonly metrics: readonly Field[];
  readonly context: CodecContext;
  /** `SELECT … FROM …`, gauges joined in. */
  readonly select: string;
  /** Reads some 64-bit column, so integers arrive as bigint. */
  readonly bigints: boolean;
  readonly decode: Decode;
  readonly shapeOf: Shape;
  /** Of the columns that a new record may leave out: what tells the statements of writes apart. */
  readonly writeShapeOf: Shape;
  readonly metricShapeOf: Shape;
  readonly hasMetrics: (row: Readonly<Record<string, unknown>>) => boolean;
  /** Whether something is to be sealed: then `secrets` must be ready first. */
  readonly hasSecrets: (row: Readonly<Record<string, unknown>>) => boolean;
  readonly secrets: DatabaseKey;
  readonly #columns = new Map<string, ColumnReference>();
  readonly #encoders = new Map<string, Encode>();
  #instant: Encode | undefined;

  constructor(table: AnyTable, engine: Engine, secrets: DatabaseKey) {
    this.table = table;
    this.syntax = engine.syntax;
    this.fields = recordFields(table);
    this.metrics = metricFields(table);
    const all = [...this.fields, ...this.metrics];
    this.bigints = all.some(({ spec }) => spec.kind === 'bigint');
    const { nulInText } = engine.capabilities;
    this.context = { forms: engine.forms(this.bigints), secrets, nulInText };
    this.decode = compileDecoder(table.name, all, this.context);
    this.shapeOf = compileShape(this.fields);
    this.writeShapeOf = compileShape(this.fields.filter(({ spec }) => mayBeLeftOut(spec)));
    this.metricShapeOf = compileShape(this.metrics);
    this.hasMetrics = compileAnyGiven(this.metrics, 'undefined');
    this.hasSecrets = compileAnyGiven(
      all.filter(({ spec }) => spec.secret),
      'undefined',
      'null',
    );
    this.secrets = secrets;
    const columns = all.map(({ property }) => this.column(property).sql);
    this.select = `SELECT ${columns.join(', ')} FROM ${this.from}`;
  }

  /** The record's table as `r`, its gauges left out. */
  get fromRecord(): string {
    return `${this.syntax.quote(this.table.name)} AS r`;
  }

  /** The record's table as `r`, joined with its gauges as `m` where it has them. */
  get from(): string {
    const { quote } = this.syntax;
    const { name, spec } = this.table;
    const on = spec.key.map((column) => `m.${quote(column)} = r.${quote(column)}`).join(' AND ');
    const join = this.metrics.length === 0 ? '' : ` LEFT JOIN ${quote(`${name}_latest`)} AS m ON ${on}`;
    return `${this.fromRecord}${join}`;
  }

  /** @throws QUERY_INVALID for a property that is not declared */
  column(property: string): ColumnReference {
    const known = this.#columns.get(property);
    if (known !== undefined) return known;
    let field = this.fields.find((candidate) => candidate.property === property);
    const metric = field === undefined;
    field ??= this.metrics.find((candidate) => candidate.property === property);
    if (field === undefined)
      throw new HoldfastError(
        'QUERY_INVALID',
        `${this.table.name} has no column ${JSON.stringify(property)}`,
        {
          hint: `It has ${[...this.table.properties, ...this.table.metricProperties].join(', ')}`,
        },
      );
    const encode = compileEncoder(this.table.name, [field], this.context);
    const { spec } = field;
    const sql = `${metric ? 'm' : 'r'}.${this.syntax.quote(spec.name)}`;
    const reference: ColumnReference = {
      spec,
      metric,
      sql,
      order: this.syntax.sortable(spec, sql),
      orderOf: (placeholder) => this.syntax.sortable(spec, this.syntax.operand(spec, placeholder)),
      operand: (placeholder) => this.syntax.operand(spec, placeholder),
      encode: (value) => {
        const into: StoredValue[] = [null];
        encode({ [property]: value }, into, 0, 0);
        return into[0]!;
      },
    };
    this.#columns.set(property, reference);
    return reference;
  }

  /** The condition that a column equals the placeholder at a position. */
  equals(property: string, position: number): string {
    const { sql, operand } = this.column(property);
    return `${sql} = ${operand(this.syntax.placeholder(position))}`;
  }

  /** An encoder for a choice of fields, compiled once for each choice. */
  encoder(fields: readonly Field[]): Encode {
    const id = fields.map(({ property }) => property).join();
    let encode = this.#encoders.get(id);
    if (encode === undefined) {
      encode = compileEncoder(this.table.name, fields, this.context);
      this.#encoders.set(id, encode);
    }
    return encode;
  }

  /** Fields of the primary key, in key order. */
  get keyFields(): Field[] {
    return this.table.key.map(
      (property: string) => this.fields.find((candidate) => candidate.property === property)!,
    );
  }

  /** An instant as it is stored. */
  instant(at: Instant): StoredValue {
    const into: StoredValue[] = [];
    this.#instant ??= compileEncoder(this.table.name, [instantField], this.context);
    this.#instant({ at }, into, 0, at);
    return into[0]!;
  }

  statement(sql: string): Statement {
    return { sql, bigints: this.bigints };
  }
}

function compileShape(fields: readonly Field[]): Shape {
  const given = (property: string): string => `row[${JSON.stringify(property)}] !== undefined`;
  const body =
    fields.length <= 52
      ? fields.map(({ property }, index) => `(${given(property)} ? ${2 ** index} : 0)`).join(' + ')
      : fields.map(({ property }) => `(${given(property)} ? '1' : '0')`).join(' + ');
  return new Function('row', `return ${body || '0'};`) as Shape;
}

/** @param unlike what is not given */
function compileAnyGiven(
  fields: readonly Field[],
  ...unlike: readonly ('undefined' | 'null')[]
): (row: Readonly<Record<string, unknown>>) => boolean {
  const given = (property: string): string =>
    unlike.map((nothing) => `row[${JSON.stringify(property)}] !== ${nothing}`).join(' && ');
  const body = fields.map(({ property }) => `(${given(property)})`).join(' || ');
  return new Function('row', `return ${body || 'false'};`) as ReturnType<typeof compileAnyGiven>;
}
