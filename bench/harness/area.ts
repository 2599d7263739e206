// What an area of the benches is: named cases, each of which measures and answers with lines.

import type { Line } from './line.ts';

export interface Settings {
  /** Timed rounds of each case; figures are their medians. */
  readonly runs: number;
  /** Main size of a case, where one was asked for. */
  readonly size: number | undefined;
}

export interface Case {
  /** What `--only` looks at. */
  readonly name: string;
  /** @throws when the sides do not give the same result */
  run(settings: Settings): Promise<Line[]>;
}

export interface Area {
  readonly name: string;
  readonly cases: readonly Case[];
}
