// How far long work on rows has come, and how fast it is.

export interface RowProgress {
  readonly phase: 'counting' | 'reading' | 'loading' | 'proving';
  /** The table that is worked on. */
  readonly table: string;
  /** Rows. */
  readonly done: number;
  /** 0 where it is not known; of large tables it may be an estimate. */
  readonly total: number;
  /** Rows per second, since the phase began. */
  readonly perSecond: number;
}

export type OnProgress = (progress: RowProgress) => void;

/** Counts rows of one phase. */
export class Pace {
  readonly #phase: RowProgress['phase'];
  readonly #total: number;
  readonly #told: OnProgress | undefined;
  readonly #startedAt = performance.now();
  #done = 0;

  constructor(phase: RowProgress['phase'], total: number, told: OnProgress | undefined) {
    this.#phase = phase;
    this.#total = total;
    this.#told = told;
  }

  add(table: string, rows: number): void {
    this.#done += rows;
    const seconds = (performance.now() - this.#startedAt) / 1000;
    this.#told?.({
      phase: this.#phase,
      table,
      done: this.#done,
      total: this.#total === 0 ? 0 : Math.max(this.#total, this.#done),
      perSecond: this.#done / Math.max(seconds, 0.001),
    });
  }
}
