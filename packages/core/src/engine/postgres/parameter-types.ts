// What the server takes each placeholder of a statement for: of queries built outside repositories nobody else knows.

import type { Connection, Submittable } from 'pg';
import type { StoredValue } from '../../schema/codec.ts';
import type { PostgresConnection } from './connection.ts';
import { instantText } from './values.ts';

/** Statements whose types are kept. */
const capacity = 500;
const timestampType = 1_184;

export class ParameterTypes {
  readonly #known = new Map<string, readonly number[]>();

  /** Values as the placeholders take them: a number for an instant is one in microseconds. */
  async convert(
    connection: PostgresConnection,
    sql: string,
    values: readonly StoredValue[],
  ): Promise<readonly StoredValue[]> {
    if (!values.some((value) => typeof value === 'number')) return values;
    let types = this.#known.get(sql);
    if (types === undefined) {
      types = await connection.parameterTypes(sql);
      if (this.#known.size >= capacity) this.#known.delete(this.#known.keys().next().value!);
      this.#known.set(sql, types);
    }
    if (!types.includes(timestampType)) return values;
    return values.map((value, at) =>
      typeof value === 'number' && types[at] === timestampType ? instantText(value) : value,
    );
  }
}

/** Asks for the types without running the statement. */
export class DescribeParameters implements Submittable {
  readonly #sql: string;
  readonly #done = Promise.withResolvers<readonly number[]>();
  #connection: Connection | undefined;
  #types: readonly number[] = [];

  constructor(sql: string) {
    this.#sql = sql;
  }

  get types(): Promise<readonly number[]> {
    return this.#done.promise;
  }

  submit(connection: Connection): void {
    this.#connection = connection;
    connection.on('parameterDescription', this.#learn);
    connection.parse({ name: '', text: this.#sql, types: [] }, true);
    connection.describe({ type: 'S', name: '' }, true);
    connection.sync();
  }

  handleRowDescription(): void {}

  handleReadyForQuery(): void {
    this.#connection?.off('parameterDescription', this.#learn);
    this.#done.resolve(this.#types);
  }

  handleError(error: unknown): void {
    this.#connection?.off('parameterDescription', this.#learn);
    this.#done.reject(error);
  }

  readonly #learn = ({ dataTypeIDs }: { readonly dataTypeIDs: readonly number[] }): void => {
    this.#types = dataTypeIDs;
  };
}
