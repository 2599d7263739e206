// The extension point of a domain: how its systems are reached and read.

import type { Store } from '../store/open-store.ts';
import type { SourceRecord } from '../system/sources.ts';
import type { Observation } from './observation.ts';
import type { PolicySettings } from './sweep-policy.ts';

/** How far a source's collection is. */
export interface CollectProgress {
  readonly source: string;
  /** Requests answered, and known to be made so far. */
  readonly done: number;
  readonly total: number;
}

export interface CollectContext {
  readonly store: Store;
  readonly source: SourceRecord;
  readonly credentials: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
  readonly onProgress?: ((progress: CollectProgress) => void) | undefined;
}

export interface Collector {
  /** Name of the domain whose sources it reads. */
  readonly domain: string;
  /** What its sweeps go by where neither the store nor the source says otherwise. */
  readonly sweep?: PolicySettings;
  /**
   * Reads the system once and yields an observation for each scope. What goes wrong with the system belongs in
   * the observation; only a bug, a cancellation or a failing store is thrown. Many small scopes are best yielded
   * together: those in which nothing differs are then told apart in one read.
   */
  collect(context: CollectContext): AsyncIterable<Observation | readonly Observation[]>;
  /** Signs in and asks one question. @returns what the system says it is. @throws a SOURCE_ or RESPONSE_ error */
  test(context: Omit<CollectContext, 'store'>): Promise<Record<string, unknown>>;
}
