// An empty database beside the living one: what is restored goes there first, and is looked at before anybody relies on
// it.

import type { Instant } from '../schema/instant.ts';
import type { TableSpec } from '../schema/spec.ts';
import type { Engine } from './engine.ts';

export interface Scratch {
  /** As `swap` takes it: a path, a schema, a database. */
  readonly name: string;
  /** As an engine is opened by it; it may hold a password. */
  readonly url: string;
  /** Opened on it, with connections of its own. */
  readonly engine: Engine;
  /** Closes it and takes it away; what `swap` has put in place stays. */
  remove(): Promise<void>;
}

export interface SwapOptions {
  /** Told before each step; what it waits for is waited for. */
  readonly onStep?: ((step: string) => void | Promise<void>) | undefined;
  /** Told what `kept` will be before anything changes; waited for. */
  readonly onKept?: ((kept: string) => void | Promise<void>) | undefined;
  /** Stands in the name of what is kept. @default now */
  readonly at?: Instant;
}

export interface Swapped {
  /** Where the tables are that were replaced: as `swap` takes it to put them back. */
  readonly kept: string;
}

export type Swap = (from: string, specs: readonly TableSpec[], options?: SwapOptions) => Promise<Swapped>;

/** `20260301T120000Z`, and the microseconds, so that two never meet. */
export const stampOf = (at: Instant): string =>
  `${new Date(Math.floor(at / 1_000))
    .toISOString()
    .replaceAll(/[-:]|\..*/g, '')
    .toLowerCase()}_${String(at % 1_000_000).padStart(6, '0')}`;
