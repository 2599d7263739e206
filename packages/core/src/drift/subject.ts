// How the records of one resource are compared: everything its declaration says, made ready once.

import { presence } from '../schema/column.ts';
import { type Resource, recordId } from '../schema/domain.ts';
import { Secret } from '../schema/secret.ts';
import type { ColumnSpec } from '../schema/spec.ts';
import { jsonEncoder } from '../schema/to-json.ts';
import type { LeafDifference } from './compare.ts';
import { anyPattern, type PathPattern, pathPattern, type Segments } from './path.ts';
import { type Classification, classifier } from './rules.ts';
import { own } from './same.ts';
import { isObject, type State, type Stored } from './state.ts';

export type Joined = Readonly<Record<string, Stored | undefined>>;

export interface Subject {
  readonly resource: Resource;
  /** What can be wanted: columns with their declaration, and what the resource adds to them. */
  readonly properties: ReadonlyMap<string, ColumnSpec | undefined>;
  idOf(row: Stored): string;
  /** What has never been read is undefined. */
  actual(row: Stored, joined: Joined): State;
  /** What the record itself says. */
  declared(row: Stored): State | undefined;
  /** What of a record is compared only where it is wanted by name. */
  quietOf(actual: State): PathPattern;
  readonly sets: PathPattern;
  defaultOf(segments: Segments): unknown;
  classify(leaf: LeafDifference): Classification;
}

export function driftSubject(resource: Resource): Subject {
  const { table, drift = {} } = resource;
  const left = new Set([...table.key, ...Object.keys(presence), ...(drift.leaveOut ?? [])]);
  const columns = table.properties.flatMap((property, index): [string, ColumnSpec][] => {
    const spec = table.spec.columns[index]!;
    return left.has(property) || spec.auto || spec.secret ? [] : [[property, spec]];
  });
  const encode = jsonEncoder(table);
  const state = (row: Stored): State => {
    const json = encode(row);
    return Object.fromEntries(columns.map(([property]) => [property, json[property]]));
  };
  const defaults = Object.entries(drift.defaults ?? {}).map(([path, value]): [PathPattern, unknown] => [
    pathPattern(path),
    value,
  ]);
  const quiet = anyPattern(drift.ignore ?? []);
  const repeats = drift.repeats ?? {};
  const columnDefault = new Map(columns.map(([property, spec]) => [property, spec.default]));
  return {
    resource,
    properties: new Map([
      ...columns,
      ...(drift.adds?.properties ?? []).map((property): [string, undefined] => [property, undefined]),
    ]),
    idOf: (row) => recordId(resource, row),
    actual: (row, joined) => ({ ...state(row), ...drift.adds?.read(row, joined) }),
    declared: (row) => drift.desired?.(row),
    quietOf: (actual) => {
      const there = (property: string): boolean => (actual[property] ?? null) !== null;
      return (segments, below) =>
        quiet(segments, below) || (Object.hasOwn(repeats, segments[0]!) && there(repeats[segments[0]!]!));
    },
    sets: anyPattern(drift.sets ?? []),
    defaultOf: (segments) =>
      segments.length === 1 && columnDefault.get(segments[0]!) !== undefined
        ? columnDefault.get(segments[0]!)
        : defaults.find(([pattern]) => pattern(segments))?.[1],
    classify: classifier(drift.rules ?? []),
  };
}

/** What is wanted of the record, and was never read. */
export const unread = (actual: State, wanted: State, whole: boolean): string[] =>
  Object.keys(actual).filter(
    (property) => actual[property] === undefined && (whole || Object.hasOwn(wanted, property)),
  );

/** What a baseline takes of a record: everything that does not move by itself. */
export function baseline({ quietOf }: Pick<Subject, 'quietOf'>, actual: State): State {
  const quiet = quietOf(actual);
  const taken = (part: State, at: Segments): State =>
    Object.fromEntries(
      Object.keys(part).flatMap((key): [string, unknown][] => {
        const [segments, value] = [[...at, key], own(part, key)];
        if (quiet(segments, true) || value instanceof Secret || value === null) return [];
        return [[key, isObject(value) ? taken(value, segments) : value]];
      }),
    );
  return taken(actual, []);
}
