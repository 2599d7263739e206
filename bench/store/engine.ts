// One engine under the bench: how its databases are made and copied, and who is compared on it.

import type { Open } from './contender.ts';
import type { Event } from './table.ts';

/** Least ratio against hand-written code, and against each peer. */
export interface Targets {
  readonly handWritten?: number;
  readonly peer?: number;
}

export interface BenchEngine {
  readonly name: string;
  /** Ours first, then hand-written code, then the peers. */
  readonly openers: readonly Open[];
  readonly targets: {
    readonly bulkEmpty: Targets;
    readonly bulkExisting: Targets;
    readonly list: Targets;
    readonly read: Targets;
    readonly upsert: Targets;
    /** Most that the resident memory of the process may grow, in MiB. */
    readonly memory: number;
  };
  /** A closed database with these rows. @returns its URL */
  makeTemplate(name: string, rows: readonly Event[]): Promise<string>;
  /** A copy of a closed database under another name. @returns its URL */
  copy(template: string, name: string): Promise<string>;
  remove(url: string): Promise<void>;
}
