// What requests came to, for the metrics: counted by route and status, timed in buckets.

export const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10] as const;

interface Timing {
  readonly counts: number[];
  sum: number;
  total: number;
}

export class HttpCounts {
  /** `METHOD route status` to how many. */
  readonly requests = new Map<string, number>();
  readonly timing: Timing = { counts: buckets.map(() => 0), sum: 0, total: 0 };

  /** @param route the pattern and never the path: ids would make a series each */
  add(method: string, route: string, status: number, seconds: number): void {
    const key = `${method} ${route} ${status}`;
    this.requests.set(key, (this.requests.get(key) ?? 0) + 1);
    this.timing.total++;
    this.timing.sum += seconds;
    const bucket = buckets.findIndex((most) => seconds <= most);
    if (bucket >= 0) this.timing.counts[bucket]!++;
  }
}
