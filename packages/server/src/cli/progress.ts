// One line of progress on a terminal's stderr; nothing where nobody looks.

/** A line that is drawn over itself. `clear` removes it. */
export interface ProgressLine {
  update(text: string): void;
  clear(): void;
}

/** @param quiet true under --json and where stderr is no terminal */
export function progressLine(quiet: boolean): ProgressLine {
  if (quiet || process.stderr.isTTY !== true) return { update: () => {}, clear: () => {} };
  let last = 0;
  return {
    update(text) {
      const at = performance.now();
      if (at - last < 80) return;
      last = at;
      process.stderr.write(`\r\x1b[2K${text.slice(0, (process.stderr.columns ?? 80) - 1)}`);
    },
    clear() {
      process.stderr.write('\r\x1b[2K');
    },
  };
}

/** Work with a known amount: done, total, rate and time left. */
export function describeProgress(what: string, done: number, total: number, startedAt: number): string {
  const seconds = (performance.now() - startedAt) / 1000;
  const rate = done / Math.max(seconds, 0.001);
  const left = rate > 0 ? Math.ceil((total - done) / rate) : 0;
  return `${what}: ${done}/${total}, ${Math.round(rate)}/s${left > 1 ? `, about ${left} s left` : ''}`;
}
