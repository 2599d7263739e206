// The declared tables as Kysely types: database names, with the values repositories use.

import type { ColumnType } from 'kysely';
import type { Secret } from '../schema/secret.ts';
import type { AnyTable, Insert, Row } from '../schema/table.ts';

type SnakeCase<S extends string> = S extends `${infer Head}${infer Tail}`
  ? Head extends Lowercase<Head>
    ? `${Head}${SnakeCase<Tail>}`
    : `_${Lowercase<Head>}${SnakeCase<Tail>}`
  : S;

type MetricNames<T extends AnyTable> = {
  [P in keyof T['columns']]: T['columns'][P]['type']['metric'] extends true ? P : never;
}[keyof T['columns']];

type Selected<T extends AnyTable, P> = P extends keyof Row<T> ? Row<T>[P] : never;
/** Kysely does not seal: of a secret column it writes only null. */
type Inserted<T extends AnyTable, P> = P extends keyof Insert<T>
  ? Secret extends Insert<T>[P]
    ? Extract<Insert<T>[P], null | undefined>
    : Insert<T>[P]
  : never;

type KyselyColumns<T extends AnyTable, P extends string> = {
  [Q in P as SnakeCase<Q>]: ColumnType<Selected<T, Q>, Inserted<T, Q>, Inserted<T, Q>>;
};

type RecordNames<T extends AnyTable> = Exclude<Extract<keyof T['columns'], string>, MetricNames<T>>;

/** `DB` for `Kysely<DB>`: each table, and `<table>_latest` where gauges are declared. */
export type DatabaseOf<T extends AnyTable> = {
  [U in T as U['name']]: KyselyColumns<U, RecordNames<U>>;
} & {
  [U in T as MetricNames<U> extends never ? never : `${U['name']}_latest`]: KyselyColumns<
    U,
    Extract<U['key'][number] | MetricNames<U> | 'metricsAt', string>
  >;
};
